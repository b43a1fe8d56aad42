"""What each login may touch: columns by grants, rows by forced row security.

Notice: categories, purposes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .newcomers import added, lasting
from .rows import kept, masks, touched
from .schema import (
    ABOUT_NOBODY,
    AS_WRITTEN,
    BEYOND_SUBJECT,
    FOUND,
    SHARED,
    STRUCTURE,
    WRITTEN_ONCE,
    claims,
)
from .statements import Statement, identifier, literal, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from seloste.notice import Notice
    from seloste.notice.purposes import Purpose

    from .keys import Key, Login
    from .schema import Claim, Snapshot, Table

OPENINGS, ALARMS = "break_glass", "alarm"
"""Where it is kept who opened an emergency, and whether anybody was told."""

HOUSEKEEPING = ("staff", "staff_role", "training", "key_version", OPENINGS, ALARMS)
"""Tables by which `acting` judges an actor, and sealing a key; the housekeeping login reads what is claimed of them."""

LOG: dict[str, frozenset[str]] = {
    "event": frozenset(),
    "event_subject": frozenset(),
    OPENINGS: frozenset({"opened_at", "reviewed_at", "reviewed_by", "finding"}),
    ALARMS: frozenset({"id", "at"}),
}
"""The look-up log: its own login may only add to it, but for columns that are the server's or a reviewer's."""


LOOKED = ("id", "at", "kind", "actor", "role", "login", "reason", "way", "count")
"""What `policy.looked` tells of an event: for logins that may read all of it."""


class MissingSentence(Exception):
    """A purpose would need what the notice does not say, so no policy can be made of it."""


TOLD = frozenset({"token", "spelt"})
"""What a search token tells: read by whoever searches, and by nobody else."""


@dataclass
class Reach:
    """What one login may do with one table."""

    select: list[str] = field(default_factory=list)
    insert: list[str] = field(default_factory=list)
    update: list[str] = field(default_factory=list)
    delete: bool = False
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    erases: list[str] = field(default_factory=list)
    line: int | None = None

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to grant."""
        return not (self.select or self.insert or self.update or self.delete)


def reach(notice: Notice, login: Login, tables: Snapshot) -> dict[str, Reach]:
    """This will gather, table by table, the columns that a login may select, insert and update.

    Structure is written once and never updated; a fact is superseded, its times are the server's.
    Raises: MissingSentence. Notice: categories, purposes.
    """
    purpose = notice.purposes[login.purpose]
    found: dict[str, Reach] = defaultdict(Reach)
    for claim in claims(notice):
        if claim.category not in touched(purpose):
            continue
        table = tables.get(claim.table)
        if table is None:
            continue
        _extend(found[claim.table], claim, table, purpose)
    if purpose.break_glass and not {OPENINGS, ALARMS} <= {claim.table for claim in claims(notice)}:
        raise MissingSentence(
            f"purpose {login.purpose} (line {login.line}) is opened in emergencies, and no category holds who opened"
            f" it and who was told: declare one that holds {OPENINGS} and {ALARMS}"
        )
    if lasting(notice, login) and "preparation" not in {claim.table for claim in claims(notice)}:
        raise MissingSentence(
            f"purpose {login.purpose} (line {login.line}) prepares agreements with whom it adds, and no category holds"
            " that: declare one that holds preparation"
        )
    if "metering_point" in found and "agreement" not in found:
        raise MissingSentence(
            f"purpose {login.purpose} (line {login.line}) names a category of metering_point, whose rows are"
            " judged by their agreements: name the category of agreement too"
        )
    if purpose.finds and not found[FOUND].select:
        raise MissingSentence(
            f"purpose {login.purpose} (line {login.line}) finds, and by no category that it reads somebody can be found:"
            f" let one of them hold {FOUND}[...]"
        )
    return {table: what for table, what in found.items() if not what.nothing}


def _extend(found: Reach, claim: Claim, table: Table, purpose: Purpose) -> None:
    category = table.place_category(claim.place)
    columns = [column for column in claim.columns if column in table.columns]
    found.line = found.line or claim.line
    if table.name == FOUND:
        _extend_found(found, category, columns, claim, purpose)
        return
    if claim.category in (purpose.categories or ()):
        found.select += [c for c in columns if c not in found.select]
        found.reads.append(category)
    if claim.category in (purpose.writes or ()):
        times = {"recorded_at", "superseded_at"}
        found.insert += [c for c in columns if c not in found.insert and c not in times]
        changed = (
            [c for c in columns if c == "superseded_at"]
            if table.is_fact
            else []
            if table.name in WRITTEN_ONCE
            else [c for c in columns if c not in STRUCTURE | AS_WRITTEN.get(table.name, frozenset())]
        )
        found.update += [c for c in changed if c not in found.update]
        found.writes.append(category)
    if claim.category in (purpose.erases or ()) and table.name not in BEYOND_SUBJECT:
        found.delete = True
        found.erases.append(category)


