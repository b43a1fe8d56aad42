"""What is done with a batch: open it, stage what is read, apply it chunk by chunk, end it, forget it.

Each of these is one transaction of a purpose session that somebody else opens; `tasks` strings them together.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F

from seloste.register.protection.operations import declared, load, load_together, note, note_batch, reserve
from seloste.register.protection.refusals import Contended

from .models import SourceBatch, SourceIdentity, SourceRow, SourceStep
from .port import UNFINISHED, Chunk, Record, Refused, sinks, waits_for
from .queries import require_batch, waiting
from .staging import Opener, refused_contents, staged_contents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from .port import Judged

NEAR_BY = "another_row_refused"
"""Why a row waits that is right itself: no subject is half applied."""


class BatchMovedOn(Exception):
    """Somebody else has taken this batch further meanwhile: look again where it is."""


class MetMeanwhile(Contended):
    """Another import has brought the same subject while these rows were judged: judge them anew."""


@dataclass(frozen=True)
class Pulled:
    """Which bytes a batch is made of: system, feed, and the digests of what was read and of how."""

    system: str
    feed: str
    side: str
    source_hash: str
    mapping_hash: str


def open_batch(pulled: Pulled, *, at: datetime) -> SourceBatch:
    """This will begin a batch, or find the one that was begun with the same bytes and the same mapping.

    Writes: source_batch. Raises: KeysMissing. Law: GDPR 5(1)(d). Notice: systems.
    """
    same = SourceBatch.objects.filter(**vars(pulled)).exclude(state="rolled_back")
    if begun := same.first():
        return begun
    try:
        with transaction.atomic():
            batch = SourceBatch.objects.create(
                **vars(pulled), state="staging", begun_at=at, changed_at=at, salt=secrets.token_bytes(16),
                key_version=Opener.current(pulled.side), staged=0, refused=0, applied=0, taken_back=0,
            )  # fmt: skip
    except IntegrityError:
        if begun := same.first():
            return begun
        raise
    note("sources.batch.begin")
    return batch


def stage(batch: SourceBatch, rows: Sequence[Record | Refused], cursor: str, *, at: datetime) -> SourceBatch:
    """This will keep rows of a batch until all of it is read, and with them the cursor to go on from.

    Writes: source_batch, source_row. Raises: BatchMovedOn, KeysMissing. Law: GDPR 32. Notice: categories.
    """
    refused = sum(isinstance(row, Refused) for row in rows)
    moved = move(
        batch,
        state="staging",
        staged_cursor=cursor,
        staged=F("staged") + len(rows) - refused,
        refused=F("refused") + refused,
        changed_at=at,
    )
    opener = Opener(batch)
    known = identities(batch, {row.key for row in rows})
    load(
        "source_row",
        {
            "batch_id": [batch.pk] * len(rows),
            "side": [batch.side] * len(rows),
            "subject_id": [known.get(row.key) for row in rows],
            "number": [row.number for row in rows],
            "source_key": [row.key for row in rows],
            "state": ["refused" if isinstance(row, Refused) else "staged" for row in rows],
            "reason": [row.reason if isinstance(row, Refused) else None for row in rows],
            "field": [row.field if isinstance(row, Refused) else None for row in rows],
            "contents": [
                json.dumps(
                    refused_contents(row, opener)
                    if isinstance(row, Refused)
                    else staged_contents(row.values, opener),
                    ensure_ascii=False,
                )
                for row in rows
            ],
        },
    )
    return moved


def end_staging(batch: SourceBatch, refused_keys: Iterable[str], *, at: datetime) -> SourceBatch:
    """This will end the reading of a batch: what is wrong with one row holds the others of its subject back.

    Writes: source_batch, source_row. Raises: BatchMovedOn.
    """
    held = _hold_back(batch, refused_keys)
    return move(
        batch,
        state="validated",
        staged=F("staged") - held,
        refused=F("refused") + held,
        changed_at=at,
    )


def apply_chunk(batch: SourceBatch, most: int, *, at: datetime) -> SourceBatch | None:
    """This will apply all that a batch says of its next subjects, in one; none where nothing waits.

    The first rows, at most `most`, in the order of their keys; a subject's rows are never parted. What a sink
    refuses waits with all of its subject's rows. Two that apply one batch take turns.
    Writes: source_batch, source_row, source_identity, source_step, and what the sinks write.
    Raises: BatchMovedOn, NotReadable. Law: GDPR 5(1)(d). Notice: purposes.
    """
    rows = waiting(batch, most)
    if not rows:
        return None
    moved = move(batch, state="applying", applied_key=rows[-1].source_key, changed_at=at)
    opener = Opener(batch)
    records = [
        Record(row.number, row.source_key, tuple(opener.values(row.contents["values"]))) for row in rows
    ]
    chunk = Chunk(batch.pk, batch.side, batch.system, at, records)
    chunk.subjects = identities(batch, {row.source_key for row in rows})
    chunk.subjects |= _known_elsewhere(chunk)
    judged = [told for sink in sinks() for told in sink.judge(chunk)]
    _require_unmet(batch, chunk, judged)
    held = refuse(batch, chunk, judged)
    if chunk.records:
        take_in(batch, chunk)
        _remember(batch, chunk)
    done = {record.number for record in chunk.records}
    SourceRow.objects.filter(pk__in=[row.pk for row in rows if row.number in done]).delete()
    SourceBatch.objects.filter(pk=batch.pk).update(
        staged=F("staged") - len(rows), applied=F("applied") + len(done), refused=F("refused") + held
    )
    return require_batch(moved.pk)


def refuse(batch: SourceBatch, chunk: Chunk, judged: Iterable[Judged]) -> int:
    """This will make rows wait that a sink refused, and with them all of their subjects; says how many.

    The chunk goes on without them. Writes: source_row.
    """
    wrong = {number: (reason, category) for number, reason, category in judged}
    keys = {record.key for record in chunk.records if record.number in wrong}
    held = [record for record in chunk.records if record.key in keys]
    for told in {wrong.get(record.number, (NEAR_BY, None)) for record in held}:
        numbers = [each.number for each in held if wrong.get(each.number, (NEAR_BY, None)) == told]
        SourceRow.objects.filter(batch_id=batch.pk, state="staged", number__in=numbers, source_key__in=keys).update(
            state="refused", reason=told[0], field=told[1]
        )  # fmt: skip
    chunk.records = [record for record in chunk.records if record.key not in keys]
    return len(held)


def refuse_next(batch: SourceBatch, reason: str, *, at: datetime) -> SourceBatch:
    """This will make all that a batch says of its next subject wait, since the database would not take it.

    Writes: source_batch, source_row. Raises: BatchMovedOn.
    """
    rows = waiting(batch, 1)
    if not rows:
        return batch
    key = rows[0].source_key
    held = SourceRow.objects.filter(batch_id=batch.pk, state="staged", source_key=key).update(
        state="refused", reason=reason
    )
    return move(
        batch,
        state="applying",
        applied_key=key,
        staged=F("staged") - held,
        refused=F("refused") + held,
        changed_at=at,
    )


def finish(batch: SourceBatch, *, at: datetime) -> SourceBatch:
    """This will end a batch of which nothing waits but what was refused, as one event with all its members.

    Writes: source_batch, event, event_subject. Raises: BatchMovedOn. Law: GDPR 5(2), 30.
    """
    done = move(batch, state="applied", changed_at=at, **({} if batch.refused else {"salt": None}))
    note_batch("sources.batch.apply", batch.pk)
    return done


def give_up(batch: SourceBatch, *, at: datetime) -> SourceBatch:
    """This will drop a batch that could not be read to its end; nothing of it was applied.

    Writes: source_batch, source_row. Raises: BatchMovedOn. Law: GDPR 5(1)(e).
    """
    SourceRow.objects.filter(batch_id=batch.pk).delete()
    note("sources.batch.give_up")
    return move(
        batch, state="rolled_back", staged=0, refused=0, salt=None, taken_back=batch.pk, changed_at=at
    )


def identities(batch: SourceBatch | Chunk, keys: Iterable[str]) -> dict[str, int]:
    """This will tell whom a system means by its keys, as far as that is known on its side."""
    known = SourceIdentity.objects.filter(side=batch.side, system=batch.system, source_key__in=sorted(keys))
    return dict(known.values_list("source_key", "subject_id"))


def called(batch: SourceBatch, subject_id: int) -> str | None:
    """This will tell what a system calls a subject on its side, the first of its keys; none where it has none."""
    known = SourceIdentity.objects.filter(side=batch.side, system=batch.system, subject_id=subject_id)
    first = known.order_by("pk").first()
    return first.source_key if first else None


def forget(*, at: datetime) -> dict[str, int]:
    """This will delete what still waits, and how batches could be undone, once its days are over.

    How many those are the notice says, by the class of what waits. Run again it deletes nothing more.
    Shape: rows and steps that went, and batches that were ended or whose key went. Writes: source_batch, source_row, source_step.
    Law: GDPR 5(1)(e). Notice: retention.
    """
    period = waits_for(declared("categories"), declared("retention"))
    old = [batch for batch in SourceBatch.objects.all() if period and period.add_to(batch.begun_at) <= at]
    keys = [batch.pk for batch in old]
    rows = SourceRow.objects.filter(batch_id__in=keys).delete()[0] if keys else 0
    steps = SourceStep.objects.filter(batch_id__in=keys).delete()[0] if keys else 0
    ended = [batch for batch in old if batch.state in UNFINISHED or batch.salt is not None]
    for batch in ended:
        stands = {"state": "applied"} if batch.applied else {"state": "rolled_back", "taken_back": batch.pk}
        move(batch, **stands, staged=0, refused=0, salt=None, changed_at=at)
    if rows or steps:
        note("sources.staging.forget")
    return {"rows": rows, "steps": steps, "batches": len(ended)}


def move(batch: SourceBatch, **changes: Any) -> SourceBatch:
    """This will take a batch further from where it was seen, or not at all: two that meet do nothing twice.

    Writes: source_batch. Raises: BatchMovedOn.
    """
    seen = {"state": batch.state, "staged_cursor": batch.staged_cursor, "applied_key": batch.applied_key}
    where = {f"{name}__isnull" if value is None else name: value is None or value for name, value in seen.items()}  # fmt: skip
    if not SourceBatch.objects.filter(pk=batch.pk, **where).update(**changes):
        raise BatchMovedOn(f"batch {batch.pk} was taken further by somebody else: look again where it is")
    return require_batch(batch.pk)


def _hold_back(batch: SourceBatch, keys: Iterable[str]) -> int:
    told = sorted(set(keys))
    return sum(
        SourceRow.objects.filter(
            batch_id=batch.pk, state="staged", source_key__in=told[start : start + 1000]
        ).update(state="refused", reason=NEAR_BY)
        for start in range(0, len(told), 1000)
    )


def _require_unmet(batch: SourceBatch, chunk: Chunk, judged: Sequence[Judged]) -> None:
    """What a row seems to contradict may be itself, brought by another import a moment ago.

    Raises: MetMeanwhile.
    """
    wrong = {number for number, _, _ in judged}
    unknown = {r.key for r in chunk.records if r.number in wrong and r.key not in chunk.subjects}
    if unknown and identities(batch, unknown):
        raise MetMeanwhile("another import has brought the same subject meanwhile")


def _known_elsewhere(chunk: Chunk) -> dict[str, int]:
    """Whom rows mean by what another system calls them, where their own does not know them yet."""
    called = {
        record.key: (value.kind, str(value.fields["source_key"]))
        for record, value in chunk.of("customer_numbers")
        if record.key not in chunk.subjects
    }
    found: dict[tuple[str, str], int] = {}
    for system in sorted({system for system, _ in called.values()}):
        keys = sorted({key for named, key in called.values() if named == system})
        rows = SourceIdentity.objects.filter(side=chunk.side, system=system, source_key__in=keys)
        found |= {(system, key): subject for key, subject in rows.values_list("source_key", "subject_id")}
    return {key: found[named] for key, named in called.items() if named in found}


def take_in(batch: SourceBatch, chunk: Chunk) -> None:
    """This will write what a chunk says, and what the system calls those whom it had not brought before.

    Writes: source_identity, and what the sinks write. Law: GDPR 5(1)(d). Notice: categories.
    """
    for sink in sinks():
        sink.write(chunk)
    load_together(chunk.facts)
    for write in chunk.later:
        write()
    known = identities(batch, chunk.subjects)
    called = {key: subject for key, subject in chunk.subjects.items() if key not in known}
    if not called:
        return
    rows = reserve("source_identity", len(called))
    load(
        "source_identity",
        {
            "id": rows,
            "subject_id": list(called.values()),
            "side": [batch.side] * len(called),
            "system": [batch.system] * len(called),
            "source_key": list(called),
        },
    )
    chunk.did("source_identity", "added", rows)


def _remember(batch: SourceBatch, chunk: Chunk) -> None:
    """Keeps what the chunk did, whom it was about, and what their own rows said before."""
    met = sorted({chunk.subjects[record.key] for record in chunk.records if record.key in chunk.subjects})
    steps = [*chunk.steps, ("subject", "met", met)]
    label = min(record.number for record in chunk.records)
    load(
        "source_step",
        {
            "batch_id": [batch.pk] * len(steps),
            "side": [batch.side] * len(steps),
            "chunk": [label] * len(steps),
            "place": [place for place, _, _ in steps],
            "did": [did for _, did, _ in steps],
            "keys": [list(keys) for _, _, keys in steps],
        },
    )
    before: dict[tuple[int, str, int | None], dict[str, Any]] = {}
    for record, told in chunk.before:
        row = before.setdefault((record.number, record.key, chunk.subjects[record.key]), {"before": {}})
        for category, said in told.items():
            row["before"].setdefault(category, {}).update(said)
    if chunk.claims:
        states: dict[str, list[int]] = {}
        for key, state in chunk.claims.items():
            states.setdefault(state, []).append(key)
        # of nobody: keys and states of claims alone
        before[label, "", None] = {"states": states}
    if before:
        load(
            "source_row",
            {
                "batch_id": [batch.pk] * len(before),
                "side": [batch.side] * len(before),
                "subject_id": [subject for _, _, subject in before],
                "number": [number for number, _, _ in before],
                "source_key": [key for _, key, _ in before],
                "state": ["before"] * len(before),
                "contents": [json.dumps(told, ensure_ascii=False) for told in before.values()],
            },
        )
