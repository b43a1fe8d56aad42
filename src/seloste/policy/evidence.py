"""The ledger in the database: who adds to it, who seals it, and how a body ends.

An operation is noted by a function of the engine on the session's own connection, so that its event
commits or vanishes with it. It derives login and notice from the session, and takes no look-up.
Notice: protection, retention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .functions import function, shut
from .schema import claims
from .statements import Statement, identifier, literal, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seloste.notice import Notice

    from .compile import Policy

LOCK = 7018236547012
"""The advisory lock of whoever seals or disposes: one at a time."""

NOT_NOTED = r"^(subjects\.(read|twin)|session|ledger|break_glass|reviews)(\.|$)"
"""Kinds that a purpose may not note: look-ups, questions for a twin, refusals, emergencies, what reviews found, and what the ledger says of
itself. Those are the log's own; what people decide is noted under `protection`, and an extract under its name."""

NOTED_AT_MOST = 10_000
"""Subjects that one operation concerns."""

HELD = {
    "sealer": {
        "event": ("SELECT",),
        "event_subject": ("SELECT",),
        "ledger_leaf": ("SELECT", "INSERT"),
        "checkpoint": ("SELECT", "INSERT"),
        "ledger_disposal": ("SELECT",),
    },
    "engine": {
        "event": ("INSERT", "DELETE"),
        "event_subject": ("INSERT", "DELETE"),
        "ledger_leaf": ("SELECT",),
        "ledger_disposal": ("SELECT", "INSERT"),
        "source_step": ("SELECT",),
    },
}
"""What the ledger's two roles may; nobody updates anything, and nobody deletes what was sealed.
The engine reads events already, to judge look-ups; of imports it reads whom they were about."""

NEW_ID = (
    "(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'"
    " || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid"
)
"""A random UUID that begins with the time (version 7), so that the index grows at its end."""


def opening(policy: Policy) -> Iterator[Statement]:
    """This will yield grants and policies of the ledger's roles."""
    sealer = identifier(policy.role("sealer"))
    because = "the ledger only grows"
    yield Statement(f"GRANT USAGE ON SCHEMA register TO {sealer}", because)
    yield Statement(f"GRANT USAGE ON SCHEMA policy TO {sealer}", because, by="engine")
    yield Statement(
        f"GRANT SELECT (body, replaced_at) ON policy.notice TO {sealer}",
        "what may end is judged before it is sealed",
        by="engine",
    )
    ending = "policy.dispose(integer), policy.clear_disposed(integer)"
    yield Statement(f"GRANT EXECUTE ON FUNCTION {ending} TO {sealer}", "bodies end by rule", by="engine")
    for name, tables in HELD.items():
        role = identifier(policy.role(name))
        for table, commands in tables.items():
            if table not in policy.tables:
                continue
            yield Statement(f"GRANT {', '.join(commands)} ON register.{table} TO {role}", because)
            for command in commands:
                test = "WITH CHECK (true)" if command == "INSERT" else "USING (true)"
                yield Statement(
                    f'CREATE POLICY "{name} {command.lower()}" ON register.{table} FOR {command} TO {role} {test}',
                    because,
                )


def functions(notices: list[Notice], emergencies: Iterable[str], database: str) -> Iterator[tuple[str, str]]:
    """This will yield the functions of the ledger, each with why it is there.

    `notices`: the one in force and, while it is prepared, the one after it.
    """
    yield note(notices, emergencies, database), "an operation leaves an event that commits with it"
    yield note_batch(notices[0]), "an import leaves one event with all that it was about"
    yield dispose(notices[0]), "bodies whose time has run out are named"
    yield CLEAR_DISPOSED, "bodies that a sealed disposal names are deleted"


def retention_class(notice: Notice) -> str | None:
    """The class of the category that claims the events; they are kept for good where none does."""
    claiming = (c.category for c in claims(notice) if c.table == "event" and "id" in c.columns)
    return next((notice.categories[name].retention for name in claiming), None)


def note(notices: list[Notice], emergencies: Iterable[str], database: str) -> str:
    """`policy.note`: records an operation of the session's own login; answers the event's key.

    What it is told about actor, role and reason the application has checked; free text is refused.
    A login of emergencies notes nothing before it is opened.
    """
    unopened = "RAISE EXCEPTION 'an emergency that is not open notes nothing' USING ERRCODE = '42501';"
    breaking = {name for notice in notices for name, each in notice.purposes.items() if each.break_glass}
    return function(
        "note",
        "_kind text, _actor text, _role text, _channel text, _reason text, _subjects bigint[]",
        "uuid",
        rf"""DECLARE _login text; _purpose text; _notice text; _id uuid := {NEW_ID};
BEGIN
  SELECT l.login, l.purpose, n.hash INTO _login, _purpose, _notice
    FROM policy.login l, policy.notice n WHERE l.role = session_user AND n.replaced_at IS NULL;
  IF _login IS NULL THEN
    RAISE EXCEPTION 'only a purpose in force notes operations' USING ERRCODE = '42501';
  END IF;
{shut(emergencies, database, unopened)}  IF _kind IS NULL OR _kind !~ '^[a-z_]+(\.[a-z_]+)+$' OR _kind ~ '{NOT_NOTED}' THEN
    RAISE EXCEPTION 'a purpose notes no event of this kind' USING ERRCODE = '42501';
  END IF;
  IF NOT coalesce(_actor ~ '^[a-z0-9_:-]{{1,64}}$' AND _role ~ '^[a-z0-9_]{{0,64}}$', false)
    OR _channel !~ '^[a-z_]{{1,31}}$' OR _reason !~ '^[a-z_]{{1,31}}:[0-9]{{1,18}}$' OR _subjects IS NULL THEN
    RAISE EXCEPTION 'an event holds keys and no text' USING ERRCODE = '42501';
  END IF;
  IF cardinality(_subjects) > {NOTED_AT_MOST} THEN
    RAISE EXCEPTION 'a call notes at most {NOTED_AT_MOST} subjects, and this one %: note them in several',
      cardinality(_subjects) USING ERRCODE = '54000';
  END IF;
  INSERT INTO register.event (id, at, kind, actor, role, login, channel, reason, categories, way, count,
    notice_hash, break_glass, retention_class)
  VALUES (_id, statement_timestamp(), _kind, _actor, _role, _login, _channel, _reason, '{{}}', 'operation',
    (SELECT count(DISTINCT s) FROM unnest(_subjects) s), _notice, _purpose = ANY({texts(sorted(breaking))}),
    {literal(retention_class(notices[0]))});
  INSERT INTO register.event_subject (subject_id, event_id) SELECT DISTINCT s, _id FROM unnest(_subjects) s;
  RETURN _id;
END""",
    )


