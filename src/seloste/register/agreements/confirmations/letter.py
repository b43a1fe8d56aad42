"""A confirmation before it is text or document: what is told to whom, in their language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from seloste.kernel.periods import finnish_day

from . import words

if TYPE_CHECKING:
    from datetime import date, datetime

    from seloste.kernel.languages import Language


@dataclass(frozen=True)
class Sender:
    """The company that confirms, and how it is reached."""

    name: str
    address: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()


@dataclass(frozen=True)
class Party:
    """To whom it is confirmed: a name, a language, and where letters go, if that is known."""

    name: str
    language: Language
    address: tuple[str, ...] = ()
    is_estate: bool = False


@dataclass(frozen=True)
class Matter:
    """What is confirmed of an agreement; `valid_until` is the midnight that ends the last day."""

    about: str
    kind: str
    number: str
    holder: str
    parties: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime | None
    point: str | None = None
    point_address: tuple[str, ...] = ()
    address_hidden: bool = False
    """Whether the point's address is kept from this reader: the holder's is protected."""
    product: dict[str, str] | None = None
    """The product's name by language."""
    fixed_months: int | None = None
    product_from: datetime | None = None
    withdrawal_until: datetime | None = None
    """The midnight at which the right of withdrawal ends; none where there is no such right."""
    is_estate: bool = False


@dataclass(frozen=True)
class Line:
    """A row of the letter's table."""

    label: str
    value: str


@dataclass(frozen=True)
class Letter:
    """What a confirmation says, ready to be set in any form."""

    language: Language
    sender: Sender
    addressee: tuple[str, ...]
    day: str
    title: str
    lines: tuple[Line, ...]
    paragraphs: tuple[str, ...]


def compose(matter: Matter, sender: Sender, to: Party, *, at: datetime) -> Letter:
    """This will say what is confirmed in the words of the addressee's language.

    Law: KSL 6:13. Notice: agreements.
    """
    lang = to.language
    name = words.ESTATE[lang].format(to.name) if to.is_estate else to.name
    contact = ", ".join((*sender.contact, *sender.address)) or sender.name
    paragraphs = [words.SAID[matter.about][lang]]
    if matter.withdrawal_until:
        last = _day(_last_day(matter.withdrawal_until), lang)
        paragraphs.append(words.WITHDRAWAL[lang].format(last=last, contact=contact))
    paragraphs.append(words.CONTACT[lang].format(contact=contact))
    return Letter(
        language=lang,
        sender=sender,
        addressee=(name, *to.address),
        day=_day(finnish_day(at), lang),
        title=words.TITLE[matter.about][lang],
        lines=tuple(_lines(matter, sender, lang)),
        paragraphs=tuple(paragraphs),
    )


def _lines(matter: Matter, sender: Sender, lang: Language) -> list[Line]:
    def line(label: str, value: str | None) -> list[Line]:
        return [Line(words.LABEL[label][lang], value)] if value else []

    holder = words.ESTATE[lang].format(matter.holder) if matter.is_estate else matter.holder
    where = words.NOT_SHOWN[lang] if matter.address_hidden else ", ".join(matter.point_address)
    until = matter.valid_until
    last = _day(_last_day(until), lang) if until and until > matter.valid_from else None
    return [
        *line("agreement", words.KIND[matter.kind][lang]),
        *line("number", matter.number),
        *line("company", sender.name),
        *line("holder", holder),
        *line("parties", ", ".join(matter.parties)),
        *line("point", matter.point),
        *line("address", where if matter.point else None),
        *line("product", matter.product[lang] if matter.product else None),
        *line("term", words.TERM[lang].format(matter.fixed_months) if matter.fixed_months else None),
        *line("since", _day(finnish_day(matter.product_from), lang) if matter.product_from else None),
        *line("begins", _day(finnish_day(matter.valid_from), lang)),
        *line("ends", last),
        *line("lasts", None if until else words.OPEN_ENDED[lang]),
    ]


def _last_day(until: datetime) -> date:
    """The last day of a period that ends at a Finnish midnight."""
    return finnish_day(until - timedelta(microseconds=1))


def _day(day: date, lang: Language) -> str:
    if lang == "en":
        return f"{day.day} {words.MONTHS[day.month - 1]} {day.year}"
    return f"{day.day}.{day.month}.{day.year}"
