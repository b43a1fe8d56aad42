"""The compiler: a notice and a schema snapshot in, statements out.

`compile_policy` is pure; `apply` runs what it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from . import collecting, evidence, functions, loading, newcomers, points, registry, upkeep
from .facts import Facts
from .functions import Decision
from .grants import Reach, reach
from .keys import Key, Login, keys, logins
from .opening import callable_by_owner, engine_policies, engine_ready, opening
from .rows import masks, opened
from .rules import conditions
from .schema import FOUND, STRUCTURE, claims, parted
from .statements import Statement, identifier, literal
from .supported import everything, supported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from seloste.notice import Notice

    from .registry import Known
    from .schema import Snapshot
    from .supported import Supported


class ColumnsDiffer(Exception):
    """A table's columns would open and close apart, but its rows have one answer."""


@dataclass(frozen=True)
class Policy:
    """What a notice means for one database."""

    notice: Notice
    tables: Snapshot
    database: str
    as_published: bool
    numbers: Mapping[Key, int]
    rules: Mapping[Key, str]
    words: int
    without: frozenset[str]
    applied_at: datetime | None = None

    def role(self, name: str) -> str:
        """The cluster-wide name of a role: it carries the database's, so that two never meet."""
        return f"{self.database}.{name}"

    @property
    def logins(self) -> list[Login]:
        """The logins that this policy opens."""
        return logins(self.notice, _supported(self.notice, as_published=self.as_published))

    def reached(self) -> dict[str, dict[str, Reach]]:
        """What each login may do with each table."""
        return self._reached

    @cached_property
    def _reached(self) -> dict[str, dict[str, Reach]]:
        return {login.name: reach(self.notice, login, self.tables) for login in self.logins}

    def emergencies(self) -> dict[str, tuple[int, tuple[str, ...]]]:
        """The logins that are opened in an emergency alone: for how many minutes, and by whom's staff."""
        opened = ((login, self.notice.purposes[login.purpose].break_glass) for login in self.logins)
        return {login.name: (glass.minutes, tuple(login.controllers)) for login, glass in opened if glass}

    def places(self) -> dict[str, str]:
        """The place of each table's rows as SQL, `{0}` standing for the row.

        Raises: ColumnsDiffer where a table without `category` is claimed by two categories.
        """
        return places(self.notice, self.tables)


def compile_policy(
    notice: Notice,
    tables: Snapshot,
    database: str,
    *,
    as_published: bool = False,
    known: list[Known] | None = None,
    numbered: Mapping[str, int] | None = None,
    applied_at: datetime | None = None,
    without: frozenset[str] = frozenset(),
) -> Policy:
    """This will number the keys of a notice and bind it to a schema.

    `as_published` narrows to what a faulty notice supports; `numbered` are the numbers, by name, of a
    notice whose keys have them already. What had begun when it was applied is not tested row by row.
    `without` leaves rules out, for tests.
    Raises: MissingSentence, ColumnsDiffer, TooManyKeys, TooManyCategories.
    """
    facts = Facts()
    opened = _supported(notice, as_published=as_published)
    told = {key: conditions(notice, key, facts, without) for key in keys(notice, opened)}
    if numbered is None:
        numbers, rules = registry.number(notice, told, known or [])
    else:
        numbers, rules = {key: numbered[key.name] for key in told if key.name in numbered}, {}
    policy = Policy(
        notice, tables, database, as_published, numbers, rules, registry.WORDS, without, applied_at
    )
    policy.reached()
    policy.places()
    return policy


def _supported(notice: Notice, *, as_published: bool) -> Supported:
    return supported(notice) if as_published else everything(notice)


def places(notice: Notice, tables: Snapshot) -> dict[str, str]:
    """This will say, table by table, where its rows' mask is found.

    Shape: table to SQL, `{0}` the row. The subject row is its own place.
    Raises: ColumnsDiffer.
    """
    claimed: dict[str, set[str]] = {}
    for claim in claims(notice):
        claimed.setdefault(claim.table, set()).add(claim.place)
    categories: dict[str, set[str]] = {}
    for claim in claims(notice):
        categories.setdefault(claim.place, set()).add(claim.category)
    found = {}
    for name, table in tables.items():
        if not table.about_subject or name not in claimed:
            continue
        if table.has_categories:
            found[name] = f"'{name}[' || {{0}}.category || ']'"
        elif name != "subject" and len(categories[name]) > 1:
            raise ColumnsDiffer(
                f"table {name} holds {', '.join(sorted(categories[name]))}: what may be restricted apart needs a"
                " table of its own, or a column `category` that says what each row holds"
            )
        else:
            found[name] = literal(name)
    return found


