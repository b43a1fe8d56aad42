"""By what they owe subjects are found: the number that stands on the invoice, and the reference it is paid with."""

from __future__ import annotations

from seloste.kernel import folding
from seloste.kernel.folding import Token
from seloste.register.subjects.findable import number
from seloste.register.subjects.port import Findable, Standing


def numbers(*told: str | None) -> list[Token]:
    """This will write the numbers of an invoice."""
    return [token for each in told if each for token in number(each)]


WAYS = (
    Findable(
        "invoice",
        "receivables",
        (
            Standing(
                "SELECT DISTINCT subject_id, controller, number, reference FROM register.receivable"
                " WHERE subject_id = ANY(%(ids)s) AND superseded_at IS NULL",
                ("receivable",),
            ),
        ),
        numbers,
        folding.asked_number,
        rank=0,
    ),
)
"""Ways in which subjects are found by what this folder keeps."""
