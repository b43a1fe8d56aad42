"""How a record stands in XML: each field declares its element once, and both ways follow from it.

A record is a frozen dataclass whose fields come in the order of their elements. `one()` is a field's
element; `then` names elements that may follow it and are passed over, because the register has no use
for what is in them. What is neither is rejected.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import MISSING, Field, dataclass, fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lxml import etree

from seloste.kernel.identifiers import NotAnIdentifier
from seloste.kernel.periods import FINLAND

from .document import Node, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .codes import Codes

_MOMENT = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

TOLD_AT_MOST = 20
"""Codes that a reason names."""

R = TypeVar("R")


class Misfit(Exception):
    """A value is not of its kind: `code` and the rule in words, never the value."""

    def __init__(self, code: str, what: str) -> None:
        """The same words for reading and for writing."""
        super().__init__(what)
        self.code = code
        self.what = what


class NotWritable(Exception):
    """A record does not fit into a message; it says which element and which rule, never the value."""


class Kind(Protocol):
    """What stands in an element without children."""

    @property
    def attribute(self) -> tuple[str, str] | None:
        """The one attribute that the element carries."""

    def read(self, text: str) -> Any:
        """Raises Misfit."""

    def write(self, value: Any) -> str:
        """Raises Misfit."""


@dataclass(frozen=True)
class Text:
    """Words of at most so many characters, without white space around them."""

    longest: int
    attribute: tuple[str, str] | None = None

    def read(self, text: str) -> str:
        """What is left of white space around it."""
        told = text.strip()
        if not told:
            raise Misfit("empty", "there must be something in it")
        if len(told) > self.longest:
            raise Misfit("too_long", f"it holds at most {self.longest} characters")
        if any(unicodedata.category(character) == "Cc" for character in told):
            raise Misfit("control_character", "it holds no line ends and other control characters")
        return told

    def write(self, value: str) -> str:
        """As it would be read back."""
        if self.read(value) != value:
            raise Misfit("white_space", "it has white space around it")
        return value


@dataclass(frozen=True)
class Identifier:
    """An identifier under a scheme, checked where the register knows how."""

    scheme: str
    longest: int
    check: Callable[[str], str] | None = None

    @property
    def attribute(self) -> tuple[str, str]:
        """Who gives such identifiers."""
        return ("schemeAgencyIdentifier", self.scheme)

    def read(self, text: str) -> str:
        """Checked."""
        told = Text(self.longest).read(text)
        if self.check:
            try:
                return self.check(told)
            except NotAnIdentifier as wrong:
                raise Misfit("identifier", str(wrong)) from None
        return told

    def write(self, value: str) -> str:
        """As it would be read back."""
        if self.read(value) != value:
            raise Misfit("identifier", "it is not spelled in full")
        return value


@dataclass(frozen=True)
class Coded:
    """A code of the market, and the register's word in the record."""

    codes: Codes
    attribute: tuple[str, str] | None = ("listAgencyIdentifier", "NFI")

    def read(self, text: str) -> str:
        """The register's word."""
        if (word := self.codes.word(text.strip())) is None:
            known = list(self.codes.words)
            told = ", ".join(known) if len(known) <= TOLD_AT_MOST else f"the {len(known)} codes of its list"
            raise Misfit("code", f"it is none of {told}")
        return word

    def write(self, value: str) -> str:
        """The market's code."""
        if (code := self.codes.code(value)) is None:
            raise Misfit("code", "the market has no code for this word")
        return code


@dataclass(frozen=True)
class Pattern:
    """A text of a form, such as `DH-111-1`."""

    form: str
    attribute: tuple[str, str] | None = None

    def read(self, text: str) -> str:
        """In its form."""
        told = text.strip()
        if not re.fullmatch(self.form, told, re.ASCII):
            raise Misfit("form", f"it is not of the form {self.form}")
        return told

    def write(self, value: str) -> str:
        """In its form."""
        return self.read(value)


