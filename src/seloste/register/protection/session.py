"""A purpose session: the only way to the register.

    with acting("aino", "service", "call:4711") as session:
        Subject.objects.get(pk=17)

Inside the block Django's models go to the login of that purpose, in one bounded transaction;
outside it there is only a login that can read nothing about anybody. Purposes do not nest. What
was read is recorded before it is let out; what outlives the block is dead.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
import time
from dataclasses import replace
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from django.db import connections, transaction

from seloste.register.protection import actors, break_glass, extracts, lookups, many, see, twins
from seloste.register.protection.backend import aggregates, gate
from seloste.register.protection.backend.gate import current
from seloste.register.protection.backend.line import Line
from seloste.register.protection.backend.logins import forget, in_force
from seloste.register.protection.backend.purpose import PurposeConnection
from seloste.register.protection.elsewhere import refuse_elsewhere
from seloste.register.protection.refusals import (
    Contended,
    NothingSaved,
    NotInPurpose,
    OutlivedSession,
    without_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from types import TracebackType
    from uuid import UUID

    from django.db.models import QuerySet

    from seloste.register.protection.actors import Actor, Admitted
    from seloste.register.protection.extracts import Taken
    from seloste.register.protection.lookups import LookUp
    from seloste.register.protection.see import Why

P = ParamSpec("P")
T = TypeVar("T")

ANOTHER_NOTICE = "SEL01"
_numbers = count(1)
logger = logging.getLogger(__name__)

gate.install()


ELSEWHERE = (
    "{} concerns one subject and the answer is about another, who neither holds an agreement with it nor stands for it:"
    " act with a reason that concerns it, or that names nobody"
)


class Session:
    """One purpose, acted by one actor for one reason, in one transaction."""

    def __init__(self, admitted: Admitted, channel: str | None, opening: UUID | None = None) -> None:
        """Made by `acting` alone; `opening` is that of an emergency."""
        self.in_force = admitted.in_force
        self.login = admitted.login
        self.purpose = admitted.login.purpose
        self.actor = admitted.actor
        self.role = admitted.role
        self.controller = admitted.controller
        self.reason = admitted.reason
        self.concerns = admitted.concerns
        self.channel = channel
        self.alias = f"{admitted.login.name}#{next(_numbers)}"
        self.met: set[int] = set()
        """Subjects whose rows were let out in this session."""
        self.wrote = False
        self._event = lookups.Event(
            kind=lookups.READ,
            actor=admitted.actor,
            role=admitted.role,
            login=admitted.login.name,
            channel=channel,
            reason=admitted.reason,
            notice_hash=admitted.in_force.hash,
            break_glass=opening is not None,
            retention_class=admitted.in_force.retention_of("event"),
        )
        self._thread = threading.get_ident()
        self._until = time.monotonic() + 60 * admitted.login.session_minutes
        # the hash is the application's own hexadecimal, from the policy's table
        self._over = False
        self._opening = opening
        self._line = Line(
            admitted.login.role,
            f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT policy.enter('{admitted.in_force.hash}')"
            f"{break_glass.naming(opening)}",
        )
        self.connection = PurposeConnection(self, self._line.server_version)

    def __repr__(self) -> str:
        """The alias: purpose, scope and a running number."""
        return f"<Session {self.alias}>"

    def require(self) -> None:
        """This will make sure that it is this session's turn, here and now.

        Raises: NotInPurpose.
        """
        if self._over or current() is not self or threading.get_ident() != self._thread:
            raise OutlivedSession
        if time.monotonic() > self._until:
            raise NotInPurpose(
                f"this session has lasted longer than the {self.login.session_minutes} minutes that the notice "
                f"gives {self.purpose}: open another"
            )
        if self._opening and not self._line.lost:
            break_glass.require_open(self._line, self.purpose)

    def record(self, way: str, subjects: Iterable[int], count: int, categories: Iterable[str]) -> None:
        """This will commit a look-up to the log; what it found may be let out after this returns.

        Raises: NotRecorded, ReasonElsewhere.
        """
        looked_at = set(subjects)
        if self.concerns is not None and looked_at - self._concerned:
            raise actors.ReasonElsewhere(ELSEWHERE.format(self.reason))
        lookups.write(self._event.of(way, looked_at, count, categories))
        self.met |= looked_at

    def note(self, kind: str, subjects: Iterable[int]) -> None:
        """This will record that an operation was done about subjects; the event commits or vanishes with it.

        Login and notice are the session's own, whatever is told here.
        Writes: event, event_subject. Raises: NotInPurpose.
        """
        told = [kind, self.actor, self._event.role, self.channel, self.reason, sorted(set(subjects))]
        gate.run(self, "SELECT policy.note(%s, %s, %s, %s, %s, %s::bigint[])", told)
        self.wrote = True

    def note_batch(self, kind: str, batch_id: int) -> None:
        """This will record what an import did, as one event with everybody whom its steps met.

        The database gathers them: they may be more than are held at once.
        Writes: event, event_subject. Raises: NotInPurpose.
        """
        told = [kind, self.actor, self._event.role, self.reason, batch_id]
        gate.run(self, "SELECT policy.note_batch(%s, %s, %s, %s, %s)", told)
        self.wrote = True

    @cached_property
    def side(self) -> str:
        """The side of the wall on which the company that is acted for stands."""
        return self.in_force.side_of(self.controller)

    @cached_property
    def _concerned(self) -> set[int]:
        return see.companions(self, self.concerns) if self.concerns is not None else set()

    def categories_of(
        self, columns: Iterable[tuple[str, str]], held: Iterable[str] | None = None
    ) -> frozenset[str]:
        """This will tell which categories columns belong to; `held` are those that the rows say they hold."""
        return see.categories(self.login, frozenset(columns), None if held is None else frozenset(held))

    def see(self, subject_id: int) -> dict[str, Any]:
        """This will show all that the purpose sees of a subject, and what it does not and why.

        Shape: {"subject", "purpose", "visible": {category: [{column: value}]}, "hidden":
        [[category, why]], "verdict"}. A subject that is not visible at all and one that does not
        exist are answered alike. For a reason that concerns somebody, whoever held an agreement with them and left
        it is shown no more: where they live now is nobody's else.
        Raises: NotRecorded, ReasonElsewhere.
        """
        if self.concerns is not None and subject_id not in see.companions(self, self.concerns, now=True):
            raise actors.ReasonElsewhere(ELSEWHERE.format(self.reason))
        return see.see(self, subject_id)

    def why(self, subject_id: int, at: Any = None, known_at: Any = None) -> list[Why]:
        """This will tell, key by key, whether the purpose may touch a subject; asking is recorded too."""
        return see.why(self, subject_id, at, known_at)

    def lookups(self, subject_id: int) -> list[LookUp]:
        """This will tell who looked at a subject, as the subject may see it.

        Raises: UnseenSubject, for one that is not visible and for one that does not exist alike.
        """
        return lookups.lookups(self, subject_id)

    def load(
        self, table: str, columns: Sequence[str], arrays: Sequence[Sequence[Any]], *, if_new: bool = False
    ) -> int:
        """This will insert many rows at once, a sequence of values for each column; says how many.

        `if_new`: those that are there already are left as they are.
        Writes: table. Raises: NotInPurpose.
        """
        return see.load(self, table, columns, arrays, if_new=if_new)

    def load_together(self, tables: Sequence[tuple[str, Mapping[str, Sequence[Any]]]]) -> None:
        """This will insert many rows of several tables in one statement.

        Writes: the tables. Raises: NotInPurpose.
        """
        see.load_together(self, tables)

    def rows(
        self, subjects: Collection[int], asked: Sequence[many.Asked], *, lock: bool = False
    ) -> list[many.Rows]:
        """This will read rows of many subjects, a list for each table that is asked, and record it as one look-up.

        Each row begins with its subject's key. `lock`: nobody else changes these subjects until the session ends.
        Raises: NotInPurpose, NotRecorded.
        """
        return many.rows(self, subjects, asked, lock=lock)

    def reserve(self, table: str, count: int) -> int:
        """This will reserve so many consecutive keys of a table; tells the first."""
        return see.reserve(self, table, count)

    def keys_of(
        self, table: str, by: str, values: Sequence[str], told: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """This will find rows that name no subject by what is known of them already, and tell their keys.

        Raises: NotRecorded.
        """
        return see.keys_of(self, table, by, values, told)

    def point_key(self, side: str, kind: str, number: str) -> int | None:
        """This will find a point by its full number: its key alone, whoever is or was there."""
        return see.point_key(self, side, kind, number)

    def count_audience(self, audience: QuerySet[Any]) -> int:
        """This will count a set by answers that hold now: those that ran out are decided first."""
        return see.count_audience(self, audience)

    def aggregate(self, name: str, rows: QuerySet[Any]) -> Any:
        """This will let out a registered aggregate over rows, when it is about enough subjects.

        Raises: NotInPurpose, NotRecorded.
        """
        return aggregates.over(name, rows)

    def is_here(self, by: str, value: str, side: str) -> bool:
        """This will ask, on the record, whether a full identifier is held on a side of this login's."""
        return twins.is_here(self, replace(self._event, kind=twins.TWIN), by, value, side)

    def extract(self, name: str, *, at: datetime) -> Taken:
        """This will take an extract that the notice declares for the purpose, line by line.

        Everybody in it is recorded, in one event, before the first line leaves.
        Raises: NotInPurpose and those of its kind in `extracts`, NotRecorded.
        """
        return extracts.take(self, self._event, name, at)

    def atomic(self, *, savepoint: bool = True) -> AbstractContextManager[None]:
        """A part of the session that is undone alone when it fails; what may be refused goes in here."""
        return transaction.atomic(using=self.alias, savepoint=savepoint)

    def end(self, *, keep: bool) -> None:
        """This will commit or roll back and give the connection up; called by `acting`.

        Raises: NothingSaved.
        """
        if self._over:
            return
        self._over = True
        lost = self._line.lost or self.connection.needs_rollback
        self._line.end("COMMIT" if keep and not lost else "ROLLBACK")
        if keep and lost and self.wrote:
            raise NothingSaved(
                "an earlier refusal or error had ended the session's transaction, so nothing of it was saved: "
                "put what may be refused into session.atomic()"
            )


