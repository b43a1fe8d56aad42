"""Doing a thing once, and changing only what nobody else has changed meanwhile.

once("agreements.open", key, side=holder.side, at=at).about(holder.pk, do, again)
require_unchanged("agreement", expected, period.recorded_at)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from django.db import IntegrityError

from seloste.kernel.periods import FINLAND

from .models import Idempotency
from .operations import acted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .session import Session


UNIQUE = "23505"
"""The code of a unique constraint."""


class Made(Protocol):
    """What an operation makes or changes: a row with a key."""

    @property
    def pk(self) -> int:
        """Its key."""


M = TypeVar("M", bound=Made)


class ChangedMeanwhile(Exception):
    """Somebody else has changed this since it was read."""


class NoIdempotencyKey(Exception):
    """This is no idempotency key."""


class KeyUsedOtherwise(Exception):
    """This idempotency key stands for what was done about another subject."""


class OutOfReach(Exception):
    """This was done before, and what came of it is not to be seen any more."""


@dataclass(frozen=True)
class Once:
    """An operation under a key that its caller made up, on one side of the wall; without a key it is just done.

    The key is random and says nothing of anybody. What was asked is not kept: the row that was made tells it.
    """

    operation: str
    key: str | None
    side: str
    at: datetime

    def about(self, subject_id: int, do: Callable[[], M], again: Callable[[int], M]) -> M:
        """This will do something about a subject, or tell by `again` what came of it the first time.

        `again` is given the key of the row that `do` returned. Of two callers at once the second waits
        for the first. What fails leaves no trace, and can be tried again under the same key.
        Writes: idempotency. Raises: KeyUsedOtherwise, OutOfReach, and what `do` raises.
        Law: GDPR 5(1)(d), 32(1)(b).
        """
        if self.key is None:
            return do()
        with acted().atomic():
            # kept first: whoever ends an agreement may not see its holder afterwards
            claim = self._kept(acted(), subject_id, None)
            if claim is None:
                return self._again(subject_id, again)
            made = do()
            Idempotency.objects.filter(pk=claim.pk).update(result=made.pk)
            return made

    def making(self, do: Callable[[], M], again: Callable[[int], M]) -> M:
        """This will make a subject, or tell by `again` which one was made the first time.

        Of two callers at once both make one, and the second's is undone.
        Writes: idempotency. Raises: OutOfReach, and what `do` raises. Law: GDPR 5(1)(d).
        """
        if self.key is None:
            return do()
        if self._known():
            return self._again(None, again)
        made = None
        try:
            with acted().atomic():
                made = do()
                self._keep(made.pk, made.pk)
                return made
        except IntegrityError as error:
            if not _is_taken(error) or not self._known():
                raise
            return self._again(None, again)

    def _kept(self, session: Session, subject_id: int, result: int | None) -> Idempotency | None:
        """The row by which this is known to have been done; none when it was there before."""
        try:
            with session.atomic():
                return self._keep(subject_id, result)
        except IntegrityError as error:
            if not _is_taken(error):
                raise
            return None

    def _keep(self, subject_id: int, result: int | None) -> Idempotency:
        return Idempotency.objects.create(
            subject_id=subject_id,
            side=self.side,
            operation=self.operation,
            key=self.key or "",
            result=result,
            at=self.at,
        )

    def _known(self) -> Idempotency | None:
        return Idempotency.objects.filter(side=self.side, operation=self.operation, key=self.key).first()

    def _again(self, subject_id: int | None, again: Callable[[int], M]) -> M:
        done = self._known()
        if done is None or done.result is None:
            raise OutOfReach(
                f"{self.operation} was done before under this key, and what came of it is out of this purpose's"
                " reach: nothing was done again; look it up for a purpose that sees it"
            )
        if subject_id is not None and done.subject_id != subject_id:
            raise KeyUsedOtherwise(
                f"this key stands for {self.operation} about another subject: nothing was done; make a new key up"
                " for each thing to be done"
            )
        return again(done.result)


def _is_taken(error: IntegrityError) -> bool:
    """Whether the key stood there already, and not something else that the database refused."""
    return getattr(error, "sqlstate", "") == UNIQUE


def once(operation: str, key: str | None, *, side: str, at: datetime) -> Once:
    """This will name what is to be done once: `operation` as its event is named, as agreements.open.

    Raises: NoIdempotencyKey.
    """
    if key is not None and not re.fullmatch(r"[!-~]{1,200}", key):
        raise NoIdempotencyKey(
            "an idempotency key is 1 to 200 letters, digits and signs of ASCII: make a random one up"
        )
    return Once(operation, key, side, at)


def require_unchanged(what: str, expected: datetime | None, changed_at: datetime) -> None:
    """This will make sure that what is to be changed is as it was when it was read.

    `expected` is the version that the caller read, `changed_at` the one that is there now: a fact's
    `recorded_at`, another row's `changed_at`. Who names no version does not mind.
    Raises: ChangedMeanwhile. Law: GDPR 5(1)(d).
    """
    if expected is None or expected == changed_at:
        return
    when = changed_at.astimezone(FINLAND)
    raise ChangedMeanwhile(
        f"somebody else changed this {what} on {when:%Y-%m-%d} at {when:%H:%M:%S}, after it was read: nothing was"
        " overwritten. Read it again and decide anew"
    )
