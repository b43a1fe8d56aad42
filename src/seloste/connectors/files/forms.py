"""What the text of a cell becomes, by the form of its field; what is not of the form says why, never what it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from seloste.kernel import identifiers, references
from seloste.kernel.periods import finnish_midnight
from seloste.register.sources.port import Form

from .mapping import DAYS

if TYPE_CHECKING:
    from seloste.register.sources.port import Field, Scalar

    from .mapping import Feed

Read = Callable[[str], "Scalar"]
MOST_CHARACTERS = 1_000
FORMULA = ("=", "@", "\t", "\r")
"""How a cell begins that a spreadsheet wrote, or would work out; a plus or minus may begin a number."""


class NotOfForm(ValueError):
    """The text is not of its field's form; the one argument is why, as a word."""


def reader(field: Field, feed: Feed, codes: dict[str, str] | None) -> Read:
    """This will make the function that reads cells of a column. It raises NotOfForm."""
    read = _word(field.words) if field.form is Form.WORD else _FORMS[field.form](feed)
    if not codes:
        return read
    known = {code: read(word) for code, word in codes.items()}

    def coded(text: str) -> Scalar:
        if text not in known:
            raise NotOfForm("unknown_code")
        return known[text]

    return coded


def _text(_feed: Feed) -> Read:
    def read(text: str) -> str:
        if text.startswith(("+", "-")):
            raise NotOfForm("formula")
        if len(text) > MOST_CHARACTERS:
            raise NotOfForm("too_long")
        return " ".join(text.split())

    return read


def _word(words: tuple[str, ...]) -> Read:
    def read(text: str) -> str:
        if text not in words:
            raise NotOfForm("unknown_code")
        return text

    return read


def _checked(check: Callable[[str], str], why: str) -> Callable[[Feed], Read]:
    def read(text: str) -> str:
        try:
            return check(text)
        except identifiers.NotAnIdentifier:
            raise NotOfForm(why) from None

    return lambda _feed: read


def _day(feed: Feed) -> Read:
    form = re.compile(DAYS[feed.day])

    # days of a file repeat, and their midnights are dear: 12 us each
    @lru_cache(maxsize=20_000)
    def read(text: str) -> str:
        found = form.fullmatch(text)
        if not found:
            raise NotOfForm("not_a_day")
        try:
            day = date(int(found["y"]), int(found["m"]), int(found["d"]))
        except ValueError:
            raise NotOfForm("not_a_day") from None
        return finnish_midnight(day).isoformat()

    return read


def _cents(feed: Feed) -> Read:
    form = re.compile(rf"(-?\d{{1,9}})(?:{re.escape(feed.decimal)}(\d{{1,2}}))?")

    def read(text: str) -> int:
        found = form.fullmatch(re.sub(r"[\s\u00a0\u202f€]", "", text))
        if not found:
            raise NotOfForm("not_an_amount")
        euros, cents = found[1], (found[2] or "0").ljust(2, "0")
        return int(euros) * 100 + (-int(cents) if euros.startswith("-") else int(cents))

    return read


def _flag(_feed: Feed) -> Read:
    def read(text: str) -> bool:
        if text not in {"yes", "no"}:
            raise NotOfForm("unknown_code")
        return text == "yes"

    return read


def _matches(form: str, why: str) -> Callable[[Feed], Read]:
    def read(text: str) -> str:
        if not re.fullmatch(form, text):
            raise NotOfForm(why)
        return text

    return lambda _feed: read


_FORMS: dict[Form, Callable[[Feed], Read]] = {
    Form.TEXT: _text,
    Form.PHONE: _checked(identifiers.phone, "not_a_phone_number"),
    Form.EMAIL: _checked(identifiers.email, "not_an_email_address"),
    Form.HETU: _checked(identifiers.hetu, "not_a_hetu"),
    Form.BUSINESS_ID: _checked(identifiers.business_id, "not_a_business_id"),
    Form.GSRN: _checked(identifiers.gsrn, "not_a_gsrn"),
    Form.REFERENCE: _checked(references.reference, "not_a_reference"),
    Form.POSTCODE: _matches(r"[0-9A-Z][0-9A-Z -]{1,9}", "not_a_postcode"),
    Form.COUNTRY: _matches(r"[A-Z]{2}", "not_a_country"),
    Form.DAY: _day,
    Form.CENTS: _cents,
    Form.FLAG: _flag,
}
