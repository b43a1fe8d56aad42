"""A process that is killed at any statement or commit leaves nothing half done, and doing it again is safe.

Each operation runs in a process of its own that kills itself, as `kill -9` does, at a point that the
gate counts: before and after every statement, commit and entry of the log. For every point until
the operation is through, three things hold: what is there is a state between two transactions, never
a part of one; the operation done again has exactly one effect; who was let out of the process is in
the log.

Shown to fail: without the look for the same consent in `give_consent`, a consent is there twice after
a kill behind its commit; without that for the same number in `open_agreement`, the second run is
refused and the agreement never ends; with a commit after each statement, an erasure and a batch are
found half done; with the log written when a session ends, who was read is not in it.
"""

from __future__ import annotations

import os
import random
import signal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError

from conftest import SOAK
from database.operations.conftest import DAY, NOW, Register, register
from seloste.register.protection import lookups
from seloste.register.protection.backend import letting_out
from seloste.register.protection.backend.line import Line

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["register"]

ONE_IN = 1 if SOAK else 4
"""Of the points of an operation so many are tried, drawn with a fixed seed."""
MOST_POINTS = 400


class Operation:
    """An operation on somebody new: what it does, what is there of it, what may be there."""

    def __init__(self, register: Register) -> None:
        """`register`: where it is done."""
        self.register = register
        self.person = register.person()
        self.prepare()

    def prepare(self) -> None:
        """This will put there what the operation needs."""

    def do(self) -> None:
        """This will do it, in sessions of its own."""
        raise NotImplementedError

    def found(self) -> tuple[int, ...]:
        """What is there of it."""
        raise NotImplementedError

    states: tuple[tuple[int, ...], ...]
    """What may be there, from nothing done to all done."""
    refusals: tuple[type[Exception], ...] = ()
    """What doing it again may say, when it was done."""


class GiveConsent(Operation):
    states = ((0,), (1,))

    def do(self) -> None:
        from seloste.register.lawfulness.operations import Wording, give_consent

        with self.register.rights():
            give_consent(self.person, Wording("marketing", "newsletter", "letter 17"), at=NOW)

    def found(self) -> tuple[int, ...]:
        return self.register.one("SELECT count(*) FROM register.consent WHERE subject_id = %s", self.person)


class SetBan(Operation):
    states = ((0,), (1,))

    def do(self) -> None:
        from seloste.register.lawfulness.operations import set_ban

        with self.register.rights():
            set_ban(self.person, "all", at=NOW)

    def found(self) -> tuple[int, ...]:
        return self.register.one("SELECT count(*) FROM register.ban WHERE subject_id = %s", self.person)


class OpenCase(Operation):
    states = ((0,), (1,))

    def do(self) -> None:
        from seloste.register.interactions.operations import open_case

        with self.register.rights():
            open_case("call", "interaction", at=NOW, subject_id=self.person)

    def found(self) -> tuple[int, ...]:
        return self.register.one("SELECT count(*) FROM register.case_file WHERE subject_id = %s", self.person)


class OpenAndEnd(Operation):
    """Agreements, periods known, periods superseded, periods that end by a move."""

    states = ((0, 0, 0, 0), (1, 1, 0, 0), (1, 1, 1, 1))

    def prepare(self) -> None:
        self.terms = self.register.terms(self.register.point())

    def do(self) -> None:
        from seloste.register.agreements.operations import end_agreement, open_agreement

        with self.register.rights():
            opened = open_agreement(self.person, self.terms, requested_at=NOW - DAY, valid_from=NOW)
        with self.register.rights():
            end_agreement(opened.pk, at=NOW, valid_until=NOW + DAY, reason="move_out")

    def found(self) -> tuple[int, ...]:
        return self.register.one(
            "SELECT (SELECT count(*) FROM register.agreement WHERE subject_id = %s),"
            " count(*) FILTER (WHERE superseded_at IS NULL), count(*) FILTER (WHERE superseded_at IS NOT NULL),"
            " count(*) FILTER (WHERE superseded_at IS NULL AND end_reason = 'move_out')"
            " FROM register.agreement_period WHERE subject_id = %s",
            self.person,
            self.person,
        )


class Erase(Operation):
    """Addresses, contact points, names, erasures."""

    states = ((2, 1, 1, 0), (0, 0, 0, 1))

    def prepare(self) -> None:
        from seloste.register.retention.operations import AlreadyErased

        self.refusals = (AlreadyErased,)
        for street in ("Katu 1", "Katu 2"):
            self.register.admin.execute(
                "INSERT INTO register.address (subject_id, kind, street, postcode, city, valid_from)"
                " VALUES (%s, 'home', %s, '33100', 'Tampere', now())",
                [self.person, street],
            )
        self.register.admin.execute(
            "INSERT INTO register.contact_point (subject_id, category, value, as_given, valid_from)"
            " VALUES (%s, 'phone', '+358401234567', 'x', now())",
            [self.person],
        )

    def do(self) -> None:
        from seloste.register.retention.operations import erase

        places = {
            place: columns
            for category in self.register.notice.categories.values()
            if category.retention == "relation"
            for place, columns in (category.held_in or {}).items()
        }
        with self.register.rights():
            erase(self.person, "relation", places, at=NOW)

    def found(self) -> tuple[int, ...]:
        return self.register.one(
            "SELECT (SELECT count(*) FROM register.address WHERE subject_id = s.id),"
            " (SELECT count(*) FROM register.contact_point WHERE subject_id = s.id), count(s.family_name),"
            " (SELECT count(*) FROM register.erasure WHERE subject_id = s.id)"
            " FROM register.subject s WHERE s.id = %s GROUP BY s.id",
            self.person,
        )


