"""Pulling a feed from start to end, in transactions of bounded size, so that it can be killed anywhere.

Run again it goes on where it was: reading from the cursor that was committed with the rows, applying from
the rows that still wait.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import IntegrityError

from seloste.register.protection.refusals import Contended, NotInPurpose

from . import operations, queries, rollback
from .operations import BatchMovedOn, Pulled
from .port import NotReadableSource, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from .models import SourceBatch, SourceRow
    from .port import Record, SourceSystem

STAGED_AT_ONCE = 5_000
APPLIED_AT_ONCE = 5_000
REFUSED_AT_MOST = 10_000
PATIENCE = (0.02, 0.1, 0.3, 1.0, 2.0)
"""Pauses before another try, in seconds, when two imports stood in each other's way."""

T = TypeVar("T")
ROW_SECURITY = "violates row-level security policy"
"""How PostgreSQL says that a row is not for this purpose to write."""

SessionOf = Callable[[], AbstractContextManager[Any]]
Progress = Callable[[int, int], None]


class TooManyRefused(Exception):
    """So many rows were refused that the file is wrong, not the rows."""


@dataclass(frozen=True)
class Acting:
    """On which side and how a batch's transactions are opened, the moment they are for, and whom to tell how far."""

    side: str
    session: SessionOf
    at: datetime
    progress: Progress = lambda _done, _all: None


def pull(source: SourceSystem, feed: str, how: Acting) -> SourceBatch:
    """This will pull a feed: read all of it, then apply what is right, and end the batch.

    What was pulled before with the same bytes and mapping is not pulled again.
    Writes: what `operations` says. Raises: TooManyRefused, NotInPurpose, and what the source raises.
    Law: GDPR 5(1)(d). Notice: systems, purposes.
    """
    told = source.describe()
    source_hash, mapping_hash = source.fingerprint(feed)
    pulled = Pulled(told.system, feed, how.side, source_hash, mapping_hash)
    batch = in_session(how, partial(operations.open_batch, pulled, at=how.at))
    if batch.state == "staging":
        batch = _read(source, feed, batch, how)
    return apply(batch, how)


def _read(source: SourceSystem, feed: str, batch: SourceBatch, how: Acting) -> SourceBatch:
    """Reads the rest of a feed; a process that died left all that it had committed."""
    keys = in_session(how, partial(queries.refused_keys, batch))
    try:
        for rows, cursor in _some(source.pull(feed, batch.staged_cursor)):
            keys |= {row.key for row in rows if isinstance(row, Refused)}
            batch = in_session(how, partial(operations.stage, batch, rows, cursor, at=how.at))
            if batch.refused > REFUSED_AT_MOST:
                raise TooManyRefused(
                    f"more than {REFUSED_AT_MOST} rows of this feed were refused: the file or its mapping is wrong."
                    f" Nothing was applied; see `seloste source rejects {batch.pk}`, then `seloste source rollback"
                    f" {batch.pk}`"
                )
            how.progress(batch.staged + batch.refused, 0)
    except NotReadableSource:
        in_session(how, partial(operations.give_up, batch, at=how.at))
        raise
    return in_session(how, partial(operations.end_staging, batch, keys, at=how.at))


