"""How somebody new comes into the register: with an agreement being prepared, and nobody twice.

A purpose on the basis of contract sees whom an agreement reaches, and nobody else: so it could never add
the person that an agreement is to be opened with. Where the notice says that it prepares agreements, it may
add a subject on its own side; the database then records, in the same statement, that an agreement with its
controllers is being prepared. About anybody who is there already it can record nothing of the kind.

Whether somebody is there already, seen or unseen, is told by one function, as one bit: to whoever may add subjects, about a
full identifier, on a side of theirs, for a line in the look-up log.
Law: GDPR 5(1)(d), 6(1)(b). Notice: purposes, subject_groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .functions import function
from .schema import claims
from .statements import Statement, identifier, literal, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seloste.kernel.periods import Duration
    from seloste.notice import Notice

    from .compile import Policy
    from .keys import Login

TWIN = "subjects.twin"
"""The event that must be in the look-up log, committed, before it is told whether somebody is here already."""
ASKED_AT_MOST = 50
"""Lines of an actor, on one Finnish day, for which that is told."""
ASKED_WITHIN = "10 seconds"
"""For how long a line in the log carries an answer, and so perhaps more than one."""
TOO_OFTEN = "SEL02"

NO_TIME = "interval '0'"

_FULL = {
    "hetu": (
        r"^[0-9a-f]{64}(,[0-9a-f]{64})?$",
        """register.national_identifier n WHERE n.side = _side AND EXISTS (
      SELECT 1 FROM unnest(string_to_array(_value, ',')) v
      WHERE decode(v, 'hex') IN (n.blind_index, n.blind_index_even))""",
    ),
    "business_id": (
        r"^[0-9]{7}-[0-9]$",
        "register.business_id b WHERE b.side = _side AND b.value = _value",
    ),
    "email": (
        r"^[^@[:space:]]+@[^@[:space:]]+$",
        """register.contact_point p JOIN register.subject s ON s.id = p.subject_id WHERE p.category = 'email'
      AND p.value = _value AND s.side = _side AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())""",
    ),
}
"""Identifiers that tell one human from all others: how each is spelled in full, and where it is looked for."""


def lasting(notice: Notice, login: Login) -> Duration | None:
    """For how long an agreement may be prepared with somebody whom a login adds; None where it adds nobody.

    Notice: purposes.
    """
    purpose = notice.purposes[login.purpose]
    lasts = next((basis.prepares for basis in purpose.bases or () if basis.prepares), None)
    if lasts is None:
        return None
    held = {claim.category for claim in claims(notice) if claim.table == "subject"}
    return lasts if held & set(purpose.writes or ()) else None


def added(notice: Notice, login: Login) -> str:
    """The condition on a subject that a login adds with an agreement being prepared: its own sides and groups."""
    groups = (notice.subject_groups[name] for name in notice.purposes[login.purpose].subject_groups)
    kinds = sorted({kind for group in groups for kind in group.kinds or ()})
    return f"side = ANY({texts(login.sides)}) AND kind = ANY({texts(kinds)})"


def functions(policies: list[Policy]) -> Iterator[tuple[str, str]]:
    """This will yield the functions by which somebody comes, each with why it is there."""
    yield _prepare(policies), "an agreement is being prepared with somebody new"
    yield _twin(), "nobody comes into the register twice"


def triggers() -> Iterator[Statement]:
    """This will make the trigger that records a preparation; of a load it costs nothing."""
    yield Statement(
        "CREATE OR REPLACE TRIGGER policy_prepare AFTER INSERT ON register.subject REFERENCING NEW TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION policy.prepare()",
        "subject: after insert",
    )
    yield Statement(
        "ALTER TABLE register.subject ENABLE ALWAYS TRIGGER policy_prepare", "also for replicated sessions"
    )


def opening(policy: Policy) -> Iterator[Statement]:
    """This will let the engine record preparations, and nobody but it about somebody whom one does not see."""
    engine = identifier(policy.role("engine"))
    because = "the database itself says that an agreement is being prepared"
    yield Statement(
        f"GRANT INSERT (subject_id, controller, valid_from, valid_until) ON register.preparation TO {engine}",
        because,
    )
    yield Statement(
        f'CREATE POLICY "engine insert" ON register.preparation FOR INSERT TO {engine} WITH CHECK (true)',
        because,
    )


def _prepare(policies: Iterable[Policy]) -> str:
    """`policy.prepare`: what it records follows from whose login added the subject, and from nothing it is told."""
    rows = sorted(
        {
            f"({literal(policy.role(login.name))}, {literal(controller)}, {lasts.sql or NO_TIME})"
            for policy in policies
            for login in policy.logins
            if (lasts := lasting(policy.notice, login))
            for controller in login.controllers
        }
    )
    preparing = sorted(
        {
            policy.role(login.name)
            for policy in policies
            for login in policy.logins
            if lasting(policy.notice, login)
        }
    )
    recorded = f"""  IF session_user = ANY({texts(preparing)}) THEN
    INSERT INTO register.preparation (subject_id, controller, valid_from, valid_until)
    SELECT c.id, p.controller, statement_timestamp(), statement_timestamp() + max(p.lasts)
    FROM changed c CROSS JOIN (VALUES {", ".join(rows)}) p(role, controller, lasts)
    WHERE p.role = session_user GROUP BY c.id, p.controller;
  END IF;
"""
    return function("prepare", "", "trigger", f"BEGIN\n{recorded if rows else ''}  RETURN NULL;\nEND")


def _twin() -> str:
    """`policy.twin`: whether a full identifier is held on one of the login's sides, seen or unseen.

    It answers for an event that the look-up log's own login has committed moments ago, and nobody else can
    write one: so there is no answer without a line, though a line may have several, and a transaction that is
    rolled back leaves it. What is counted is lines.
    """
    looked_for = "".join(
        f"  IF _by = {literal(by)} AND _value ~ {literal(spelled)} THEN\n    RETURN EXISTS (SELECT 1 FROM {where});\n  END IF;\n"
        for by, (spelled, where) in _FULL.items()
    )
    return function(
        "twin",
        "_event uuid, _side text, _by text, _value text",
        "boolean",
        f"""DECLARE _login text; _actor text;
BEGIN
  SELECT l.login INTO _login FROM policy.login l WHERE l.role = session_user AND _side = ANY(l.sides);
  IF _login IS NULL OR NOT has_any_column_privilege(session_user, 'register.subject', 'INSERT') THEN
    RAISE EXCEPTION 'whether somebody is here already is told to whoever may add them on this side' USING ERRCODE = '42501';
  END IF;
  SELECT e.actor INTO _actor FROM register.event e WHERE e.id = _event AND e.kind = {literal(TWIN)}
    AND e.login = _login AND e.at > statement_timestamp() - interval '{ASKED_WITHIN}';
  IF _actor IS NULL THEN
    RAISE EXCEPTION 'whether somebody is here already is not told without a line in the look-up log' USING ERRCODE = '42501';
  END IF;
  IF (SELECT count(*) FROM register.event e WHERE e.kind = {literal(TWIN)} AND e.actor = _actor
      AND e.at >= date_trunc('day', statement_timestamp(), 'Europe/Helsinki')) > {ASKED_AT_MOST} THEN
    RAISE EXCEPTION 'asked too often today' USING ERRCODE = '{TOO_OFTEN}';
  END IF;
{looked_for}  RAISE EXCEPTION 'somebody is looked for by a whole identifier' USING ERRCODE = '42501';
END""",
        "STABLE",
    )