def prepare(policy: Policy, before: Policy | None = None) -> Iterator[Statement]:
    """This will yield what makes the new keys' bits, unreadable until the switch."""
    yield from registry.key_rows(policy.notice, policy.numbers, policy.rules, policy.database, policy.words)
    yield from registry.category_rows(policy.notice)
    yield from deciding(policy, before)


def deciding(policy: Policy, before: Policy | None = None) -> Iterator[Statement]:
    """This will yield masks and functions for a policy, together with the one before it."""
    both = [p for p in (before, policy) if p]
    yield from registry.mask_rows([(p.notice, p.numbers) for p in both], policy.words, policy.without)
    decision = Decision([(p.notice, p.numbers) for p in both], policy.words, policy.without)
    lock = "lock" not in policy.without
    emergencies = {login: lasting for p in reversed(both) for login, lasting in p.emergencies().items()}
    unseen, untold = (
        functions.shut(emergencies, policy.database, answer) for answer in ("RETURN false;", "RETURN;")
    )
    where = {**(before.places() if before else {}), **policy.places()}
    for sql, because in (
        (decision.decide(), "what a subject's answer is"),
        (decision.decide_new(), "what a new subject's answer is"),
        (decision.reasons(), "why a key is closed"),
        *((sql, "what is asked when an answer has run out") for sql in functions.sees(policy.words, unseen)),
        (functions.why(policy.words, untold), "a login asks why"),
        (functions.looked(policy.words, untold), "look-ups are reviewed"),
        (functions.opened(emergencies, policy.database), "an emergency is opened, and for so long"),
        (functions.LOCK_KEY, "no session spans two notices"),
        (functions.ENTER, "a purpose session begins"),
        (functions.REASON, "what a look-up's reason refers to"),
        (functions.CLOSINGS, "when a look-up's reason was closed"),
        (functions.RESERVE, "keys for rows that are loaded together"),
        (points.POINT_KEY, "a point is found by its full number"),
        *evidence.functions([p.notice for p in both], emergencies, policy.database),
        *newcomers.functions(both),
        *loading.functions(both),
        (
            upkeep.refresh(policy.tables, where, _touched(both, policy), policy.words, lock=lock),
            "answers are kept",
        ),
        (upkeep.refresh_due(), "answers that have run out"),
        (upkeep.refresh_range(), "answers of everybody, in batches"),
        (upkeep.IMMUTABLE, "facts that decide are never overwritten"),
        (upkeep.SUPERSEDE, "facts that decide are superseded"),
        (collecting.COLLECTABLE, "what is disputed or has expired is not collected"),
        (upkeep.REVIEWED, "an opening is reviewed by a second person, and once"),
    ):
        yield Statement(sql, because, by="engine")
    yield from registry.newcomer_rows(policy.notice, policy.words)


def _touched(policies: list[Policy], policy: Policy) -> dict[str, list[int]]:
    """The bits that rows of each table can have at all, table to one mask a bigint.

    A bit that no notice uses now may lie about since the last one: when it goes, it goes everywhere.
    """
    unused = [~mask for mask in masks([n for p in policies for n in p.numbers.values()], policy.words)]
    found: dict[str, set[int]] = {}
    for each in policies:
        for place in opened(each.notice, each.numbers, policy.without):
            found.setdefault(parted(place.place)[0], set()).update(place.keys)
    return {
        table: [mask | rest for mask, rest in zip(masks(list(numbers), policy.words), unused, strict=True)]
        for table, numbers in found.items()
    }


