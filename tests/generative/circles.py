"""Small circles of subjects whose answers hang together, and what a session may do to one of them.

A holder with a partner in one agreement, a firm with an agreement and an agent who stands for it:
every way in which a fact about one of them decides about another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

SIDE = "sahkolaitos"
UPKEEP, AGREEMENTS, SERVICE, RIGHTS = f"upkeep@{SIDE}", f"agreements@{SIDE}", f"service@{SIDE}", "rights@all"
LOGINS = (UPKEEP, AGREEMENTS, SERVICE, RIGHTS)


class Move(NamedTuple):
    """What one session does in one transaction: as which login, with which statements."""

    login: str
    statements: tuple[str, ...]


SINCE = "now() - interval '1 day'"
CHECKED = "SET CONSTRAINTS ALL IMMEDIATE"
PERIOD = "agreement_id, subject_id, controller, kind, requested_at, valid_from"


def _period(agreement: str, subject: str) -> str:
    return (
        f"INSERT INTO agreement_period ({PERIOD})"
        f" VALUES (%({agreement})s, %({subject})s, 'sahkolaitos', 'sale', {SINCE}, {SINCE})"
    )


def _superseded(table: str, where: str) -> str:
    return f"UPDATE {table} SET superseded_at = now() WHERE {where} AND superseded_at IS NULL"


MOVES = {
    "ban": Move(SERVICE, (f"INSERT INTO ban (subject_id, channel, valid_from, notice_hash) VALUES (%(holder)s, 'letter', {SINCE}, 'h')",)),
    "consent": Move(UPKEEP, (f"INSERT INTO consent (subject_id, purpose, wording, given_at, proof, notice_hash) VALUES (%(holder)s, 'direct_marketing', 'marketing_2026', {SINCE}, 'p', 'h')",)),
    "consent taken back": Move(SERVICE, (_superseded("consent", "subject_id = %(holder)s"),)),
    "objection": Move(UPKEEP, (f"INSERT INTO objection (subject_id, purpose, received_at, notice_hash) VALUES (%(holder)s, 'profiling', {SINCE}, 'h')",)),
    "restriction": Move(RIGHTS, (f"INSERT INTO restriction (subject_id, categories, purposes, valid_from) VALUES (%(holder)s, '{{}}', '{{}}', {SINCE})",)),
    "restriction of phones": Move(RIGHTS, (f"INSERT INTO restriction (subject_id, categories, purposes, valid_from) VALUES (%(holder)s, '{{phone}}', '{{}}', {SINCE})",)),
    "restriction lifted": Move(RIGHTS, (_superseded("restriction", "subject_id = %(holder)s"),)),
    "partner restricted": Move(RIGHTS, (f"INSERT INTO restriction (subject_id, categories, purposes, valid_from) VALUES (%(partner)s, '{{}}', '{{}}', {SINCE})",)),
    "turvakielto": Move(SERVICE, (f"INSERT INTO turvakielto (subject_id, valid_from) VALUES (%(holder)s, {SINCE})",)),
    "minor": Move(SERVICE, (f"INSERT INTO subject_status (subject_id, status, claimed_at, valid_from) VALUES (%(holder)s, 'minor', now(), {SINCE})",)),
    "erasure": Move(RIGHTS, (f"INSERT INTO erasure (subject_id, retention_class, erased_at) VALUES (%(holder)s, 'customership', {SINCE})",)),
    "receivable": Move(UPKEEP, (f"INSERT INTO receivable (number, subject_id, controller, amount_cents, due_at, state, valid_from) VALUES (clock_timestamp()::text, %(holder)s, 'sahkolaitos', 1, {SINCE}, 'open', {SINCE})",)),
    "period superseded": Move(RIGHTS, ("DELETE FROM agreement_period WHERE agreement_id = %(agreement)s",)),
    "period ended": Move(AGREEMENTS, (_superseded("agreement_period", "agreement_id = %(agreement)s"),)),
    "period anew": Move(UPKEEP, (_period("agreement", "holder"),)),
    "party": Move(UPKEEP, (f"INSERT INTO agreement_party (agreement_id, subject_id, controller, valid_from) VALUES (%(agreement)s, %(partner)s, 'sahkolaitos', {SINCE})",)),
    "party ended": Move(AGREEMENTS, (_superseded("agreement_party", "agreement_id = %(agreement)s"),)),
    "firm's period": Move(UPKEEP, (_period("firms", "firm"),)),
    "firm's period ended": Move(AGREEMENTS, (_superseded("agreement_period", "agreement_id = %(firms)s"),)),
    "firm's periods erased": Move(RIGHTS, ("DELETE FROM agreement_period WHERE agreement_id = %(firms)s",)),
    "agent": Move(UPKEEP, (f"INSERT INTO representation (subject_id, organisation_id, role, valid_from) VALUES (%(agent)s, %(firm)s, 'contact', {SINCE})",)),
    "agent gone": Move(AGREEMENTS, (_superseded("representation", "subject_id = %(agent)s"),)),
    "address": Move(UPKEEP, (f"INSERT INTO address (subject_id, kind, street, postcode, city, valid_from) VALUES (%(holder)s, 'home', 'x', '33100', 'x', {SINCE})",)),
    "phone": Move(UPKEEP, (f"INSERT INTO contact_point (subject_id, category, value, as_given, valid_from) VALUES (%(holder)s, 'phone', '+358501234567', 'x', {SINCE})",)),
    "another agreement": Move(UPKEEP, ("INSERT INTO agreement (id, number, subject_id, side, controller, kind) VALUES (%(spare)s, %(spare)s::text, %(holder)s, 'sahkolaitos', 'sahkolaitos', 'sale')", _period("spare", "holder"))),
    "merged": Move(UPKEEP, (f"INSERT INTO subject_merge (subject_id, into_id, side, valid_from) VALUES (%(holder)s, %(partner)s, '{SIDE}', {SINCE})", CHECKED)),
    "merged the other way": Move(RIGHTS, (f"INSERT INTO subject_merge (subject_id, into_id, side, valid_from) VALUES (%(partner)s, %(holder)s, '{SIDE}', {SINCE})", CHECKED)),
    "merged with the agent": Move(UPKEEP, (f"INSERT INTO subject_merge (subject_id, into_id, side, valid_from) VALUES (%(agent)s, %(holder)s, '{SIDE}', {SINCE})", CHECKED)),
    "merge undone": Move(RIGHTS, (_superseded("subject_merge", "%(holder)s IN (subject_id, into_id)"),)),
    "partner's ban": Move(UPKEEP, (f"INSERT INTO ban (subject_id, channel, valid_from, notice_hash) VALUES (%(partner)s, 'all', {SINCE}, 'h')",)),
    "due": Move(f"direct_marketing@{SIDE}", ("SELECT policy.refresh_due(100000)",)),
}  # fmt: skip

MEETING = (
    ("ban", "objection"),
    ("consent", "minor"),
    ("restriction", "address"),
    ("restriction of phones", "phone"),
    ("turvakielto", "address"),
    ("erasure", "another agreement"),
    ("restriction", "receivable"),
    ("period ended", "party"),
    ("period superseded", "party"),
    ("period anew", "party"),
    ("party", "partner restricted"),
    ("restriction", "party"),
    ("restriction", "partner restricted"),
    ("firm's period ended", "agent"),
    ("firm's periods erased", "agent"),
    ("firm's period", "agent"),
    ("merged", "partner's ban"),
    ("merged", "ban"),
    ("merged", "partner restricted"),
    ("merged", "turvakielto"),
    ("merged", "merged the other way"),
    ("merged", "merged with the agent"),
)
"""Pairs in which each decides something that the other changes."""


def circles(upkeep: psycopg.Connection, count: int, *, restricted: bool = False) -> list[dict[str, int]]:
    """Load so many circles at once: partner and agent are bound in every other one, holders restricted or not."""
    first = {
        name: upkeep.execute("SELECT policy.reserve(%s, %s)", [name, 5 * count]).fetchone()[0]
        for name in ("subject", "agreement")
    }
    found = [
        {
            **{
                who: first["subject"] + 4 * n + i
                for i, who in enumerate(("holder", "partner", "firm", "agent"))
            },
            **{
                what: first["agreement"] + 3 * n + i for i, what in enumerate(("agreement", "firms", "spare"))
            },
        }
        for n in range(count)
    ]
    for table, columns in _rows(found, restricted):
        load(upkeep, table, columns)
    return found


def _rows(found: list[dict[str, int]], restricted: bool) -> Iterator[tuple[str, dict[str, list]]]:
    people = [
        (c[who], "organisation" if who == "firm" else "person")
        for c in found
        for who in ("holder", "partner", "firm", "agent")
    ]
    yield (
        "subject",
        {"id": [i for i, _ in people], "kind": [k for _, k in people], "side": [SIDE] * len(people)},
    )
    held = [(c[what], c[who]) for c in found for what, who in (("agreement", "holder"), ("firms", "firm"))]
    same = {"controller": [SIDE] * len(held), "kind": ["sale"] * len(held)}
    yield (
        "agreement",
        {
            "id": [a for a, _ in held],
            "subject_id": [s for _, s in held],
            "side": [SIDE] * len(held),
            "number": [str(a) for a, _ in held],
            **same,
        },
    )
    long_ago = ["2026-01-01T00:00:00Z"] * len(held)
    yield (
        "agreement_period",
        {
            "agreement_id": [a for a, _ in held],
            "subject_id": [s for _, s in held],
            "requested_at": long_ago,
            "valid_from": long_ago,
            **same,
        },
    )
    half = found[::2]
    since = {"valid_from": ["2026-01-01T00:00:00Z"] * len(half)}
    yield (
        "agreement_party",
        {
            "agreement_id": [c["agreement"] for c in half],
            "subject_id": [c["partner"] for c in half],
            "controller": [SIDE] * len(half),
            **since,
        },
    )
    yield (
        "representation",
        {
            "subject_id": [c["agent"] for c in half],
            "organisation_id": [c["firm"] for c in half],
            "role": ["contact"] * len(half),
            **since,
        },
    )
    yield (
        "consent",
        {
            "subject_id": [c["holder"] for c in half],
            **{
                k: [v] * len(half)
                for k, v in {
                    "purpose": "direct_marketing",
                    "wording": "marketing_2026",
                    "proof": "p",
                    "notice_hash": "h",
                    "given_at": "2026-01-01T00:00:00Z",
                }.items()
            },
        },
    )
    if restricted:
        yield (
            "restriction",
            {"subject_id": [c["holder"] for c in found], "valid_from": ["2026-01-01T00:00:00Z"] * len(found)},
        )


def load(connection: psycopg.Connection, table: str, columns: dict[str, list]) -> None:
    """Insert rows from one array a column."""
    kinds = {
        c: "bigint" if c == "id" or c.endswith("_id") else "timestamptz" if c in TIMES else "text"
        for c in columns
    }
    more = {"restriction": {"categories": "'{}'", "purposes": "'{}'"}}.get(table, {})
    connection.execute(
        f"INSERT INTO {table} ({', '.join([*columns, *more])}) SELECT {', '.join([*columns, *more.values()])}"
        f" FROM unnest({', '.join(f'%s::{kind}[]' for kind in kinds.values())}) given({', '.join(columns)})",
        list(columns.values()),
    )


TIMES = {"requested_at", "valid_from", "given_at"}
