"""A row of a file as values of categories, by the feed's columns: read whole, or refused with the column and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from seloste.register.sources.port import NotReadableSource, Record, Refused, Value

from .forms import FORMULA, NotOfForm, reader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seloste.register.sources.port import Scalar, Takes

    from .forms import Read
    from .mapping import Feed, SystemMapping

MANY_IN_A_LINE = 0.5
"""The part of the declared columns that a line must name to be a header at all."""
DELIMITERS = (";", ",", "\t", "|")


class _Wrong(Exception):
    """A cell cannot be read: why, and in which column."""


class NotHeader(NotReadableSource):
    """The first line does not name the columns of the feed."""


@dataclass
class _Group:
    """The columns of one value."""

    category: str
    kind: str
    constants: dict[str, Scalar] = field(default_factory=dict)
    columns: list[tuple[str, str, Read, bool]] = field(default_factory=list)
    """Column, field, how it is read, and whether it must be there."""
    needed: dict[str, str] = field(default_factory=dict)
    """Fields without which there is no value, and their columns."""


class Rows:
    """Reads rows of one feed."""

    def __init__(self, mapping: SystemMapping, feed: Feed, takes: Takes) -> None:
        """The feed's columns, put together once."""
        self.feed = feed
        self._groups = list(_groups(mapping, feed, takes))
        self._categories = {name: column.category for name, column in feed.columns.items()}
        self._places: dict[str, int] = {}
        self._names: list[str] = []

    def header(self, cells: Sequence[str]) -> None:
        """This will find the columns in the header.

        Raises: NotHeader; a word of the file is told only where the line is a header beyond doubt.
        """
        names = [" ".join(cell.split()) for cell in cells]
        known = self.feed.known_columns
        found = [name for name in names if name in known]
        if len(found) < MANY_IN_A_LINE * len(known):
            raise NotHeader(self._no_header(cells))
        if doubled := {name for name in found if names.count(name) > 1}:
            raise NotHeader(f"the header names {', '.join(sorted(doubled))} twice")
        strange = [name for name in names if name not in known]
        missing = [name for name in known if name not in names]
        if strange or missing:
            raise NotHeader("; ".join([*map(self._strange, strange), *map(_missing, missing)]))
        self._names = names
        self._places = {name: names.index(name) for name in known}

    def read(self, number: int, cells: Sequence[str]) -> Record | Refused:
        """This will read one row."""
        if len(cells) != len(self._names):
            return self._cut(number, cells)
        key = cells[self._places[self.feed.key_column]].strip()
        if not key:
            return self._refused(number, cells, "cell_missing", self.feed.key_column)
        values = []
        for group in self._groups:
            try:
                value = self._value(group, cells)
            except _Wrong as wrong:
                return self._refused(number, cells, *wrong.args)
            if value:
                values.append(value)
        return Record(number, key, tuple(values))

    def _value(self, group: _Group, cells: Sequence[str]) -> Value | None:
        """What a row says of one group of columns; nothing where all of them are empty.

        Raises: _Wrong.
        """
        fields: dict[str, Scalar] = {}
        given: dict[str, str] = {}
        for column, name, read, required in group.columns:
            text = cells[self._places[column]].strip()
            if not text:
                if required:
                    raise _Wrong("cell_missing", column)
                continue
            if text[0] in FORMULA:
                raise _Wrong("formula", column)
            try:
                value = fields[name] = read(text)
            except NotOfForm as wrong:
                raise _Wrong(str(wrong), column) from None
            if value != text:
                given[name] = text
        if not fields:
            return None
        for name, column in group.needed.items():
            if name not in fields:
                raise _Wrong("cell_missing", column)
        return Value(group.category, group.kind, {**fields, **group.constants}, given)

    def reread(self, number: int, given: Mapping[str, str]) -> Record | Refused:
        """This will read a row anew from what stood in its columns; every column must be told, be it as empty."""
        self.header(self.feed.known_columns)
        key = given.get(self.feed.key_column, "").strip()
        wanted = [name for name in self._names if name not in self.feed.ignored]
        if any(name not in given for name in wanted):
            return Refused(number, key, "too_few_cells", None, given, None)
        if any(name not in self._names for name in given):
            return Refused(number, key, "too_many_cells", None, given, None)
        return self.read(number, [given.get(name, "") for name in self._names])

    def _refused(self, number: int, cells: Sequence[str], why: str, column: str | None) -> Refused:
        key = cells[self._places[self.feed.key_column]].strip()
        given = {name: cells[place] for name, place in self._places.items() if name not in self.feed.ignored}
        return Refused(number, key, why, column, given, self._categories)

    def _cut(self, number: int, cells: Sequence[str]) -> Refused:
        """A row with too few cells was cut, perhaps within one; with too many nobody knows which are which.

        Cells that may stand in another's column are all kept as the most secret would be.
        """
        place = self._places[self.feed.key_column]
        key = cells[place].strip() if place < len(cells) else ""
        if len(cells) < len(self._names):
            given = dict(zip(self._names, cells, strict=False))
            return Refused(number, key, "too_few_cells", None, given, None)
        given = {"": self.feed.delimiter.join(cells)}
        return Refused(number, key, "too_many_cells", None, given, None)

    def _no_header(self, cells: Sequence[str]) -> str:
        delimiter = "\t" if self.feed.delimiter == "tab" else self.feed.delimiter
        for other in DELIMITERS:
            names = [
                " ".join(name.split()).strip(self.feed.quote) for name in delimiter.join(cells).split(other)
            ]
            if other != delimiter and len(set(names) & set(self.feed.known_columns)) > 1:
                told = "tab" if other == "\t" else other
                return f"the cells are parted by {told!r} and the mapping says {self.feed.delimiter!r}: declare `delimiter`"
        return (
            "the first line does not name the columns of this feed, so the header is missing or the file is another:"
            f" {', '.join(self.feed.known_columns)}"
        )

    def _strange(self, name: str) -> str:
        near = get_close_matches(name[:40], self.feed.known_columns, n=1, cutoff=0.5)
        told = f"the header has a column {name[:40]!r} that the mapping does not name"
        return (
            f"{told}; did you mean {near[0]!r}?"
            if near
            else f"{told}; name it under `columns`, or under `ignored`"
        )


def _missing(name: str) -> str:
    return f"the column {name!r} is missing"


def _groups(mapping: SystemMapping, feed: Feed, takes: Takes) -> list[_Group]:
    found: dict[tuple[str, str], _Group] = {}
    for name, column in feed.columns.items():
        group = found.setdefault(
            (column.category, column.kind or ""), _Group(column.category, column.kind or "")
        )
        read = reader(takes[column.category][column.field], feed, column.codes)
        group.columns.append((name, column.field, read, column.required))
    for constant in feed.constants:
        group = found.setdefault(
            (constant.category, constant.kind or ""), _Group(constant.category, constant.kind or "")
        )
        read = reader(takes[constant.category][constant.field], feed, None)
        group.constants[constant.field] = read(constant.value)
    for group in found.values():
        fields = takes[group.category]
        if "controller" in fields:
            group.constants["controller"] = mapping.controller
        group.needed = {name: column for column, name, _, _ in group.columns if fields[name].required}
    return list(found.values())
