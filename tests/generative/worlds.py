"""Worlds made up from a seed, and how they get into a database and out again.

All moments lie on a coarse grid around a day, so that boundaries coincide often; months of
different lengths and a leap day are among them, so that a tail has to clamp.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from seloste.policy.reference import world as w

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from seloste.notice import Notice

AROUND = datetime(2026, 8, 31, 9, 17, tzinfo=UTC)
DAYS = (-914, -365, -212, -62, -21, 0, 15, 61, 153, 365)
"""From AROUND: 29 February, 31 August, 31 January, 30 June, 10 and 31 August; 15 September,
31 October, 31 January, 31 August."""

FACTS = {
    "statuses": ("subject_status", "status"),
    "representations": ("representation", "representation"),
    "turvakiellot": ("turvakielto", "turvakielto"),
    "periods": ("agreement_period", "agreements"),
    "preparations": ("preparation", "preparations"),
    "parties": ("agreement_party", "agreements"),
    "consents": ("consent", "consents"),
    "bans": ("ban", "bans"),
    "objections": ("objection", "objections"),
    "restrictions": ("restriction", "restrictions"),
    "receivables": ("receivable", "receivables"),
    "erasures": ("erasure", "erasures"),
    "merges": ("subject_merge", "merges"),
}
"""Where facts of a world lie, and under which category."""


class Maker:
    """Makes worlds around a moment, for the controllers, purposes and categories of a notice."""

    def __init__(self, notice: Notice, around: datetime, seed: int) -> None:
        self.notice = notice
        self.grid = [around + timedelta(days=days) for days in DAYS]
        self.random = random.Random(seed)
        self.last_id = 0
        interests = {"legitimate_interest", "public_interest"}
        self.objectionable = [
            name
            for name, purpose in notice.purposes.items()
            if purpose.marketing or any(basis.kind in interests for basis in purpose.bases)
        ]

    def world(self) -> w.World:
        """A world of a few subjects that have much to do with each other."""
        self.found: dict[str, list] = {name: [] for name in w.World.__dataclass_fields__}
        for _ in range(self.random.randint(4, 8)):
            side = self._pick(["myynti", "myynti", "myynti", "verkko", "verkko"])
            kind = self._pick(["person", "person", "person", "organisation"])
            self._add("subjects", w.Subject(self._id(), side, kind))
        for subject in self.found["subjects"]:
            for _ in range(self._pick([0, 1, 1, 1, 2, 3])):
                self._agreement(subject)
            self._lawfulness(subject)
            self._status(subject)
            self._receivables(subject)
            self._rows(subject)
        self._merges()
        for name, (table, category) in FACTS.items():
            for fact in self.found[name]:
                agreement = getattr(fact, "agreement_id", None)
                controller = getattr(fact, "controller", None)
                self._row(table, fact.id, fact.subject_id, category, controller, agreement)
        return w.World(**{name: tuple(facts) for name, facts in self.found.items()})

    def _id(self) -> int:
        self.last_id += 1
        return self.last_id

    def _maybe(self, share: float) -> bool:
        return self.random.random() < share

    def _pick(self, choices):
        return self.random.choice(choices)

    def _add(self, name: str, fact) -> None:
        self.found[name].append(fact)

    def _known(self, subject: w.Subject) -> dict:
        """Recorded early, so that it counts at most moments, and sometimes taken back."""
        recorded = self._pick(self.grid[:4])
        superseded = self._pick([m for m in self.grid if m > recorded]) if self._maybe(0.12) else None
        return {
            "id": self._id(),
            "subject_id": subject.id,
            "recorded_at": recorded,
            "superseded_at": superseded,
        }

    def _span(self, *, ends: float = 0.5) -> dict:
        """From a moment of the grid until another, perhaps the same one, or with an open end."""
        start = self._pick(self.grid[:-2])
        end = self._pick([m for m in self.grid if m >= start]) if self._maybe(ends) else None
        return {"valid_from": start, "valid_until": end}

    def _later(self, moment: datetime, share: float) -> datetime | None:
        return self._pick([m for m in self.grid if m >= moment]) if self._maybe(share) else None

    def _agreement(self, holder: w.Subject) -> None:
        """An agreement with one period or two: some prepared, some cancelled before they began."""
        controller = self._pick(self.notice.sides()[holder.side])
        kind = self._pick(["sale", "network", "heat", "heat", "service"])
        agreement = self._id()
        for table, category in (("agreement", "agreements"), ("metering_point", "agreements")):
            self._row(table, agreement, holder.id, category, controller, agreement)
        for _ in range(self._pick([1, 1, 1, 2])):
            start = self._pick(self.grid[1:-2])
            requested = self._pick([start, start, *[m for m in self.grid if m <= start][-3:]])
            end = self._pick([None, None, *[m for m in self.grid if m >= requested]])
            self._add(
                "periods",
                w.Period(
                    **self._known(holder), agreement_id=agreement, controller=controller, kind=kind,
                    requested_at=requested, valid_from=start, valid_until=end,
                ),
            )  # fmt: skip
        others = [s for s in self.found["subjects"] if s.id != holder.id and s.side == holder.side]
        for other in self.random.sample(others, min(len(others), self._pick([0, 0, 1, 2]))):
            self._add(
                "parties",
                w.Party(**self._known(other), **self._span(), agreement_id=agreement, controller=controller),
            )

    def _lawfulness(self, subject: w.Subject) -> None:
        for name, wording in self.notice.consents.items():
            for _ in range(self._pick([0, 1, 1, 2])):
                given = self._pick(self.grid[:7])
                channel = self._pick([None, None, *(wording.channels or ["email"])])
                purpose = wording.purpose if self._maybe(0.9) else "marketing"
                self._add(
                    "consents",
                    w.Consent(
                        **self._known(subject), purpose=purpose, wording=name, channel=channel, given_at=given,
                        withdrawn_at=self._later(given, 0.25), valid_until=self._later(given, 0.2),
                    ),
                )  # fmt: skip
        if self._maybe(0.3):
            channel = self._pick(["letter", "phone", "email", "sms", "web", "all"])
            self._add("bans", w.Ban(**self._known(subject), **self._span(), channel=channel))
        for _ in range(self._pick([0, 0, 1, 2])):
            received = self._pick(self.grid[1:7])
            decided = self._later(received, 0.75)
            self._add(
                "objections",
                w.Objection(
                    **self._known(subject), purpose=self._pick(self.objectionable), received_at=received,
                    decided_at=decided, outcome=self._pick(["upheld", "rejected"]) if decided else None,
                ),
            )  # fmt: skip
        for _ in range(self._pick([0, 0, 0, 1, 1, 2])):
            scope = self._pick(["categories", "categories", "purposes", "purposes", "everything"])
            self._add(
                "restrictions",
                w.Restriction(
                    **self._known(subject), **self._span(ends=0.7),
                    categories=self._some(self.notice.categories) if scope == "categories" else (),
                    purposes=self._some(self.notice.purposes) if scope == "purposes" else (),
                ),
            )  # fmt: skip

    def _some(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(self.random.sample(list(names), 3))

    def _status(self, subject: w.Subject) -> None:
        if subject.kind == "person" and self._maybe(0.3):
            claimed = self._pick(self.grid[:6])
            decided = self._later(claimed, 0.6)
            self._add(
                "statuses",
                w.Status(
                    **self._known(subject), **self._span(), status=self._pick(["minor", "estate"]),
                    claimed_at=claimed, decided_at=decided,
                    decision=self._pick(["confirmed", "rejected"]) if decided else None,
                ),
            )  # fmt: skip
        if self._maybe(0.3):
            controller = self._pick(self.notice.sides()[subject.side])
            span = {"valid_until": self.grid[-1]} | {k: v for k, v in self._span().items() if v}
            self._add("preparations", w.Preparation(**self._known(subject), **span, controller=controller))
        if self._maybe(0.3):
            self._add("turvakiellot", w.Turvakielto(**self._known(subject), **self._span()))
        organisations = [s for s in self.found["subjects"] if s.kind == "organisation" and s.id != subject.id]
        if organisations and self._maybe(0.4):
            same = [s for s in organisations if s.side == subject.side] or organisations
            represented = self._pick(same if self._maybe(0.9) else organisations)
            self._add(
                "representations",
                w.Representation(**self._known(subject), **self._span(), organisation_id=represented.id),
            )
        if self._maybe(0.2):
            erased = w.Erasure(
                **self._known(subject),
                retention_class=self._pick(list(self.notice.retention)),
                erased_at=self._pick(self.grid[2:9]),
            )
            self._add("erasures", erased)

    def _merges(self) -> None:
        """Records of one human, merged into one that is merged into none meanwhile; half are undone again."""
        for _ in range(self._pick([0, 1, 2, 4])):
            one, other = self._pick(self.found["subjects"]), self._pick(self.found["subjects"])
            if one.id == other.id or (one.side, one.kind) != (other.side, other.kind):
                continue
            merge = w.Merge(**self._known(one), **self._span(), into_id=other.id)
            if not any(_refused(merge, each) for each in self.found["merges"]):
                self._add("merges", merge)

    def _receivables(self, subject: w.Subject) -> None:
        for _ in range(self._pick([0, 1, 1, 2])):
            self._add(
                "receivables",
                w.Receivable(
                    **self._known(subject), **self._span(),
                    controller=self._pick(self.notice.sides()[subject.side]),
                    state=self._pick(["open", "open", "paid", "disputed", "in_collection", "written_off"]),
                    due_at=self._pick(self.grid),
                ),
            )  # fmt: skip

    def _rows(self, subject: w.Subject) -> None:
        """Rows that decide nothing."""
        self._row("subject", subject.id, subject.id, "name")
        self._row("address", self._id(), subject.id, "address")
        self._row("contact_point", self._id(), subject.id, self._pick(["phone", "email"]))
        self._row("search_token", self._id(), subject.id, self._pick(["name", "phone", "address"]))
        self._row("housing_form", self._id(), subject.id, "housing_form")
        self._row("case_file", self._id(), subject.id, self._pick(["interactions", "misuse_cases"]))
        self._row("case_file", self._id(), None, self._pick(["interactions", "misuse_cases"]))
        if subject.kind == "person":
            key = self._id()
            self._row("data_key", key, subject.id, "hetu")
            self._row("national_identifier", key, subject.id, "hetu")
        else:
            self._row("business_id", self._id(), subject.id, "business_id")

    def _row(self, *parts) -> None:
        self._add("rows", w.Row(*parts))


def _refused(merge: w.Merge, before: w.Merge) -> bool:
    """Whether the database would refuse a merge beside another, whenever both were known."""
    meet = (merge.valid_until is None or before.valid_from <= merge.valid_until) and (
        before.valid_until is None or merge.valid_from <= before.valid_until
    )
    return meet and (
        before.subject_id in {merge.subject_id, merge.into_id} or before.into_id == merge.subject_id
    )


EVERMORE = "timestamptz '2020-01-01'"
MORE = {
    "consent": {"proof": "'p'", "notice_hash": "'h'"},
    "ban": {"notice_hash": "'h'"},
    "objection": {"notice_hash": "'h'"},
    "subject_merge": {"confirmed_by": "1", "confirmed_reason": "'case:1'"},
    "receivable": {"number": "gen_random_uuid()::text", "amount_cents": "100"},
    "address": {
        "kind": "'home'",
        "street": "'x'",
        "postcode": "'33100'",
        "city": "'x'",
        "valid_from": EVERMORE,
    },
    "contact_point": {"as_given": "'x'", "valid_from": EVERMORE},
    "housing_form": {"form": "'flat'"},
    "search_token": {"kind": "'x'", "spelt": "'x'"},
    "case_file": {"kind": "'case'", "opened_at": EVERMORE},
    "data_key": {"category": "'hetu'", "wrapped": "'\\x00'", "kek_version": "1"},
    "national_identifier": {"ciphertext": "'\\x00'"},
}
"""Columns that nothing here depends on."""
CASES = {"interactions": "interaction", "misuse_cases": "misuse_case"}


def insert(connection: psycopg.Connection, worlds: Iterable[w.World]) -> None:
    """Write worlds into a database, as its administrator: whole, or not at all."""
    worlds = list(worlds)
    with _debts_of_any_age(connection), connection.transaction():
        for table, rows in _tables(worlds):
            _many(connection, table, rows)


@contextmanager
def _debts_of_any_age(connection: psycopg.Connection) -> Iterator[None]:
    """A debt that has expired by the server's clock is refused in collection; here the clock is the world's."""
    there = "SELECT 1 FROM pg_trigger WHERE tgname = 'policy_collectable'"
    guarded = connection.execute(there).fetchone() is not None
    if guarded:
        connection.execute("ALTER TABLE register.receivable DISABLE TRIGGER policy_collectable")
    try:
        yield
    finally:
        if guarded:
            connection.execute("ALTER TABLE register.receivable ENABLE ALWAYS TRIGGER policy_collectable")


def remove(connection: psycopg.Connection, worlds: Iterable[w.World]) -> None:
    """Take worlds out of a database again, as its administrator."""
    worlds = list(worlds)
    with connection.transaction():
        for table, rows in reversed(list(_tables(worlds))):
            ids = [row["id"] for row in rows]
            connection.execute(f"DELETE FROM register.{table} WHERE id = ANY(%s)", [ids])


def _tables(worlds: list[w.World]) -> Iterator[tuple[str, list[dict]]]:
    """Tables with their rows, in the order of their foreign keys."""
    subjects = {s.id: s for world in worlds for s in world.subjects}
    kinds = {p.agreement_id: p.kind for world in worlds for p in world.periods}
    rows: dict[str, list[w.Row]] = {}
    for world in worlds:
        for row in world.rows:
            rows.setdefault(row.table, []).append(row)
    yield "subject", [{"id": s.id, "side": s.side, "kind": s.kind} for s in subjects.values()]
    yield (
        "metering_point",
        [
            {"id": row.id, "side": subjects[row.subject_id].side, "gsrn": f"{row.id:018}", "kind": "sale"}
            for row in rows["metering_point"]
        ],
    )
    yield (
        "agreement",
        [
            {
                "id": row.id, "number": str(row.id), "subject_id": row.subject_id, "kind": kinds[row.id],
                "side": subjects[row.subject_id].side, "controller": row.controller, "metering_point_id": row.id,
            }
            for row in rows["agreement"]
        ],
    )  # fmt: skip
    for name, (table, _) in FACTS.items():
        facts = [vars(fact) for world in worlds for fact in getattr(world, name)]
        if name == "merges":
            facts = [fact | {"side": subjects[fact["subject_id"]].side} for fact in facts]
        yield table, facts
    for table in ("address", "housing_form", "data_key"):
        yield table, [{"id": row.id, "subject_id": row.subject_id} for row in rows.get(table, [])]
    yield (
        "contact_point",
        [
            {
                "id": row.id, "subject_id": row.subject_id, "category": row.category,
                "value": f"+358{row.id:09}" if row.category == "phone" else f"a{row.id}@example.invalid",
            }
            for row in rows["contact_point"]
        ],
    )  # fmt: skip
    yield (
        "search_token",
        [
            {"id": row.id, "subject_id": row.subject_id, "category": row.category, "token": str(row.id)}
            for row in rows["search_token"]
        ],
    )
    yield (
        "case_file",
        [
            {"id": row.id, "subject_id": row.subject_id, "category": CASES[row.category]}
            for row in rows["case_file"]
        ],
    )
    for table, column in (("national_identifier", "blind_index"), ("business_id", "value")):
        yield (
            table,
            [
                {
                    "id": row.id, "subject_id": row.subject_id, "side": subjects[row.subject_id].side,
                    column: f"{row.id:07}-1" if column == "value" else row.id.to_bytes(8, "big"),
                    **({"data_key_id": row.id} if column == "blind_index" else {}),
                }
                for row in rows.get(table, [])
            ],
        )  # fmt: skip


def _many(connection: psycopg.Connection, table: str, rows: list[dict]) -> None:
    more = MORE.get(table, {})
    for start in range(0, len(rows), 500):
        batch = rows[start : start + 500]
        names = list(batch[0])
        one = "(" + ", ".join(["%s"] * len(names) + list(more.values())) + ")"
        connection.execute(
            f"INSERT INTO register.{table} ({', '.join([*names, *more])}) VALUES "
            + ", ".join([one] * len(batch)),
            [list(v) if isinstance(v, tuple) else v for row in batch for v in row.values()],
        )
