"""Connections of all logins, few and bounded: the process holds at most so many, whoever acts.

One small pool for all logins rather than one each: a notice has dozens of logins, a database
a hundred connections. An idle connection of one login gives way to another login that needs one.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Protocol, TypeVar

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from django.db.utils import OperationalError
from psycopg.pq import TransactionStatus

from seloste.register.protection.refusals import told

if TYPE_CHECKING:
    from collections.abc import Callable

C = TypeVar("C")
Connection = psycopg.Connection[tuple[object, ...]]

OPTIONS = {
    "search_path": "register,pg_temp",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "row_security": "on",
    "standard_conforming_strings": "on",
    "default_transaction_isolation": "read\\ committed",
    "default_transaction_read_only": "off",
    "statement_timeout": "30000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
}
"""Set in the start-up packet: beats what a login may have set for itself by ALTER ROLE."""


class Place(Protocol):
    """Where the register's database is."""

    def dsn(self, role: str) -> str:
        """Connection string of a role, its password included."""

    def again(self, role: str) -> list[str]:
        """Connection strings to try when the password was refused, as passwords are kept by now."""

    def role(self, name: str) -> str:
        """Full name of a role of this database."""


class NoConnectionFree(OperationalError):
    """Every connection this process may hold is in use, and none came free in time."""


class Pool:
    """Connections by role. A purpose's connection forgets its user before it serves another."""

    def __init__(
        self, place: Place, *, most: int = 24, each: int = 6, wait: float = 10.0, idle: float = 60.0
    ) -> None:
        """`place` tells roles and their connection strings.

        `most` purposes' connections in all, `each` for one login; the fixed roles (housekeeping,
        the look-up log) have `each` of their own, so that a session in need of them never waits
        for another session. Units: `wait` and `idle` in seconds.
        """
        self._place = place
        self._most, self._each, self._wait, self._keep = most, each, wait, idle
        self._turn = threading.Condition()
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._turn = threading.Condition()
        self._idle: dict[str, list[tuple[float, Connection]]] = {}
        self._open: Counter[str] = Counter()
        self._fixed: set[str] = set()

    def take(self, role: str, *, fixed: bool = False) -> Connection:
        """This will lend a connection of `role`, in autocommit.

        Raises: NoConnectionFree.
        """
        until = time.monotonic() + self._wait
        with self._turn:
            if fixed:
                self._fixed.add(role)
            while True:
                if idle := self._idle.get(role):
                    connection = idle.pop()[1]
                    if not connection.closed:
                        return connection
                    self._open[role] -= 1
                elif self._room(role):
                    self._open[role] += 1
                    break
                elif not self._turn.wait(until - time.monotonic()):
                    raise NoConnectionFree(
                        f"no connection of {role} came free in {self._wait:.0f} s: "
                        f"{self._each} a login and {self._most} in all are in use; end sessions sooner or raise the bound"
                    )
        return self._connect(role)

    def give(self, role: str, connection: Connection) -> None:
        """This will take a lent connection back; one that is broken or mid-transaction is closed."""
        usable = not connection.closed and connection.info.transaction_status == TransactionStatus.IDLE
        if not usable:
            connection.close()
        now = time.monotonic()
        with self._turn:
            if usable:
                self._idle.setdefault(role, []).append((now, connection))
            else:
                self._open[role] -= 1
            stale = self._stale(now)
            self._turn.notify_all()
        for old in stale:
            old.close()

    def close(self) -> None:
        """This will close every connection that is not lent."""
        with self._turn:
            stale = self._stale(float("inf"))
        for old in stale:
            old.close()

    def role(self, name: str) -> str:
        """Full name of a fixed role."""
        return self._place.role(name)

    def again(self, role: str) -> list[str]:
        """Connection strings of a role whose password was refused, as passwords are kept by now."""
        return self._place.again(role)

    @property
    def size(self) -> int:
        """How many connections are open."""
        with self._turn:
            return self._open.total()

    def _room(self, role: str) -> bool:
        if self._open[role] >= self._each:
            return False
        if role in self._fixed or sum(n for r, n in self._open.items() if r not in self._fixed) < self._most:
            return True
        others = [(idle[0][0], r) for r, idle in self._idle.items() if idle and r not in self._fixed]
        if not others:
            return False
        _, longest = min(others)
        self._idle[longest].pop(0)[1].close()
        self._open[longest] -= 1
        return True

    def _stale(self, now: float) -> list[Connection]:
        old = []
        for role, idle in self._idle.items():
            while idle and now - idle[0][0] > self._keep:
                old.append(idle.pop(0)[1])
                self._open[role] -= 1
        return old

    def _connect(self, role: str) -> Connection:
        failed: Exception
        try:
            return admitted(_opened, self._place.dsn(role), lambda: self._place.again(role))
        except psycopg.Error as error:
            self._gone(role)
            failed = told(error)
        except BaseException:
            self._gone(role)
            raise
        raise failed

    def _gone(self, role: str) -> None:
        with self._turn:
            self._open[role] -= 1
            self._turn.notify()


def admitted(connect: Callable[[str], C], way: str, again: Callable[[], list[str]], turns: int = 2) -> C:
    """This will connect; passwords may be changed while we run, so one that is refused is looked up again.

    Twice, as the change may be committed between one try and the next.
    Raises: psycopg.OperationalError.
    """
    ways = [way]
    while True:
        try:
            return connect(ways[0])
        except psycopg.OperationalError as error:
            # without a password the server was not even asked for entry
            if not (error.pgconn and error.pgconn.used_password):
                raise
            if not ways[1:] and turns:
                ways, turns = [*ways[:1], *again()], turns - 1
            if not ways[1:]:
                raise
            ways = ways[1:]


def _opened(dsn: str) -> Connection:
    return psycopg.connect(
        dsn,
        autocommit=True,
        options=" ".join(f"-c {name}={value}" for name, value in OPTIONS.items()),
        application_name="seloste",
        client_encoding="UTF8",
        context=get_adapters_template(settings.USE_TZ, UTC),
    )


_pool: Pool | None = None


def connect_through(place: Place, **bounds: int) -> Pool:
    """This will make `place` the database that purposes are acted on; wired once, by the project."""
    global _pool  # noqa: PLW0603 - one pool a process is the point
    if _pool:
        _pool.close()
    _pool = Pool(place, **bounds)
    return _pool


def pool() -> Pool:
    """The pool of this process.

    Raises: ImproperlyConfigured.
    """
    if _pool is None:
        raise ImproperlyConfigured(
            "no database for purposes: the project calls connect_through(cluster) first"
        )
    return _pool