def note_batch(notice: Notice) -> str:
    """`policy.note_batch`: records what an import did, as one event with everybody whom it was about.

    They stand in the import's own rows, which only its side writes, and may be more than are told in a call.
    """
    return function(
        "note_batch",
        "_kind text, _actor text, _role text, _reason text, _batch bigint",
        "uuid",
        rf"""DECLARE _login text; _sides text[]; _notice text; _id uuid := {NEW_ID};
BEGIN
  SELECT l.login, l.sides, n.hash INTO _login, _sides, _notice
    FROM policy.login l, policy.notice n WHERE l.role = session_user AND n.replaced_at IS NULL;
  IF _login IS NULL THEN
    RAISE EXCEPTION 'only a purpose in force that imports notes imports' USING ERRCODE = '42501';
  END IF;
  IF NOT coalesce(_kind ~ '^sources(\.[a-z_]+)+$' AND _actor ~ '^[a-z0-9_:-]{{1,64}}$'
    AND _role ~ '^[a-z0-9_]{{0,64}}$', false) OR _reason !~ '^[a-z_]{{1,31}}:[0-9]{{1,18}}$' THEN
    RAISE EXCEPTION 'an event holds keys and no text' USING ERRCODE = '42501';
  END IF;
  INSERT INTO register.event_subject (subject_id, event_id) SELECT DISTINCT s, _id
    FROM register.source_step b, unnest(b.keys) s WHERE b.batch_id = _batch AND b.did = 'met' AND b.side = ANY(_sides);
  INSERT INTO register.event (id, at, kind, actor, role, login, reason, categories, way, count, notice_hash, retention_class)
  VALUES (_id, statement_timestamp(), _kind, _actor, _role, _login, _reason, '{{}}', 'operation',
    (SELECT count(*) FROM register.event_subject e WHERE e.event_id = _id), _notice, {literal(retention_class(notice))});
  RETURN _id;
END""",
    )


def dispose(notice: Notice) -> str:
    """`policy.dispose`: names at most so many sealed events whose time has run out.

    It takes no event from its caller: what is due, the notice in force says. Bodies stay until the
    event that names them is sealed.
    """
    name = retention_class(notice)
    kept = notice.retention.get(name or "")
    due = _due(name, kept.period.sql or "interval '0'") if name and kept and kept.period else ""
    return function(
        "dispose",
        "_most integer",
        "bigint",
        f"""DECLARE _id uuid := {NEW_ID}; _named bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock({LOCK});
{due}  RETURN _named;
END""",
    )


def _due(name: str, period: str) -> str:
    return f"""  INSERT INTO register.ledger_disposal (index, event_id)
  SELECT l.index, _id FROM register.ledger_leaf l JOIN register.event e ON e.id = l.event_id
  WHERE e.retention_class = {literal(name)} AND e.at + {period} <= statement_timestamp()
    AND NOT EXISTS (SELECT 1 FROM register.ledger_disposal d WHERE d.index = l.index)
  ORDER BY l.index LIMIT _most;
  GET DIAGNOSTICS _named = ROW_COUNT;
  IF _named > 0 THEN
    INSERT INTO register.event (id, at, kind, actor, role, login, reason, categories, way, count, notice_hash)
    SELECT _id, statement_timestamp(), 'ledger.disposed', 'retention', '', 'sealer', {literal("retention:" + name)}, '{{}}',
      'operation', _named, n.hash FROM policy.notice n WHERE n.replaced_at IS NULL;
  END IF;
"""


CLEAR_DISPOSED = function(
    "clear_disposed",
    "_most integer",
    "bigint",
    """DECLARE _ended uuid[] := ARRAY(
    SELECT l.event_id FROM register.ledger_disposal d JOIN register.ledger_leaf l ON l.index = d.index
      JOIN register.ledger_leaf sealed ON sealed.event_id = d.event_id AND sealed.index > d.index
      JOIN register.event e ON e.id = l.event_id ORDER BY d.index LIMIT _most);
BEGIN
  DELETE FROM register.event_subject s WHERE s.event_id = ANY(_ended);
  DELETE FROM register.event e WHERE e.id = ANY(_ended);
  RETURN cardinality(_ended);
END""",
)
"""Deletes at most so many bodies that a sealed disposal names; a kill in between loses nothing."""
