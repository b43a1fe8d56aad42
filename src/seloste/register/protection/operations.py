"""What is done about staff, and the note that every operation leaves in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seloste.register.ledger.queries import in_force

from . import merged, see
from .backend.gate import current
from .models import Staff, StaffRole, Training
from .refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from .session import Session


class UsernameTaken(Exception):
    """Somebody else acts under this name."""


class UnknownStaff(Exception):
    """Nobody acts under this name."""


class NoSuchRole(Exception):
    """The role is not held, so it cannot end."""


def note(kind: str, *subjects: int) -> None:
    """This will record that an operation was done about subjects, in the session's log.

    Writes: event, event_subject. Raises: NotInPurpose.
    """
    acted().note(kind, subjects)


def aggregate(name: str, rows: QuerySet[Any]) -> Any:
    """This will let out a registered aggregate over rows, when it is about enough subjects.

    Raises: NotInPurpose, NotRecorded.
    """
    return acted().aggregate(name, rows)


def insert_unread(table: str, values: Mapping[str, Any]) -> int | None:
    """This will insert a row that the session's purpose writes and does not read; none where it reads them.

    Shape: the key of the row. Writes: table. Raises: NotInPurpose. Law: GDPR 25. Notice: purposes.
    """
    login = acted().login
    if "id" in login.may("select", table) or not login.may("insert", table):
        return None
    return insert_reserved(table, values)


def insert_reserved(table: str, values: Mapping[str, Any]) -> int:
    """This will insert a row under a key that is reserved first: it may not be seen before it is decided.

    Shape: the key. Writes: table. Raises: NotInPurpose.
    """
    [key] = reserve(table, 1)
    add_unread(table, {"id": key, **values})
    return key


def settable(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """This will keep the columns that the session's purpose may set of a table; an empty value may be left out.

    Raises: NotInPurpose, for a value that it may not set.
    """
    session = acted()
    may = session.login.may("insert", table)
    if beyond := sorted(
        column for column, value in values.items() if value is not None and column not in may
    ):
        raise NotInPurpose(f"{session.purpose} may not set {', '.join(beyond)} of {table}")
    return {column: value for column, value in values.items() if column in may}


def reads(table: str, *columns: str) -> bool:
    """Whether the session's purpose reads columns of a table."""
    return set(columns) <= acted().login.may("select", table)


def is_here(by: str, value: str) -> bool:
    """This will ask whether somebody is held on the session's side, seen or unseen, by a full identifier.

    Writes: event. Raises: AskedTooOften, NotRecorded, NotInPurpose. Law: GDPR 5(1)(d).
    """
    return acted().is_here(by, value, side())


def side() -> str:
    """The side of the wall on which the session's controller stands, and on which what it adds stands.

    Raises: NotInPurpose. Law: GDPR 26. Notice: arrangement.
    """
    return acted().side


def sides() -> tuple[str, ...]:
    """The sides of the wall on which those stand whom the session's purpose serves.

    Raises: NotInPurpose. Law: GDPR 26. Notice: arrangement.
    """
    return acted().login.sides


def decide_due() -> None:
    """This will decide anew the answers that ran out, where the session's purpose sees such rows as closed.

    Raises: NotInPurpose.
    """
    see.decide_due(acted())


def acted_by() -> tuple[int, str]:
    """Who acts in the session, by their key among the staff, and for which reason.

    Raises: NotInPurpose.
    """
    return actor(), acted().reason


def note_batch(kind: str, batch_id: int) -> None:
    """This will record that an import was done, as one event with everybody whom it was about.

    Writes: event, event_subject. Raises: NotInPurpose.
    """
    acted().note_batch(kind, batch_id)


def load(table: str, columns: Mapping[str, Sequence[Any]]) -> int:
    """This will insert many rows at once, a sequence of values for each column; says how many.

    Writes: table. Raises: NotInPurpose.
    """
    return acted().load(table, list(columns), list(columns.values()))


def load_together(tables: Sequence[tuple[str, Mapping[str, Sequence[Any]]]]) -> None:
    """This will insert many rows of several tables in one statement, so that what hangs on them is decided once.

    Writes: the tables. Raises: NotInPurpose.
    """
    acted().load_together(tables)


