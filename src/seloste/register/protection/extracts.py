"""Named extracts: data of many subjects that leave as one file, as the notice declares them.

Rows stay behind a cursor on the server, which shows the same rows however often it is gone through.
It is gone through twice: first for the keys, whose members go into the log in one transaction with
their event; then, once that is committed, for the rows. So an event is whole before the first row
leaves, the number in it is exact, and no more than a chunk of either is held at a time. Of several records
of one human the first is in it, where the purpose reads merges: nobody is written to twice.

Rejected: members committed ahead of each chunk's rows. An event would grow after it was committed
(and perhaps sealed), and an extract that turns out too large would have half left by then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seloste.kernel.periods import holds
from seloste.register.ledger.queries import in_force
from seloste.register.protection import lookups, merged
from seloste.register.protection.backend.gate import run
from seloste.register.protection.backend.letting_out import confirm
from seloste.register.protection.backend.reading import model_of
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.see import decide_due

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from seloste.register.protection.backend.compiler import Streamed
    from seloste.register.protection.backend.logins import InForce
    from seloste.register.protection.session import Session

CHUNK = 5_000
"""Rows at a time: a few megabytes here, and a statement in some milliseconds there."""
Rows = list[tuple[Any, ...]]


class ExtractUnknown(NotInPurpose):
    """The notice declares no such extract for this purpose."""


class ExtractExpired(NotInPurpose):
    """The extract is not declared for this day."""


class ExtractTooLarge(NotInPurpose):
    """More subjects are in the extract than it is declared for."""


class NotHolder(NotInPurpose):
    """The extract is for another role."""


@dataclass(frozen=True)
class Taken:
    """An extract that is recorded: whose rows are in it, and the rows, a chunk at a time."""

    name: str
    columns: tuple[str, ...]
    subjects: int
    lines: Iterator[tuple[Any, ...]]


def purpose_of(notice: InForce, name: str) -> str:
    """This will tell the purpose for which an extract is declared.

    Raises: ExtractUnknown.
    """
    declared = {
        each: purpose
        for purpose in sorted(notice.part("purposes"))
        for each in notice.part("purposes", purpose, "extracts")
    }
    if name not in declared:
        raise ExtractUnknown(
            f"the notice in force declares no extract of this name; it declares {', '.join(sorted(declared)) or 'none'}:"
            " declare it under `extracts` of its purpose"
        )
    return str(declared[name])


def take(session: Session, event: lookups.Event, name: str, at: datetime) -> Taken:
    """This will record who is in an extract and then let its lines out; `event` is the session's own.

    Writes: event, event_subject. Raises: ExtractUnknown, ExtractExpired, NotHolder, ExtractTooLarge,
    NotRecorded. Law: GDPR 5(1)(c), 5(2), 32. Notice: purposes.
    """
    declared = _declared(session, name, at)
    decide_due(session)
    rows = _rows(declared, at)
    streamed: Streamed = rows.query.get_compiler(session.alias).streamed()
    run(session, f"DECLARE extract SCROLL CURSOR FOR {streamed.sql}", streamed.params)
    of = replace(event, channel=declared.get("channel") or event.channel)
    categories = session.categories_of(streamed.reading.columns)
    # asked once: a merge that ends between the two passes must let nobody out who is not recorded
    roots = merged.roots(session)
    members = _members(_humans(session, streamed, roots), streamed, name, int(declared["at_most"]))
    count = lookups.write_many(of.of("listed", (), 0, categories), members)
    run(session, "MOVE ABSOLUTE 0 IN extract")
    return Taken(name, tuple(declared["columns"]), count, _lines(session, streamed, roots))


def _declared(session: Session, name: str, at: datetime) -> dict[str, Any]:
    declared: dict[str, Any] = session.in_force.part("purposes", session.purpose, "extracts", name)
    if not declared:
        raise ExtractUnknown(
            f"{session.purpose} declares no extract of this name: act for the purpose that does"
        )
    if session.concerns is not None:
        raise NotInPurpose(
            f"{session.reason} concerns one subject: an extract needs a reason that names nobody"
        )
    if session.role != declared["holder"]:
        raise NotHolder(
            f"{name} is taken by {declared['holder']}, who answers for the file, and not by {session.role}"
        )
    if not holds(declared, at):
        raise ExtractExpired(
            f"{name} is declared until {declared['valid_until']}: a notice that declares it anew must come into force"
        )
    return declared


def _rows(declared: dict[str, Any], at: datetime) -> QuerySet[Any, tuple[Any, ...]]:
    """The rows that are known and in force, each after its subject's key and in the order of those."""
    model = model_of(declared["rows"])
    if model is None:
        raise ExtractUnknown(f"there is no table {declared['rows']} to take rows of")
    fields = {field.name for field in model._meta.concrete_fields}
    rows = model._default_manager.filter(**declared.get("only") or {})
    if "superseded_at" in fields:
        rows = rows.filter(superseded_at__isnull=True)
    if {"valid_from", "valid_until"} <= fields:
        rows = rows.filter(in_force(at))
    key = "pk" if declared["rows"] == "subject" else "subject_id"
    return rows.order_by(key).values_list(key, *(name.replace(".", "__") for name in declared["columns"]))


def _members(humans: Iterator[Rows], streamed: Streamed, name: str, at_most: int) -> Iterator[list[int]]:
    """The subjects of each chunk, each once: the rows come in the order of their subjects."""
    [position] = streamed.reading.keys
    last, count = None, 0
    for chunk in humans:
        found = list(dict.fromkeys(row[position] for row in chunk if row[position] != last))
        last = chunk[-1][position]
        count += len(found)
        if count > at_most:
            raise ExtractTooLarge(
                f"more than {at_most} subjects are in {name}, which is declared for so many: nothing has left;"
                " have a notice declare more, or take an extract of fewer"
            )
        yield found


def _lines(session: Session, streamed: Streamed, roots: Mapping[int, int]) -> Iterator[tuple[Any, ...]]:
    for chunk in _humans(session, streamed, roots):
        yield from (line[1:] for line in streamed.let_out(chunk))
    run(session, "CLOSE extract")


def _humans(session: Session, streamed: Streamed, roots: Mapping[int, int]) -> Iterator[Rows]:
    """Chunks without the rows of a human's further records."""
    [position] = streamed.reading.keys
    is_first = merged.first_of_each(roots)
    for chunk in _chunks(session, streamed):
        if kept := [row for row in chunk if is_first(row[position])]:
            yield kept


def _chunks(session: Session, streamed: Streamed) -> Iterator[Rows]:
    while True:
        cursor = run(session, f"FETCH FORWARD {CHUNK} FROM extract")
        confirm(session, cursor, streamed.reading)
        chunk = cursor.fetchall()
        if not chunk:
            return
        yield chunk