class Flag:
    """Yes or no."""

    attribute = None

    def read(self, text: str) -> bool:
        """1 or 0."""
        if (told := text.strip()) not in {"0", "1"}:
            raise Misfit("flag", "it is 0 or 1")
        return told == "1"

    def write(self, value: bool) -> str:
        """1 or 0."""
        return "1" if value else "0"


class Moment:
    """A moment; in a record it is in UTC."""

    attribute = None

    def read(self, text: str) -> datetime:
        """In UTC."""
        told = text.strip()
        if not _MOMENT.fullmatch(told):
            raise Misfit("moment", "it is no moment with its offset, as 2026-03-01T22:00:00Z")
        try:
            return self._within(datetime.fromisoformat(told).astimezone(UTC))
        except ValueError:
            raise Misfit("moment", "there is no such moment") from None

    def _within(self, moment: datetime) -> datetime:
        if not 1900 <= moment.year < 2200:  # noqa: PLR2004 - what the market's form can hold
            raise Misfit("moment", "it is of the years 1900 to 2199, in UTC")
        return moment

    def write(self, value: datetime) -> str:
        """With a Z."""
        return self._within(value.astimezone(UTC)).replace(tzinfo=None).isoformat() + "Z"


class Midnight(Moment):
    """The moment at which a Finnish day begins: 22:00Z in winter and 21:00Z in summer, the day before."""

    def read(self, text: str) -> datetime:
        """Checked."""
        return self._midnight(super().read(text))

    def write(self, value: datetime) -> str:
        """Checked."""
        return super().write(self._midnight(value))

    def _midnight(self, moment: datetime) -> datetime:
        here = moment.astimezone(FINLAND)
        if (here.hour, here.minute, here.second, here.microsecond) != (0, 0, 0, 0):
            raise Misfit(
                "not_midnight", "it is not the beginning of a Finnish day: 22:00Z in winter, 21:00Z in summer"
            )
        return moment


class Day:
    """A day."""

    attribute = None

    def read(self, text: str) -> date:
        """As YYYY-MM-DD."""
        told = text.strip()
        try:
            if _DAY.fullmatch(told):
                return date.fromisoformat(told)
        except ValueError:
            pass
        raise Misfit("day", "it is no day, as 2026-03-01")

    def write(self, value: date) -> str:
        """As YYYY-MM-DD."""
        return value.isoformat()


@dataclass(frozen=True)
class Element:
    """How a field stands in XML.

    `wrapped`: the element that it alone stands in. `most`: how often; none for any number. `kind`: of
    what is in it, or the record that its children make.
    """

    name: str
    kind: Kind | type
    wrapped: str | None = None
    most: int | None = 1
    then: tuple[str, ...] = ()


def one(name: str, kind: Kind | type, *, then: Sequence[str] = ()) -> dict[str, Element]:
    """This will declare the element of a field; `A/B` is an element B that stands alone in an A."""
    outer, _, inner = name.rpartition("/")
    return {"element": Element(inner, kind, outer or None, then=tuple(then))}


def some(name: str, kind: type, most: int | None = None, *, then: Sequence[str] = ()) -> dict[str, Element]:
    """This will declare an element that may come several times; the field is a tuple of records."""
    return {"element": Element(name, kind, most=most, then=tuple(then))}


def declared(record: type) -> Iterator[tuple[Field[Any], Element]]:
    """The fields of a record with their elements, in order."""
    for each in fields(record):
        yield each, each.metadata["element"]