def _some(pulled: Iterator[tuple[Record | Refused, str]]) -> Iterator[tuple[list[Record | Refused], str]]:
    while True:
        with _uncollected():
            some = list(islice(pulled, STAGED_AT_ONCE))
        if not some:
            return
        yield [row for row, _ in some], some[-1][1]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles among the rows of a chunk, of which there are none: it took two fifths of Python's time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def apply(batch: SourceBatch, how: Acting) -> SourceBatch:
    """This will apply what waits of a batch, and end it.

    Rows that the database refuses together are tried in ever smaller parts, until the one subject that it
    does not take waits for somebody.
    Writes: what `operations` says. Raises: NotInPurpose.
    """
    most, everything = APPLIED_AT_ONCE, batch.staged
    while batch.state in {"validated", "applying"}:
        try:
            moved = in_session(how, partial(operations.apply_chunk, batch, most, at=how.at))
            if moved is None:
                return in_session(how, partial(operations.finish, batch, at=how.at))
        except BatchMovedOn:
            batch = in_session(how, partial(queries.require_batch, batch.pk))
        except (IntegrityError, NotInPurpose) as error:
            reason = _reason(error)
            if reason is None:
                raise
            if most == 1:
                batch = in_session(how, partial(operations.refuse_next, batch, reason, at=how.at))
            most = max(1, most // 8)
        else:
            batch, most = moved, min(APPLIED_AT_ONCE, most * 2)
            how.progress(everything - batch.staged, everything)
    return batch


def _reason(error: Exception) -> str | None:
    """What the database said, by the name of what it holds to, never a value; nothing where it is not about a row.

    A row that the policy refuses is about somebody of whom a class was erased, and who would have come back.
    """
    if isinstance(error, NotInPurpose):
        return "erased_here" if ROW_SECURITY in str(error) else None
    _, _, named = str(error).partition("constraint ")
    return named.partition(",")[0].strip() or "refused_by_the_database"


def take_back(batch: SourceBatch, how: Acting) -> tuple[SourceBatch, int]:
    """This will take a batch back whole; what was killed on the way goes on when it is run again.

    Shape: the batch, and how many of its subjects stay because somebody has built on them since.
    Writes: what `rollback` says. Raises: LaterBatch, NoWayBack, NotInPurpose. Law: GDPR 5(1)(d).
    """
    batch = in_session(how, partial(rollback.begin, batch, at=how.at))
    if batch.state == "rolled_back":
        return batch, 0
    while in_session(how, partial(rollback.unsay_some, batch)):
        pass
    with_subjects = True
    while True:
        try:
            undo = partial(rollback.undo_chunk, batch, at=how.at, with_subjects=with_subjects)
            if not in_session(how, undo):
                break
        except IntegrityError:
            if not with_subjects:
                raise
            with_subjects = False
        how.progress(0, batch.applied)
    left = in_session(how, partial(rollback.remaining_subjects, batch))
    kept = _take_subjects_back(batch, left, how)
    while in_session(how, partial(rollback.restore_some, batch)):
        pass
    return in_session(how, partial(rollback.end, batch, at=how.at)), kept


def _take_subjects_back(batch: SourceBatch, subjects: list[int], how: Acting) -> int:
    """Takes back as many at once as go; those on whom somebody has built stay, and are counted."""
    if not subjects:
        return 0
    try:
        in_session(how, partial(rollback.undo_subjects, batch, subjects, at=how.at))
    except IntegrityError:
        if len(subjects) == 1:
            return 1
        half = len(subjects) // 2
        return sum(_take_subjects_back(batch, part, how) for part in (subjects[:half], subjects[half:]))
    return 0


def mend(
    batch: SourceBatch,
    source: SourceSystem,
    how: Acting,
    number: int | None = None,
    cells: Mapping[str, str] | None = None,
) -> SourceBatch:
    """This will read refused rows anew, one with mended cells or all as they are, and apply what is right now.

    What waited beside the one, being of the same subject, goes with it.
    Writes: what `operations` says. Raises: NotReadWhole, NothingToMend, NotInPurpose.
    """
    if batch.state not in {"validated", "applying", "applied"}:
        raise rollback.NotReadWhole(
            f"batch {batch.pk} is {batch.state}: an export is read to its end before anything of it is mended; pull it again,"
            " it goes on, or take it back"
        )

    def again() -> SourceBatch:
        if number is None:
            found = list(chain.from_iterable(queries.every_refused(batch)))
        else:
            row = _refused_row(batch, number)
            found = [row, *queries.beside(row, operations.NEAR_BY)]
        mended = {number: cells} if number is not None and cells else {}
        return rollback.replay(batch, source, found, mended, at=how.at) if found else batch

    return apply(in_session(how, again), how)


def tie(batch: SourceBatch, number: int, subject_id: int, how: Acting) -> None:
    """This will say whom the system means by the key of a refused row.

    Writes: source_identity. Raises: NothingToMend, NotInPurpose. Law: GDPR 5(1)(d).
    """

    def do() -> None:
        rollback.tie(batch, _refused_row(batch, number).source_key, subject_id, at=how.at)

    in_session(how, do)


def _refused_row(batch: SourceBatch, number: int) -> SourceRow:
    if rows := queries.refused(batch, number):
        return rows[0]
    raise rollback.NothingToMend(
        f"batch {batch.pk} has no refused row of line {number}: see `seloste source rejects {batch.pk}`"
    )


def in_session(how: Acting, do: Callable[[], T]) -> T:
    """This will do something in a session of its own, again when another transaction stood in its way.

    What collided with rows that somebody else added meanwhile is tried once more too: then they are known.
    Raises: what `do` raises.
    """
    collided = False
    for pause in PATIENCE:
        try:
            with how.session(), _uncollected():
                return do()
        except Contended:
            time.sleep(pause)
        except IntegrityError:
            if collided:
                raise
            collided = True
    with how.session(), _uncollected():
        return do()
