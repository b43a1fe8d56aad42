"""What subjects are found by, kept in the transaction that writes the value it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.register.protection import searching
from seloste.register.protection.operations import reserve
from seloste.register.sources.operations import identities

from .models import SearchToken
from .port import found_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from seloste.register.sources.port import Chunk, Judged, Scalar, Takes

WHO = frozenset({"subject", "source_identity"})
"""Tables that say who somebody is."""

Row = tuple[int, str, str, str, str, str]
"""Subject, category, controller, kind, token, spelt: as they are kept."""


@dataclass(frozen=True)
class Value:
    """A value that a subject is found by: its parts as the kind's `Findable` takes them."""

    subject_id: int
    kind: str
    parts: tuple[str | None, ...]
    controller: str = ""


def put(subject_id: int, kind: str, *parts: str | None, controller: str = "") -> None:
    """This will have a subject found by a value that has just been written.

    Writes: search_token. Raises: NotInPurpose. Notice: categories.
    """
    put_many([Value(subject_id, kind, parts, controller)])


def put_many(values: Iterable[Value]) -> int:
    """This will have subjects found by many values, in one statement; says how many tokens were new.

    Writes: search_token. Raises: NotInPurpose. Notice: categories.
    """
    return searching.put(_kept(values))


def renew(subjects: Collection[int], *kinds: str) -> None:
    """This will have subjects found by the values of some kinds that stand in their rows, and by no others.

    Who does not read all of those takes none out.
    Writes: search_token. Raises: NotInPurpose. Law: GDPR 5(1)(d). Notice: categories.
    """
    for kind in kinds:
        _take_out(subjects, kind)
        put_many(standing(subjects, kind))


def forget(subjects: Collection[int]) -> None:
    """This will take out all that subjects are found by, as they go themselves.

    Writes: search_token. Raises: NotInPurpose.
    """
    if searching.written():
        SearchToken._default_manager.filter(subject_id__in=sorted(subjects)).delete()


def keeps(kind: str, *made_of: tuple[str, str]) -> bool:
    """Whether the acting purpose keeps what subjects are found by of a kind, and reads what that is made of.

    `made_of`: tables and columns.
    """
    return searching.keeps(found_by()[kind].category, made_of)


def standing(subjects: Collection[int], kind: str) -> Iterator[Value]:
    """This will read the values of a kind that stand in the rows of subjects, as far as they are kept and read."""
    way = found_by()[kind]
    if not subjects or way.category not in searching.written():
        return
    for each in way.values:
        if searching.reads(each.tables):
            for subject, controller, *parts in searching.values(each.sql, subjects):
                yield Value(subject, kind, tuple(parts), controller)


def rows(values: Iterable[Value]) -> Iterator[Row]:
    """This will write values as they are kept."""
    ways = found_by()
    for value in values:
        way = ways[value.kind]
        for token in way.written(*value.parts):
            yield (value.subject_id, way.category, value.controller, way.kind, token.folded, token.spelt)


class TokenSink:
    """Keeps what subjects are found by of what the other sinks have taken in: the last of them."""

    places: tuple[str, ...] = ("search_token",)

    def takes(self) -> Takes:
        """Nothing is brought to it."""
        return {}

    def judge(self, _chunk: Chunk) -> Iterable[Judged]:
        """Nothing is refused."""
        return ()

    def write(self, chunk: Chunk) -> None:
        """This will put in what the rows that the chunk adds are found by, when all of them are there.

        Writes: search_token. Notice: categories.
        """
        chunk.later.append(lambda: self._put(chunk))

    def _put(self, chunk: Chunk) -> None:
        if renamed := {chunk.subjects[record.key] for record, before in chunk.before if "name" in before}:
            _take_out(renamed, "name")
        found = _kept([*_added(chunk), *standing(renamed, "name"), *_called(chunk)])
        # who somebody is may stay when the chunk is taken back, and then goes with the subject
        new = {chunk.subjects[key] for key in chunk.new}
        staying = {row for row in found if row[0] in new and _stands(row[3]) in WHO}
        searching.put(list(staying))
        if going := [row for row in found if row not in staying]:
            keys = reserve("search_token", len(going))
            searching.put(going, keys)
            chunk.did("search_token", "added", keys)

    def undo(self, _place: str, _did: str, keys: Sequence[int], _at: datetime) -> None:
        """This will take out what a chunk put in."""
        SearchToken._default_manager.filter(pk__in=list(keys)).delete()

    def restore(self, subject_id: int, before: Mapping[str, Mapping[str, Scalar]]) -> None:
        """This will put in by what somebody was found whose name is written back."""
        if "name" in before:
            renew([subject_id], "name")


def _stands(kind: str) -> str:
    """The table in which values of a kind stand first of all."""
    return found_by()[kind].values[0].tables[0]


def _kept(values: Iterable[Value]) -> list[Row]:
    """Rows of what the acting purpose keeps, each once."""
    written = searching.written()
    return [row for row in dict.fromkeys(rows(values)) if row[1] in written]


def _take_out(subjects: Collection[int], kind: str) -> None:
    way = found_by()[kind]
    whole = all(searching.reads(each.tables) for each in way.values)
    if subjects and whole and searching.takes_out(way.category):
        SearchToken._default_manager.filter(subject_id__in=sorted(subjects), kind=kind).delete()


def _added(chunk: Chunk) -> Iterator[Value]:
    """Values of the subjects whose rows a chunk added, of the kinds that are made of such rows."""
    added: dict[str, list[int]] = {}
    for place, did, keys in chunk.steps:
        if did == "added":
            added.setdefault(place, []).extend(keys)
    written = searching.written()
    for kind, way in found_by().items():
        brought = {each.tables[0] for each in way.values} & added.keys()
        if brought and way.category in written:
            yield from standing({s for table in brought for s in searching.owners(table, added[table])}, kind)


def _called(chunk: Chunk) -> Iterator[Value]:
    """What a system calls subjects whom it did not call so before: their numbers are written after the sinks."""
    keys = {record.key for record in chunk.records}
    known = identities(chunk, keys)
    for key in sorted(keys - known.keys()):
        if key in chunk.subjects:
            yield Value(chunk.subjects[key], "source_number", (key,))