def reserve(table: str, count: int) -> range:
    """This will reserve consecutive keys for rows that are loaded together.

    Raises: NotInPurpose.
    """
    first = acted().reserve(table, count)
    return range(first, first + count)


def keys_of(table: str, by: str, values: Sequence[str], told: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """This will find rows that name no subject, such as metering points, by what is known of them already.

    Shape: key, what they were looked for by, then `told`. Raises: NotInPurpose, NotRecorded. Law: GDPR 5(2).
    """
    return acted().keys_of(table, by, values, told)


def holds_sealed(category: str) -> bool:
    """Whether the notice in force keeps a category's values sealed.

    Raises: NotInPurpose.
    """
    return f"data_key[{category}]" in acted().in_force.claims.get(category, ())


def actor() -> int:
    """Who of the staff acts.

    Raises: NotInPurpose.
    """
    return int(acted().actor)


def add_unread(table: str, values: Mapping[str, Any]) -> None:
    """This will add a row of a category that the session's purpose writes and does not read, to a table that it reads.

    Writes: table. Raises: NotInPurpose. Law: GDPR 25. Notice: purposes.
    """
    load(table, {column: [value] for column, value in values.items()})


def records_of(subject_id: int) -> list[int]:
    """The records that are of one human with a subject's now, its own among them, as far as the purpose sees them.

    Raises: NotInPurpose.
    """
    return merged.records_of(acted(), subject_id)


def notice_in_force() -> str:
    """The hash of the notice under which the session acts.

    Raises: NotInPurpose.
    """
    return acted().in_force.hash


def declared(term: str) -> Mapping[str, Any]:
    """What the notice in force declares under a term.

    Raises: NotInPurpose.
    """
    found: Mapping[str, Any] = acted().in_force.part(term)
    return found


def employ(username: str, name: str, employer: str) -> Staff:
    """This will make somebody a member of staff of a controller, with no role and no training yet.

    Writes: staff. Raises: UsernameTaken. Law: GDPR 29, 32(4). Notice: controllers.
    """
    if Staff.objects.filter(username=username).first():
        raise UsernameTaken("this username acts already: choose another, names are never reused")
    staff = Staff.objects.create(username=username, name=name, employer=employer)
    note("protection.staff.employ")
    return staff


def assign_role(username: str, role: str, *, at: datetime, until: datetime | None = None) -> StaffRole:
    """This will let somebody act in a role from `at`.

    A role that is held already is left as it is.
    Writes: staff_role. Raises: UnknownStaff. Law: GDPR 32(4). Notice: roles.
    """
    staff = require_staff(username)
    if held := _roles(staff, role, at).first():
        return held
    assigned = StaffRole.objects.create(staff=staff, role=role, valid_from=at, valid_until=until)
    note("protection.staff.assign_role")
    return assigned


def end_role(username: str, role: str, *, at: datetime) -> None:
    """This will end that somebody acts in a role.

    Writes: staff_role. Raises: UnknownStaff, NoSuchRole. Notice: roles.
    """
    held = _roles(require_staff(username), role, at)
    if not held.update(valid_until=at):
        raise NoSuchRole(f"the role {role} is not held: there is nothing to end")
    note("protection.staff.end_role")


def train(username: str, training: str, *, completed_at: datetime, valid_until: datetime) -> Training:
    """This will record that somebody completed a training, and until when it counts.

    Writes: training. Raises: UnknownStaff. Law: GDPR 32(4), 39(1)(b). Notice: trainings.
    """
    staff = require_staff(username)
    completed = Training.objects.create(
        staff=staff, training=training, completed_at=completed_at, valid_until=valid_until
    )
    note("protection.staff.train")
    return completed


def require_staff(username: str) -> Staff:
    """This will find a member of staff.

    Raises: UnknownStaff.
    """
    if staff := Staff.objects.filter(username=username).first():
        return staff
    raise UnknownStaff("nobody acts under this username: see `seloste staff add`")


def _roles(staff: Staff, role: str, at: datetime) -> QuerySet[StaffRole]:
    return StaffRole.objects.filter(in_force(at), staff=staff, role=role)


def acted() -> Session:
    """The session that acts here and now.

    Raises: NotInPurpose.
    """
    if session := current():
        return session
    raise NotInPurpose("operations are done inside acting(actor, purpose, reason)")