class LoadBatch(Operation):
    """People, identifiers, ways to reach them; who is there already is told by the identifier."""

    states = ((0, 0, 0), (2, 2, 2))
    refusals = (IntegrityError,)

    def do(self) -> None:
        marks = [f"{self.person}:{n}".encode() for n in (1, 2)]
        with self.register.acting("upkeep", role="engineer") as session:
            first = session.reserve("subject", 2)
            keys = [first, first + 1]
            session.load(
                "subject",
                ["id", "side", "kind", "family_name"],
                [keys, ["seller"] * 2, ["person"] * 2, [f"Batch {self.person}"] * 2],
            )
            opening = session.reserve("data_key", 2)
            by = [opening, opening + 1]
            session.load(
                "data_key",
                ["id", "subject_id", "category", "wrapped", "kek_version"],
                [by, keys, ["hetu"] * 2, marks, [1] * 2],
            )
            session.load(
                "national_identifier",
                ["subject_id", "side", "data_key_id", "ciphertext", "blind_index"],
                [keys, ["seller"] * 2, by, marks, marks],
            )
            session.load(
                "contact_point",
                ["subject_id", "category", "value", "as_given", "valid_from"],
                [keys, ["email"] * 2, ["a@example.fi"] * 2, ["a@example.fi"] * 2, [NOW] * 2],
            )

    def found(self) -> tuple[int, ...]:
        return self.register.one(
            "SELECT count(*), count(i.subject_id), count(c.subject_id) FROM register.subject s"
            " LEFT JOIN register.national_identifier i ON i.subject_id = s.id"
            " LEFT JOIN register.contact_point c ON c.subject_id = s.id WHERE s.family_name = %s",
            f"Batch {self.person}",
        )


def counted(at: int, told: int) -> None:
    """This will make this process kill itself at a point, and tell through `told` who is let out of it."""
    from seloste.register.agreements.operations import confirming

    reached = count(1)

    def point() -> None:
        if next(reached) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(function: Callable[..., Any]) -> Callable[..., Any]:
        def both(*args: Any, **options: Any) -> Any:
            point()
            answer = function(*args, **options)
            point()
            return answer

        return both

    recorded = letting_out._recorded

    def handed(session: Any, rows: Any, reading: Any) -> Any:
        out = recorded(session, rows, reading)
        subjects = {row[position] for row in rows for position in reading.keys} - {None}
        os.write(told, "".join(f"{subject}\n" for subject in subjects).encode())
        return out

    Line.run, Line.run_all = around(Line.run), around(Line.run_all)  # type: ignore[method-assign]
    lookups.write = around(lookups.write)
    letting_out._recorded = handed
    # typst's threads do not come along into a fork: where the parent has set a PDF, the child would wait for ever
    confirming.as_pdf = lambda letter: confirming.as_text(letter).encode()


def killed(operation: Operation, at: int) -> tuple[bool, set[int]]:
    """This will do an operation in a process that dies at a point; says whether it died, and who was let out."""
    out, told = os.pipe()
    child = os.fork()
    if not child:
        try:
            counted(at, told)
            operation.do()
            os._exit(0)
        finally:
            os._exit(1)
    os.close(told)
    with os.fdopen(out) as read:
        seen = {int(line) for line in read}
    _, status = os.waitpid(child, 0)
    died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert died or status == 0, "the operation failed by itself"
    return died, seen


def points(operation: type[Operation], register: Register) -> int:
    """How many points an operation has: the first at which nothing dies any more, less one."""
    least, most = 1, MOST_POINTS
    while least < most:
        middle = (least + most) // 2
        died, _ = killed(operation(register), middle)
        least, most = (middle + 1, most) if died else (least, middle)
    return least - 1


@pytest.mark.parametrize("kind", [GiveConsent, SetBan, OpenCase, OpenAndEnd, Erase, LoadBatch])
def test_an_operation_that_was_killed_is_done_by_doing_it_again(register, kind):
    last = points(kind, register)
    assert 10 < last < MOST_POINTS
    everyone = range(1, last + 1)
    chosen = everyone if kind is GiveConsent else sorted(random.Random(17).sample(everyone, last // ONE_IN))
    reached = set()
    for point in (*chosen, last):
        operation = kind(register)
        died, seen = killed(operation, point)
        assert died, point
        found = operation.found()
        assert found in kind.states, (point, found)
        reached.add(found)
        logged = {
            subject
            for (subject,) in register.all(
                "SELECT subject_id FROM register.event_subject WHERE subject_id = %s", operation.person
            )
        }
        assert seen <= logged | {None}, point
        try:
            operation.do()
        except operation.refusals:
            assert found == kind.states[-1]
        assert operation.found() == kind.states[-1], (point, found)
    assert reached >= {kind.states[0], kind.states[-1]}