def _extend_found(found: Reach, category: str, columns: list[str], claim: Claim, purpose: Purpose) -> None:
    """Who searches reads tokens; who writes their values puts them in and takes them out, and need not read them."""
    reads = claim.category in (purpose.categories or ())
    if reads and (purpose.finds or claim.category in kept(purpose)):
        told = [c for c in columns if purpose.finds or c not in TOLD]
        found.select += [c for c in told if c not in found.select]
        found.reads.append(category)
    if claim.category in (purpose.writes or ()):
        found.insert += [c for c in columns if c not in found.insert]
        found.writes.append(category)
    if claim.category in (purpose.erases or ()) or (reads and claim.category in (purpose.writes or ())):
        found.delete = True
        found.erases.append(category)


def grants(role: str, reached: Mapping[str, Reach], login: Login) -> Iterator[Statement]:
    """This will grant a login its columns, and nothing on whole tables but DELETE."""
    for table, what in reached.items():
        kinds = {"SELECT": what.select, "INSERT": what.insert, "UPDATE": what.update}
        granted = [
            f"{kind} ({', '.join(identifier(c) for c in columns)})"
            for kind, columns in kinds.items()
            if columns
        ]
        granted += ["DELETE"] if what.delete else []
        yield Statement(
            f"GRANT {', '.join(granted)} ON register.{table} TO {identifier(role)}",
            f"{login.name} uses categories of {table}",
            what.line,
        )


class Answer:
    """The condition of a login on the rows of one table."""

    def __init__(
        self,
        notice: Notice,
        login: Login,
        numbers: Mapping[Key, int],
        words: int,
        applied_at: datetime | None = None,
    ) -> None:
        """`numbers`: those of this login's own keys. What had begun at `applied_at` has begun for good."""
        purpose = notice.purposes[login.purpose]
        self.login = login
        self.purpose = purpose
        self.windows: dict[tuple[datetime | None, datetime | None], list[int]] = defaultdict(list)
        for key, number in numbers.items():
            begun = applied_at and key.opens_at and key.opens_at <= applied_at
            self.windows[None if begun else key.opens_at, key.closes_at].append(number)
        self.words = words
        self.adds = added(notice, login) if lasting(notice, login) else None
        self.unconditional = any(
            basis.while_ == "always" for basis in purpose.bases or () if basis.kind != "contract"
        )

    def window(self) -> list[str]:
        """What bounds all keys alike: tested once a statement, since no row stands in it."""
        opens, closes = (
            (set(moments) for moments in zip(*self.windows, strict=True)) if self.windows else ((), ())
        )
        return [
            *(_since(moment) for moment in opens if moment and len(opens) == 1),
            *(_before(moment) for moment in closes if moment and len(closes) == 1),
        ]

    def bits(self) -> str:
        """The stored answer: a mask for each window in which keys are open as a whole.

        The mask of all keys stands first, so that a partial index for sets can serve several windows.
        """
        if not self.windows:
            return "false"
        alike = self.window()
        arms = []
        for (opens, closes), numbers in sorted(self.windows.items(), key=str):
            bounds = [*([_since(opens)] if opens else []), *([_before(closes)] if closes else [])]
            arms.append(
                " AND ".join([self._test(numbers), *(bound for bound in bounds if bound not in alike)])
            )
        if len(arms) == 1:
            return arms[0]
        every = self._test([number for numbers in self.windows.values() for number in numbers])
        return f"{every} AND ({' OR '.join(f'({arm})' for arm in arms)})"

    def _test(self, numbers: list[int]) -> str:
        tests = [f"(bits{n} & {mask}) <> 0" for n, mask in enumerate(masks(numbers, self.words), 1) if mask]
        return tests[0] if len(tests) == 1 else f"({' OR '.join(tests)})"

    def condition(self, live: str) -> str:
        """The stored answer while it holds; then what is asked live (within the same bounds), or nothing for sets.

        The bounds of a session stand in the moment that the answer's is compared with: an index on
        `decided_until` then asks for them once a statement, and a scan of all rows pays least.
        No sub-select: run only when a first row has passed what the caller asks, it would tell through
        EXPLAIN whether a hidden row does. The bits stand first, as they shut out most rows.
        """
        fresh = self.stored()
        if self.purpose.works_on == "sets":
            return fresh
        return f"({fresh} OR decided_until <= statement_timestamp() AND {live})"

    def stored(self) -> str:
        """The stored answer while it holds, and nothing after: an index of open rows then holds all there are."""
        return f"{self.bits()} AND decided_until > {self._now_or_never()}"

    def session(self) -> str:
        """What bounds every row alike, where no row has an answer to compare with the time."""
        return f"({self._bounds()})"

    def _now_or_never(self) -> str:
        return f"CASE WHEN {self._bounds()} THEN statement_timestamp() ELSE 'infinity'::timestamptz END"

    def _bounds(self) -> str:
        """A session's longest duration, by the server's clock, and the windows that all keys share."""
        minutes = self.purpose.session_minutes or 15
        longest = f"statement_timestamp() < now() + interval '{minutes} minutes'"
        return " AND ".join([longest, *self.window()])


def _since(moment: datetime) -> str:
    return f"statement_timestamp() >= {literal(moment)}"


