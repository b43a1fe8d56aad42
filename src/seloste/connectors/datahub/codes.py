"""The market's codes and the register's words, both ways: the one table of them.

What a code means was taken from the publisher's descriptions of messages (wiki.docs.datahub.fi: F01,
F04, F06, F16 and F18, and DH-322-1 for how one invoices). A code whose meaning is published nowhere
that we know of is its own word: it is kept and sent on as it came, and never guessed at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from seloste.kernel.addresses import COUNTRIES


@dataclass(frozen=True)
class Codes:
    """A list of codes, and the register's word for each.

    `also`: further words of the register, and the code that they are sent as; it is read back as its
    own word.
    """

    words: Mapping[str, str]
    also: Mapping[str, str] = field(default_factory=dict)

    def word(self, code: str) -> str | None:
        """This will say a code in the register's word; none for a code that is not on the list."""
        return self.words.get(code)

    def code(self, word: str) -> str | None:
        """This will say a word of the register in the market's code; none where the market has none."""
        for code, said in self.words.items():
            if said == word:
                return code
        return self.also.get(word)


def _as_they_are(*codes: str) -> dict[str, str]:
    return {code: code for code in codes}


def _numbered(prefix: str, numbers: Iterable[int]) -> dict[str, str]:
    return _as_they_are(*(f"{prefix}{number:02}" for number in numbers))


IDENTIFIED_BY = Codes({"AA01": "business_id", "AA03": "hetu", "AA04": "own_number"})
"""What a customer is identified by."""

KIND = Codes({"AB01": "organisation", "AB02": "person"})
"""Customer type. A sole trader is an organisation to the market: he acts by his Y-tunnus."""

STANDING = Codes({"BF01": "normal", "BF02": "estate", "BF03": "bankruptcy"})
"""Customer subtype."""

LANGUAGE = Codes(_as_they_are("fi", "sv", "en"))

COUNTRY = Codes(_as_they_are(*sorted(COUNTRIES - {"XK"})))
"""ISO 3166-1; post is sent to XK, but the market does not know it."""

CHANNEL = Codes({"AD01": "phone", "AD02": "email"})

AGREEMENT_KIND = Codes({"11": "network", "12": "sale"})
"""Contract type. Heat, cooling and services are none of the market's business."""

OPENING = Codes({"AT01": "contract_change", "AT02": "switch", "AT03": "move_in"})
"""Why an agreement begins. The hub decides it and tells it; nobody sends it."""

ENDING = Codes(
    {"AN01": "move_out", "AN02": "notice", "AN03": "rescission", "AN04": "meter_removed", "AN05": "supplier"},
    # DH-311-3 tells the supplier who is left of a switch as of a notice; an estate gives notice (AN02) too
    also={"switch": "AN02", "death": "AN02"},
)
"""Why an agreement ends."""

CANCELLING = Codes(
    {
        "AR01": "customer",
        "AR02": "supplier",
        "AR03": "network_company",
        "AR05": "disputed",
        "AR06": "operator",
        # on the publisher's page, and not yet in version 2.3.4.0 of the schemas
        "AR07": "supplier_stopped",
    }
)
"""Who or what undoes an agreement as if it had never been."""

INVOICED_BY = Codes({"AH01": "each", "AH02": "network_company", "AH03": "supplier"})
"""Invoicing method: each company its own, or one of them both. DH-322-1 lists them in this order."""

INVOICE_CHANNEL = Codes({"AI01": "post", "AI02": "e_invoice", **_numbered("AI", range(3, 9))})
"""How an invoice is delivered. AI01 is on the publisher's page of F16; AI02 is what a public test message
of F04 carries together with an electronic invoice address."""

CONTACT = Codes({"AC01": "electronic", "AC02": "other"})
"""How a customer wants to be in contact."""

POINT_STATE = Codes(_numbered("AE", range(1, 6)))
POINT_TYPE = Codes(_numbered("AG", range(1, 3)))
POINT_ADDRESS = Codes(_numbered("AF", range(1, 3)))

ROLE = Codes({"DDQ": "supplier", "DDM": "network_company", **_as_they_are("DDZ", "ESC", "MDR", "MIA", "Z08")})
"""As whom a party speaks."""