class acting:  # noqa: N801 - reads as a verb: with acting(actor, purpose, reason)
    """This will act for a purpose: `with acting(actor, purpose, reason) as session`.

    `actor` is a user name or has one; `reason` is `kind:key`. `controller` is whom the actor acts
    for when not the employer; `channel` is recorded; `ground` opens an emergency. On leaving, the transaction commits, or rolls
    back on an exception; functions given to `on_commit` run after that, outside the session.

    Raises: NotInPurpose and those of its kind in `actors`: each says what is missing.
    Law: GDPR 5(1)(b), 25, 29, 32(4). Notice: purposes, roles, trainings.
    """

    def __init__(
        self,
        actor: str | Actor,
        purpose: str,
        reason: str,
        *,
        controller: str | None = None,
        channel: str | None = None,
        ground: str | None = None,
    ) -> None:
        """Judges nothing yet: that is done on entering."""
        self._username = actor if isinstance(actor, str) else actor.username
        self._purpose, self._reason = purpose, reason
        self._controller, self._channel, self._ground = controller, channel, ground
        self._session: Session | None = None

    def __enter__(self) -> Session:
        """Admits the actor and opens the session."""
        refuse_elsewhere(sys._getframe(1))  # noqa: SLF001 - who called is what is judged
        session = self._open()
        connections[session.alias] = session.connection
        self._turn = gate.acted.set(session)
        self._session = session
        return session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Ends the session, whatever happened in it."""
        session = self._session
        if session is None:
            return
        self._session = None
        hooks = session.connection.run_on_commit
        session.connection.run_on_commit = []
        try:
            session.end(keep=kind is None)
        finally:
            gate.acted.reset(self._turn)
            del connections[session.alias]
            without_values(error)
        if kind is None:
            _run_hooks(hooks)

    def _open(self) -> Session:
        for last in (False, True):
            admitted = self._admit()
            opening = break_glass.open_for(admitted, self._ground) if self._ground else None
            try:
                return Session(admitted, self._channel, opening)
            except Exception as error:
                if last or getattr(error, "sqlstate", "") != ANOTHER_NOTICE:
                    raise
                forget()
        raise AssertionError

    def _admit(self) -> Admitted:
        notice_hash, known = actors.staff(self._username)
        notice = in_force(notice_hash)
        try:
            return actors.admit(
                known,
                notice,
                self._purpose,
                self._reason,
                controller=self._controller,
                channel=self._channel,
                ground=self._ground,
            )
        except NotInPurpose:
            declared = bool(notice.of(self._purpose))
            lookups.write(
                lookups.Event(
                    kind=lookups.REFUSED,
                    actor=str(known.id) if known else "unknown",
                    role="",
                    login=self._purpose if declared else "",
                    channel=None,
                    reason=self._reason if actors.parse(self._reason)[0] else None,
                    notice_hash=notice.hash,
                    break_glass=False,
                    retention_class=notice.retention_of("event"),
                )
            )
            raise


def _run_hooks(hooks: list[Any]) -> None:
    """Runs what was given to on_commit, as Django does."""
    for _savepoints, function, robust in hooks:
        try:
            function()
        except Exception as error:
            if not robust:
                raise
            logger.error("a function given to on_commit failed: %s", type(error).__name__)  # noqa: TRY400 - a traceback would tell values


def retried(function: Callable[P, T]) -> Callable[P, T]:
    """This will run an operation again, at most twice, when its transaction gave way to another.

    The operation opens its own session; inside one, the error goes on to whoever opened it.
    """

    @functools.wraps(function)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        for pause in (0.02, 0.1):
            if current() is not None:
                break
            try:
                return function(*args, **kwargs)
            except Contended:
                time.sleep(pause)
        return function(*args, **kwargs)

    return again
