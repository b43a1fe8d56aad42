"""Taking a batch back, chunk by chunk, the last one first; and mending rows that were refused.

What a batch added is deleted, facts too: what was never about somebody is not kept as having been believed.
The ledger keeps that it was here, and when it went.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db.models import F

from seloste.register.protection.operations import load, note, note_batch

from .claims import restore_states, spoken_of, take_back
from .models import SourceBatch, SourceIdentity, SourceRow, SourceStep
from .operations import NEAR_BY, move, take_in
from .port import Chunk, Record, Refused, sinks
from .staging import Opener, refused_contents, staged_contents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from .port import Sink, SourceSystem

WHO = ("subject", "source_identity")
"""Places of who somebody is; others may have built on that meanwhile."""
RESTORED_AT_ONCE = 500


class LaterBatch(Exception):
    """A later batch of the system stands on this one."""


class NoWayBack(Exception):
    """What the batch did is no longer known row by row."""


class NotReadWhole(Exception):
    """The export was not read to its end, or is being taken back: what it says is not known whole."""


class NothingToMend(Exception):
    """No refused row of this number waits in the batch."""


def begin(batch: SourceBatch, *, at: datetime) -> SourceBatch:
    """This will drop what waits of a batch and begin to take back what was applied.

    Writes: source_batch, source_row. Raises: LaterBatch, NoWayBack, BatchMovedOn. Law: GDPR 5(1)(d).
    """
    if batch.state in {"rolling_back", "rolled_back"}:
        return batch
    later = SourceBatch.objects.filter(side=batch.side, system=batch.system, pk__gt=batch.pk, applied__gt=0)
    if batch.applied and (last := later.exclude(state="rolled_back").order_by("-pk").first()):
        raise LaterBatch(
            f"batch {last.pk} of {batch.system} was applied after it: take that one back first, since what it changed"
            " may stand on this one"
        )
    if batch.applied and not SourceStep.objects.filter(batch_id=batch.pk).first():
        raise NoWayBack(
            f"the days in which batch {batch.pk} could be taken back are over: correct what is wrong subject by subject"
        )
    SourceRow.objects.filter(batch_id=batch.pk, state__in=["staged", "refused"]).delete()
    return move(batch, state="rolling_back", staged=0, refused=0, changed_at=at)


def unsay_some(batch: SourceBatch) -> bool:
    """This will take back what a batch said of some subjects; says whether it had said anything still.

    Writes: source_claim, source_correction. Law: GDPR 5(1)(d).
    """
    subjects = spoken_of(batch.pk, RESTORED_AT_ONCE)
    take_back(batch.pk, subjects)
    return bool(subjects)


def undo_chunk(batch: SourceBatch, *, at: datetime, with_subjects: bool) -> bool:
    """This will undo the last chunk that stands, whole; says whether there was one.

    Without subjects who they are stays for the end.
    Writes: source_step, and what the sinks write. Law: GDPR 5(1)(d).
    """
    standing = SourceStep.objects.filter(batch_id=batch.pk).exclude(did="met")
    if not with_subjects:
        standing = standing.exclude(place__in=WHO)
    last = standing.order_by("-pk").first()
    if last is None:
        return False
    steps = list(standing.filter(chunk=last.chunk).order_by("-pk"))
    for step in steps:
        _undo(step.place, step.did, step.keys, at)
    SourceStep.objects.filter(pk__in=[step.pk for step in steps]).delete()
    return True


def remaining_subjects(batch: SourceBatch) -> list[int]:
    """This will tell which subjects of a batch still stand."""
    steps = SourceStep.objects.filter(batch_id=batch.pk, place="subject", did="added")
    return [key for step in steps for key in step.keys]


def undo_subjects(batch: SourceBatch, subjects: Sequence[int], *, at: datetime) -> None:
    """This will take subjects back; at the commit the database refuses those on whom somebody has built.

    Writes: source_identity, and what the sinks write.
    """
    SourceIdentity.objects.filter(subject_id__in=list(subjects), system=batch.system).delete()
    _undo("subject", "added", subjects, at)


def restore_some(batch: SourceBatch) -> bool:
    """This will write back what some of the rows said that were changed in place; says whether there were any.

    Writes: source_row, source_claim, and what the sinks write.
    """
    rows = list(
        SourceRow.objects.filter(batch_id=batch.pk, state="before").order_by("-pk")[:RESTORED_AT_ONCE]
    )
    for row in rows:
        if row.subject_id is None:
            restore_states(row.contents["states"])
            continue
        for sink in sinks():
            sink.restore(row.subject_id, row.contents["before"])
    SourceRow.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return bool(rows)


def end(batch: SourceBatch, *, at: datetime) -> SourceBatch:
    """This will end a rollback, as one event with everybody whom the batch was about.

    Writes: source_batch, source_step, event, event_subject. Raises: BatchMovedOn. Law: GDPR 5(2).
    """
    note_batch("sources.batch.rollback", batch.pk)
    SourceStep.objects.filter(batch_id=batch.pk).delete()
    return move(batch, state="rolled_back", applied=0, salt=None, taken_back=batch.pk, changed_at=at)


def replay(
    batch: SourceBatch,
    source: SourceSystem,
    rows: Sequence[SourceRow],
    mended: Mapping[int, Mapping[str, str]],
    *,
    at: datetime,
) -> SourceBatch:
    """This will read refused rows anew and let those wait to be applied that are right now, whole subjects alone.

    `mended`: cells that are to be read instead of those that stood there, by row.
    Writes: source_batch, source_row. Raises: BatchMovedOn, NotReadable. Law: GDPR 5(1)(d).
    """
    opener, made = Opener(batch), []
    for row in rows:
        if "values" in row.contents:
            made.append(_again(row, row.source_key, "staged", row.contents))
            continue
        given = {**opener.given(row.contents["given"]), **mended.get(row.number, {})}
        read = source.reread(batch.feed, row.number, given)
        if isinstance(read, Refused):
            contents = refused_contents(read, opener)
            made.append(_again(row, read.key, "refused", contents, (read.reason, read.field)))
        else:
            made.append(_again(row, read.key, "staged", staged_contents(read.values, opener)))
    still = {each["source_key"] for each in made if each["state"] == "refused"}
    others = SourceRow.objects.filter(batch_id=batch.pk, state="refused").exclude(
        pk__in=[row.pk for row in rows]
    )
    keys = sorted({each["source_key"] for each in made})
    still |= {row.source_key for row in others.filter(source_key__in=keys)}
    for each in made:
        if each["state"] == "staged" and each["source_key"] in still:
            each |= {"state": "refused", "reason": NEAR_BY}
    SourceRow.objects.filter(pk__in=[row.pk for row in rows]).delete()
    if made:
        load("source_row", {name: [each[name] for each in made] for name in made[0]})
    right = sum(each["state"] == "staged" for each in made)
    note("sources.batch.replay")
    return move(
        batch,
        state="validated",
        applied_key=None,
        staged=F("staged") + right,
        refused=F("refused") - right,
        changed_at=at,
    )


def tie(batch: SourceBatch, source_key: str, subject_id: int, *, at: datetime) -> None:
    """This will say whom a system means by a key, so that its rows find them, and who asks for it too.

    Writes: source_identity, search_token. Raises: NotInPurpose, when the subject is out of reach. Law: GDPR 5(1)(d).
    """
    called = Record(0, source_key, ())
    take_in(batch, Chunk(batch.pk, batch.side, batch.system, at, [called], {source_key: subject_id}))
    note("sources.identity.tie", subject_id)


def _again(
    row: SourceRow, key: str, state: str, contents: Any, why: tuple[str | None, str | None] = (None, None)
) -> dict[str, Any]:
    return {
        "batch_id": row.batch_id,
        "side": row.side,
        "subject_id": row.subject_id,
        "number": row.number,
        "source_key": key,
        "state": state,
        "reason": why[0],
        "field": why[1],
        "contents": json.dumps(contents, ensure_ascii=False),
    }


def _undo(place: str, did: str, keys: Sequence[int], at: datetime) -> None:
    if place == "source_identity":
        SourceIdentity.objects.filter(pk__in=list(keys)).delete()
    else:
        _sink_of(place).undo(place, did, keys, at)


def _sink_of(place: str) -> Sink:
    return next(sink for sink in sinks() if place in sink.places)
