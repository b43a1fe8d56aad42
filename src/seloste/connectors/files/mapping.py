"""How the files of one system are read: a YAML file that declares each feed, its columns and their categories.

Read as strictly as a notice: an unknown key, column or field is refused with its line and the nearest known one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import rfc8785
from pydantic import Field as Declared
from pydantic import StringConstraints, ValidationError

from seloste.notice.parts import Flag, Key, Part, Text, Texts
from seloste.notice.places import UnreadableNotice, nearest, shown
from seloste.notice.reader import read_tree
from seloste.notice.whole import unreadable
from seloste.register.sources.port import Field, Form, NotReadableSource, Takes

One = Annotated[str, StringConstraints(min_length=1, max_length=1)]
DAYS = {
    "DD.MM.YYYY": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
    "YYYY-MM-DD": r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
    "YYYYMMDD": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    "DD/MM/YYYY": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
}
"""Forms of a day, and how each is read."""


class UnreadableMapping(NotReadableSource):
    """The file cannot be read as a mapping; says where and what to write."""


class Target(Part):
    """Where a value goes: a field of a category, of which a subject may have several kinds."""

    category: Key = Declared(description="A category of the notice.")
    field: Key
    kind: Key | None = Declared(None, description="Which of several: home or billing of addresses.")


class Column(Target):
    """Where a column goes. `codes`: what its words mean here; another word is refused."""

    codes: dict[str, Text] | None = None
    required: Flag = Declared(False, description="Whether an empty cell is refused.")


class Constant(Target):
    """What is true of every row and stands in no column."""

    value: Text


class Feed(Part):
    """One export: its form and its columns. A column that is not named here is refused."""

    name: Texts
    format: Literal["csv", "xlsx"] = "csv"
    encoding: Literal["utf-8", "utf-16", "latin-1", "cp1252"] = "utf-8"
    delimiter: One | Literal["tab"] = ";"
    quote: One = '"'
    sheet: Text | None = Declared(None, description="The sheet of a workbook; its first by default.")
    decimal: Literal[",", "."] = ","
    day: Literal["DD.MM.YYYY", "YYYY-MM-DD", "YYYYMMDD", "DD/MM/YYYY"] = "DD.MM.YYYY"
    key_column: Text = Declared(description="The column of what the system calls the subject.")
    columns: dict[Text, Column]
    constants: tuple[Constant, ...] = ()
    ignored: tuple[Text, ...] = Declared((), description="Columns that are known and not taken.")

    @property
    def hash(self) -> str:
        """A digest of what the feed says: another one reads the same bytes otherwise."""
        said = self.model_dump(mode="json", exclude={"name"}, exclude_none=True)
        return hashlib.sha256(rfc8785.dumps(said)).hexdigest()

    @property
    def known_columns(self) -> list[str]:
        """Every column that the file must have."""
        return list(dict.fromkeys([self.key_column, *self.columns, *self.ignored]))


class SystemMapping(Part):
    """The exports of one system, for one company."""

    system: Key = Declared(description="A system of the notice.")
    controller: Key = Declared(description="The company whose data it holds.")
    about: Texts | None = None
    feeds: dict[Key, Feed]


def read_mapping(path: Path, takes: Takes) -> SystemMapping:
    """This will read a mapping; `takes` is what the register can be brought.

    Raises: UnreadableMapping, with line and column and what to write instead.
    """
    try:
        tree = read_tree(path)
        try:
            mapping = SystemMapping.model_validate(tree)
        except ValidationError as wrong:
            raise unreadable(tree, wrong) from None
        _refuse_unknown(mapping, takes)
    except UnreadableNotice as wrong:
        raise UnreadableMapping(f"{path}: {wrong}") from None
    return mapping


def _refuse_unknown(mapping: SystemMapping, takes: Takes) -> None:
    for feed in mapping.feeds.values():
        targets: list[Target] = [*feed.columns.values(), *feed.constants]
        for target in targets:
            _refuse_target(target, takes)
        for target in feed.columns.values():
            field = takes[target.category][target.field]
            for code, word in (target.codes or {}).items():
                _refuse_word(target, field, ("codes", code), word)
        for target in feed.constants:
            _refuse_word(target, takes[target.category][target.field], ("value",), target.value)
        _refuse_lacking(feed, takes)


def _refuse_target(target: Target, takes: Takes) -> None:
    if target.category not in takes:
        told = f"no {shown(target.category)} can be brought{nearest(target.category, list(takes))}"
        raise UnreadableNotice(*target.place_of("category"), told)
    fields = takes[target.category]
    if target.field not in fields:
        told = f"{target.category} has no {shown(target.field)}{nearest(target.field, list(fields))}"
        raise UnreadableNotice(*target.place_of("field"), told)


def _refuse_word(target: Target, field: Field, place: tuple[str, ...], word: str) -> None:
    known = ("yes", "no") if field.form is Form.FLAG else field.words
    if known and word not in known:
        told = f"{target.field} is never {shown(word)}{nearest(word, list(known))}"
        raise UnreadableNotice(*target.place_of(*place), told)


def _refuse_lacking(feed: Feed, takes: Takes) -> None:
    """A value that lacks a field without which there is none could never be brought."""
    had: dict[tuple[str, str | None], set[str]] = {}
    targets: Mapping[tuple[str, str | None], Target] = {}
    for target in (*feed.columns.values(), *feed.constants):
        had.setdefault((target.category, target.kind), set()).add(target.field)
        targets = {**targets, (target.category, target.kind): target}
    for group, fields in had.items():
        needed = {name for name, field in takes[group[0]].items() if field.required} - fields - {"controller"}
        if needed:
            told = f"{group[0]} is never brought without {', '.join(sorted(needed))}: name its column, or a constant"
            raise UnreadableNotice(*targets[group].place_of("category"), told)
