"""Who may do what with a database under a policy: grants and policies for everybody who is not a superuser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import evidence, loading, newcomers
from .grants import HOUSEKEEPING, LOG, LOOKED, OPENINGS, Answer, Reach, grants, policies
from .schema import claims
from .statements import Statement, identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .compile import Policy
    from .keys import Login


def callable_by_owner(role: str) -> Statement:
    """To make a trigger the owner must be allowed to call its function."""
    return Statement(
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA policy TO {identifier(role)}",
        "the owner makes the triggers",
        by="engine",
    )


def opening(policy: Policy, existing: frozenset[tuple[str, str]] = frozenset()) -> Iterator[Statement]:
    """This will yield grants and policies for everybody who is not a superuser.

    `existing`: the engine's policies that are there already, as (table, policy).
    """
    yield from _fixed(policy, existing)
    reached = policy.reached()
    where = policy.places()
    for login in policy.logins:
        own = {key: n for key, n in policy.numbers.items() if key.login == login}
        answer = Answer(policy.notice, login, own, policy.words, policy.applied_at)
        yield from grants(policy.role(login.name), reached[login.name], login)
        yield from policies(policy.tables, where, policy.role(login.name), answer, reached[login.name])
        yield from _functions_of(policy, login, reached[login.name])


def _functions_of(policy: Policy, login: Login, reached: Mapping[str, Reach]) -> Iterator[Statement]:
    role = identifier(policy.role(login.name))
    called = [
        "enter(text)",
        "sees_subject(bigint)",
        "sees(bigint, text, text)",
        "sees_agreement(bigint, text, text)",
        "why(bigint, timestamptz, timestamptz)",
        "note(text, text, text, text, text, bigint[])",
    ]
    purpose = policy.notice.purposes[login.purpose]
    if purpose.works_on == "sets" or purpose.finds:
        called.append("refresh_due(integer)")
    # who inserts what it does not read cannot be told its key, and so takes it first
    if any(what.insert and "id" not in what.select for what in reached.values()) or (
        reached.get("subject", Reach()).insert
    ):
        called.append("reserve(text, integer)")
    if reached.get("subject", Reach()).insert:
        called.append("twin(uuid, text, text, text)")
    if {"side", "kind"} <= set(reached.get("metering_point", Reach()).insert):
        called.append("point_key(text, text, text)")
    if set(LOOKED) <= set(reached.get("event", Reach()).select) and "event_subject" in reached:
        called.append("looked(timestamptz, timestamptz)")
    if reached.get("source_step", Reach()).insert:
        called.append("note_batch(text, text, text, text, bigint)")
    called += [f"load_{table}(text[], text[], boolean)" for table in loading.loaded(reached)]
    if purpose.break_glass:
        called.append("opened()")
    names = ", ".join(f"policy.{name}" for name in called)
    yield Statement(f"GRANT USAGE ON SCHEMA register TO {role}", login.name, login.line)
    yield Statement(f"GRANT USAGE ON SCHEMA policy TO {role}", login.name, login.line, "engine")
    yield Statement(f"GRANT EXECUTE ON FUNCTION {names} TO {role}", login.name, login.line, "engine")


def _fixed(policy: Policy, existing: frozenset[tuple[str, str]]) -> Iterator[Statement]:
    """Engine, housekeeping and log: what does not depend on a purpose."""
    keeper, log = (identifier(policy.role(r)) for r in ("housekeeping", "lookups"))
    yield Statement(f"GRANT USAGE ON SCHEMA register TO {keeper}, {log}", "fixed roles")
    for sql, because in (
        (f"GRANT USAGE ON SCHEMA policy TO {keeper}", "the application reads its logins"),
        (f"GRANT SELECT ON policy.login, policy.notice, policy.key TO {keeper}", "aliases"),
        (f"GRANT EXECUTE ON FUNCTION policy.reason(text, bigint, text) TO {keeper}", "reasons"),
        (f"GRANT EXECUTE ON FUNCTION policy.closings(text[], text) TO {keeper}", "reasons, in review"),
    ):
        yield Statement(sql, because, by="engine")
    yield from engine_ready(policy, existing)
    yield from _housekeeping(policy, keeper)
    for name, kept in LOG.items():
        if name in policy.tables:
            columns = ", ".join(identifier(c) for c in policy.tables[name].columns if c not in kept)
            yield Statement(f"GRANT INSERT ({columns}) ON register.{name} TO {log}", "the log only grows")
            yield Statement(
                f'CREATE POLICY "lookups insert" ON register.{name} FOR INSERT TO {log} WITH CHECK (true)',
                "the log only grows",
            )
    yield from evidence.opening(policy)
    yield from newcomers.opening(policy)
    yield from loading.opening(policy)


def engine_policies(policy: Policy) -> frozenset[tuple[str, str]]:
    """The policies that `engine_ready` makes, as (table, policy)."""
    return frozenset((table, f"engine {c}") for table in policy.tables for c in ("select", "update"))


def engine_ready(policy: Policy, existing: frozenset[tuple[str, str]] = frozenset()) -> Iterator[Statement]:
    """This will let the engine see and decide every row; `existing` (table, policy) are left alone."""
    engine = identifier(policy.role("engine"))
    yield Statement(f"GRANT USAGE ON SCHEMA register TO {engine}", "the engine decides")
    for table in policy.tables.values():
        if table.counted:
            yield Statement(
                f"GRANT USAGE, UPDATE ON SEQUENCE register.{table.name}_id_seq TO {engine}", "keys in advance"
            )
        if table.name in {OPENINGS, "event", "event_subject", "metering_point"}:
            yield Statement(
                f"GRANT SELECT ON register.{table.name} TO {engine}",
                "openings and look-ups are judged, a point is found",
            )
            yield from _engine_may("SELECT", table.name, engine, existing)
        if not table.about_subject:
            continue
        bits = [f"bits{n}" for n in range(1, policy.words + 1)]
        kept = [*bits, "decided_until", *(["closed", "gone", "guarded"] if table.name == "subject" else [])]
        yield Statement(
            f"GRANT SELECT, UPDATE ({', '.join(kept)}) ON register.{table.name} TO {engine}",
            "the engine decides and keeps answers",
        )
        for command in ("SELECT", "UPDATE"):
            yield from _engine_may(command, table.name, engine, existing)


def _engine_may(
    command: str, table: str, engine: str, existing: frozenset[tuple[str, str]]
) -> Iterator[Statement]:
    name = f"engine {command.lower()}"
    if (table, name) not in existing:
        yield Statement(
            f'CREATE POLICY "{name}" ON register.{table} FOR {command} TO {engine} USING (true)',
            "the engine decides and keeps answers",
        )


def _housekeeping(policy: Policy, keeper: str) -> Iterator[Statement]:
    claimed: dict[str, list[str]] = {}
    for claim in claims(policy.notice):
        if claim.table in HOUSEKEEPING and claim.table in policy.tables:
            there = policy.tables[claim.table].columns
            claimed.setdefault(claim.table, []).extend(c for c in claim.columns if c in there)
    for name, columns in claimed.items():
        told = ", ".join(identifier(c) for c in dict.fromkeys(columns))
        yield Statement(f"GRANT SELECT ({told}) ON register.{name} TO {keeper}", "an actor is judged")
        yield Statement(
            f'CREATE POLICY "housekeeping select" ON register.{name} FOR SELECT TO {keeper} USING (true)',
            "an actor is judged",
        )