def tables_ready(policy: Policy) -> Iterator[Statement]:
    """This will yield the columns of the answer and row security on every table."""
    bits = [f"bits{n} bigint NOT NULL DEFAULT 0" for n in range(1, policy.words + 1)]
    for table in policy.tables.values():
        if table.about_subject:
            columns = [*bits, "decided_until timestamptz NOT NULL DEFAULT 'infinity'"]
            if table.name == "subject":
                columns += [
                    "closed bigint NOT NULL DEFAULT 0",
                    "gone bigint NOT NULL DEFAULT 0",
                    "guarded boolean NOT NULL DEFAULT false",
                ]
            added = ", ".join(f"ADD COLUMN IF NOT EXISTS {column}" for column in columns)
            yield Statement(f"ALTER TABLE register.{table.name} {added}", "every row has its answer")
        # The owner must go on reading which migrations it has run; nobody else is let in.
        forced = "" if table.name.startswith("django_") else ", FORCE ROW LEVEL SECURITY"
        yield Statement(
            f"ALTER TABLE register.{table.name} ENABLE ROW LEVEL SECURITY{forced}",
            "undeclared means unreadable, for the owner too",
        )
        for column, kind in table.columns.items():
            if kind in {"text", "bytea"} and column not in STRUCTURE:
                yield Statement(
                    f"ALTER TABLE register.{table.name} ALTER COLUMN {identifier(column)} SET STATISTICS 0",
                    "the planner's estimates tell nothing of values in hidden rows",
                )
    yield Statement(
        "CREATE INDEX IF NOT EXISTS policy_due ON register.subject (decided_until)",
        "answers that run out are found",
    )


def triggers(policy: Policy) -> Iterator[Statement]:
    """This will yield the triggers that keep the answers, and their functions before them."""
    lock = "lock" not in policy.without
    yield from upkeep.trigger_functions(policy.tables, policy.places(), policy.words, lock=lock)
    yield callable_by_owner(policy.role("owner"))
    yield from upkeep.triggers(policy.tables, policy.places(), policy.words)
    yield from newcomers.triggers()


def program(policy: Policy) -> Iterator[Statement]:
    """This will yield everything that `apply` does to a database that has no policy yet, in order."""
    yield from (registry.Statement(sql, "the policy's own tables") for sql in registry.tables())
    yield from tables_ready(policy)
    yield from engine_ready(policy)
    yield from prepare(policy)
    yield from triggers(policy)
    for sql in indexes(policy).values():
        yield Statement(sql, "purposes that work on sets or find")
    yield from opening(policy, engine_policies(policy))
    yield from registry.switch_rows(
        policy.notice, policy.numbers, policy.notice.canonical(), as_published=policy.as_published
    )
    yield from registry.login_rows(policy.notice, policy.logins, policy.reached(), policy.database)


def indexes(policy: Policy) -> dict[str, str]:
    """This will make the partial indexes for the purposes declared to work on sets or to find.

    Shape: index name to statement. Ninety of them made an update 12 to 32 times slower: a handful a notice,
    on the subject and on what it is found by. In them is no row that the login may not see, so that no
    search meets one, and the time it takes tells of none.
    """
    found: dict[str, str] = {}
    for login in policy.logins:
        purpose = policy.notice.purposes[login.purpose]
        own = {key: n for key, n in policy.numbers.items() if key.login == login}
        told = {n: mask for n, mask in enumerate(masks(own, policy.words), 1) if mask}
        tests = " OR ".join(f"(bits{n} & {mask}) <> 0" for n, mask in told.items())
        bits = ", ".join(f"bits{n}" for n in told)
        wanted = {
            "set": ("subject (decided_until, id)", bits, purpose.works_on == "sets"),
            "find": (
                f"{FOUND} (kind, token)",
                f"subject_id, category, spelt, decided_until, {bits}",
                purpose.finds,
            ),
        }
        for what, (columns, included, is_wanted) in wanted.items():
            if is_wanted and tests:
                name = (
                    f"policy_{what}_{login.purpose}_{login.scope}_{'_'.join(map(str, sorted(own.values())))}"
                )
                found[name[:63]] = (
                    f"CREATE INDEX IF NOT EXISTS {identifier(name[:63])} ON register.{columns}"
                    f" INCLUDE ({included}) WHERE {tests}"
                )
    return found