class Reading:
    """Reads records out of a tree, and gathers every reason against them."""

    def __init__(self) -> None:
        """Without a reason yet."""
        self.reasons: list[Reason] = []

    def record(self, kind: type[R], node: Node, namespace: str, path: str) -> R | None:
        """This will read a record; none where a reason was found against it."""
        before = len(self.reasons)
        self._plain(node, None, path)
        values: dict[str, Any] = {}
        at = 0
        for each, element in declared(kind):
            found, at = self._take(node, at, element.wrapped or element.name, element.most, namespace)
            place = f"{path}/{element.wrapped or element.name}"
            if not found and each.default is MISSING:
                self.reasons.append(Reason("missing", "it must be there", place))
            many = element.most != 1
            read = [
                self._value(each, element, one_, namespace, f"{place}[{number}]" if many else place)
                for number, one_ in enumerate(found, 1)
            ]
            if many:
                values[each.name] = tuple(read)
            elif read:
                values[each.name] = read[0]
            for name in element.then:
                _, at = self._take(node, at, name, None, namespace)
        if at < len(node.children):
            what = "it is not declared here, stands out of order or comes too often"
            self.reasons.append(Reason("unexpected", what, f"{path}/*[{at + 1}]"))
        if len(self.reasons) > before:
            return None
        made = kind(**values)
        self.reasons += [Reason(code, what, f"{path}/{name}") for code, what, name in faults(made)]
        return made

    def _take(
        self, node: Node, at: int, name: str, most: int | None, namespace: str
    ) -> tuple[list[Node], int]:
        """The children of this name from here on, and where they end."""
        end, tag = at, f"{{{namespace}}}{name}"
        while (
            end < len(node.children) and node.children[end].tag == tag and (most is None or end - at < most)
        ):
            end += 1
        return node.children[at:end], end

    def _value(self, each: Field[Any], element: Element, node: Node, namespace: str, path: str) -> Any:
        if element.wrapped:
            self._plain(node, None, path)
            path = f"{path}/{element.name}"
            if [child.tag for child in node.children] != [f"{{{namespace}}}{element.name}"]:
                self.reasons.append(Reason("missing", "it must be there, alone", path))
                return None
            [node] = node.children
        if isinstance(element.kind, type):
            return self.record(element.kind, node, namespace, path)
        self._plain(node, element.kind.attribute, path, leaf=True)
        if not node.text.strip() and each.default is None and isinstance(element.kind, Text | Day):
            return None
        try:
            return element.kind.read(node.text)
        except Misfit as wrong:
            self.reasons.append(Reason(wrong.code, wrong.what, path))
            return None

    def _plain(self, node: Node, attribute: tuple[str, str] | None, path: str, *, leaf: bool = False) -> None:
        """That an element has the attribute it must have and no other, and either text or elements."""
        if node.attributes != dict([attribute] if attribute else []):
            what = (
                f"its only attribute is {attribute[0]}={attribute[1]}"
                if attribute
                else "it has no attributes"
            )
            self.reasons.append(Reason("attribute", what, path))
        if leaf and node.children:
            self.reasons.append(Reason("unexpected", "it holds text and no elements", f"{path}/*[1]"))
        if not leaf and node.text.strip():
            self.reasons.append(Reason("unexpected", "it holds elements and no text", path))


def write(record: object, into: etree._Element, namespace: str, path: str) -> None:
    """This will write a record's fields as the children of an element.

    Raises: NotWritable.
    """
    for code, what, name in faults(record):
        raise NotWritable(f"{code} at {path}/{name}: {what}")
    for each, element in declared(type(record)):
        value = getattr(record, each.name)
        place = f"{path}/{element.wrapped or element.name}"
        if value is None:
            if each.default is MISSING:
                raise NotWritable(f"missing at {place}: it must be there")
            continue
        for item in value if element.most != 1 else [value]:
            outer = etree.SubElement(into, f"{{{namespace}}}{element.wrapped}") if element.wrapped else into
            made = etree.SubElement(outer, f"{{{namespace}}}{element.name}")
            if isinstance(element.kind, type):
                write(item, made, namespace, place)
                continue
            if element.kind.attribute:
                made.set(*element.kind.attribute)
            try:
                made.text = element.kind.write(item)
            except Misfit as wrong:
                raise NotWritable(f"{wrong.code} at {place}: {wrong.what}") from None


def faults(record: object) -> Iterator[tuple[str, str, str]]:
    """What a whole record says against itself: a code, the rule, and the element it is about."""
    told = getattr(record, "faults", None)
    if told is not None:
        yield from told()