def _before(moment: datetime) -> str:
    return f"statement_timestamp() < {literal(moment)}"


def policies(
    tables: Snapshot,
    places: Mapping[str, str],
    role: str,
    answer: Answer,
    reached: Mapping[str, Reach],
) -> Iterator[Statement]:
    """This will make a login's policies, one a command where a table holds several categories."""
    for name in reached:
        table = tables[name]
        for command, using, check in _conditions(table, places, answer, reached):
            policy = identifier(f"{answer.login.name} {command.lower()}")
            yield Statement(
                f"CREATE POLICY {policy} ON register.{name} FOR {command} TO {identifier(role)}"
                + (f"\n  USING ({using})" if using else "")
                + (f"\n  WITH CHECK ({check})" if check else ""),
                f"{answer.login.name}: rows of {name}",
                answer.login.line,
            )


def insert_check(
    table: Table, places: Mapping[str, str], answer: Answer, reached: Mapping[str, Reach]
) -> str:
    """What a login's policy asks of a row that it inserts."""
    return next(
        check for command, _, check in _conditions(table, places, answer, reached) if command == "INSERT"
    )


def _conditions(
    table: Table, places: Mapping[str, str], answer: Answer, reached: Mapping[str, Reach]
) -> Iterator[tuple[str, str, str]]:
    what = reached[table.name]
    base = _base(table, places, answer)
    # whoever searches decides first what is due: what is not in the index of open rows is not met at all
    searched = answer.stored() if table.name == FOUND and answer.purpose.finds else base
    if answer.purpose.break_glass:
        base, searched = (f"policy.opened() AND {each}" for each in (base, searched))
    for command, categories, wanted in (
        ("SELECT", what.reads, bool(what.select)),
        ("INSERT", what.writes, bool(what.insert)),
        ("UPDATE", what.writes, bool(what.update)),
        ("DELETE", what.erases, what.delete),
    ):
        if not wanted:
            continue
        rows = searched if command == "SELECT" else base
        if table.has_categories:
            # first, and always: an index that begins with it then meets no row of another category
            rows = f"category = ANY({texts(categories)}) AND {rows}"
        if command == "INSERT":
            if table.name == "subject" and answer.adds:
                rows = f"{answer.session()} AND {answer.adds}"
            rows = " AND ".join(
                [rows if table.name != "metering_point" else _side(answer), *_beside(table, reached)]
            )
        using = "" if command == "INSERT" else rows
        check = rows if command in {"INSERT", "UPDATE"} else ""
        yield command, using, check


def _base(table: Table, places: Mapping[str, str], answer: Answer) -> str:
    if table.name in ASKED:
        return ASKED[table.name](answer)
    if not table.about_subject:
        served = f" AND controller = ANY({texts(answer.login.controllers)})" if table.has_controller else ""
        walled = f" AND {_side(answer)}" if "side" in table.columns else ""
        return f"{answer.session()}{walled}{served}"
    place = places[table.name].format(table.name)
    controller = "controller" if table.has_controller else "''"
    if table.name in SHARED:
        key = "id" if table.name == "agreement" else "agreement_id"
        return answer.condition(f"policy.sees_agreement({key}, {place}, {controller})")
    answered = answer.condition(f"policy.sees(subject_id, {place}, {controller})")
    if table.name in ABOUT_NOBODY and "side" in table.columns:
        # a row about nobody has no subject whose side it would be on
        return f"{_side(answer)} AND {answered}"
    return answered


def _metering_point(answer: Answer) -> str:
    """A point is judged by its agreements; who keeps the whole register sees those of its side."""
    held = "EXISTS (SELECT 1 FROM register.agreement a WHERE a.metering_point_id = metering_point.id)"
    seen = "" if answer.unconditional else f" AND {held}"
    return f"{_side(answer)}{seen}"


ASKED: dict[str, Callable[[Answer], str]] = {
    "subject": lambda answer: answer.condition("policy.sees_subject(id)"),
    "metering_point": _metering_point,
    "event": lambda _: "EXISTS (SELECT 1 FROM register.event_subject e WHERE e.event_id = event.id)",
    "event_subject": lambda answer: f"{answer.session()} AND policy.sees(subject_id, 'event_subject', '')",
}
"""Tables whose rows are judged otherwise than by their subject's answer in them."""


def _beside(table: Table, reached: Mapping[str, Reach]) -> list[str]:
    """An agreement that a new row names must be seen already, and a record that another is merged into.

    Else a false co-holder would open another's agreement for as long as the transaction lasts, and a false
    merge would tell by its refusal who is there. Who reads nothing of agreements has nothing to open.
    """
    if table.name == "subject_merge":
        return ["EXISTS (SELECT 1 FROM register.subject s WHERE s.id = subject_merge.into_id)"]
    reads = reached.get("agreement", Reach()).select
    if table.name in {"agreement_party", "agreement_period"} and "id" in reads:
        return [f"EXISTS (SELECT 1 FROM register.agreement a WHERE a.id = {table.name}.agreement_id)"]
    return []


def _side(answer: Answer) -> str:
    return f"side = ANY({texts(answer.login.sides)})"
