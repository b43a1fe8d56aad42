"""Worlds made up from a seed, and how they get into a database.

All moments lie on a coarse grid around a day, so that boundaries coincide often.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from seloste.policy.reference import world as w

if TYPE_CHECKING:
    import psycopg

DAYS = (-420, -200, -40, -20, -3, 3, 25, 60, 380)


class Maker:
    """Makes worlds around a moment, for the controllers, purposes and categories of a notice."""

    def __init__(self, notice, around: datetime, seed: int) -> None:
        self.notice = notice
        self.grid = [around + timedelta(days=d) for d in DAYS]
        self.random = random.Random(seed)
        self.next_id = 1

    def _id(self) -> int:
        self.next_id += 1
        return self.next_id

    def _maybe(self, share: float) -> bool:
        return self.random.random() < share

    def _known(self) -> dict:
        recorded = self.random.choice(self.grid[:4])
        superseded = self.random.choice(self.grid[1:5]) if self._maybe(0.12) else None
        if superseded and superseded <= recorded:
            superseded = None
        return {"id": self._id(), "recorded_at": recorded, "superseded_at": superseded}

    def _span(self) -> dict:
        start = self.random.choice(self.grid[:-2])
        end = self.random.choice(self.grid) if self._maybe(0.5) else None
        return {"valid_from": start, "valid_until": end if end is None or end >= start else None}

    def world(self, people: int = 4) -> w.World:
        """A world of a few subjects that have much to do with each other."""
        sides = list(self.notice.sides())
        subjects = tuple(
            w.Subject(
                self._id(),
                self.random.choices(sides, [3] + [2] * (len(sides) - 1))[0],
                self.random.choices(["person", "organisation"], [3, 1])[0],
            )
            for _ in range(people)
        )
        found: dict[str, list] = {name: [] for name in w.World.__dataclass_fields__}
        found["subjects"] = list(subjects)
        for subject in subjects:
            self._agreements(subject, subjects, found)
            self._facts(subject, subjects, found)
        self._rows(subjects, found)
        return w.World(**{name: tuple(values) for name, values in found.items()})

    def _agreements(self, subject, subjects, found) -> None:
        for _ in range(self.random.choices([0, 1, 2], [2, 5, 2])[0]):
            controller = self.random.choice(self.notice.sides()[subject.side])
            agreement, kind = self._id(), self.random.choice(["sale", "network", "heat", "service"])
            start = self.random.choice(self.grid[1:-1])
            requested = self.random.choice([start, start - timedelta(days=15)])
            end = self.random.choice([None, None, *self.grid])
            if end is not None and end < requested:
                end = None
            found["periods"].append(
                w.Period(
                    **self._known(), subject_id=subject.id, agreement_id=agreement, controller=controller,
                    kind=kind, requested_at=requested, valid_from=start, valid_until=end,
                )  # fmt: skip
            )
            found["rows"].append(w.Row("agreement", agreement, subject.id, "agreements", controller, agreement))
            others = [s for s in subjects if s.id != subject.id and s.side == subject.side]
            if others and self._maybe(0.35):
                found["parties"].append(
                    w.Party(
                        **self._known(), **self._span(), subject_id=self.random.choice(others).id,
                        agreement_id=agreement, controller=controller,
                    )  # fmt: skip
                )

    def _facts(self, subject, subjects, found) -> None:
        about = {"subject_id": subject.id}
        organisations = [s for s in subjects if s.kind == "organisation" and s.side == subject.side]
        if subject.kind == "person" and organisations and self._maybe(0.5):
            found["representations"].append(
                w.Representation(**self._known(), **self._span(), **about, organisation_id=self.random.choice(organisations).id)
            )
        for wording, words in self.notice.consents.items():
            if self._maybe(0.5):
                given = self.random.choice(self.grid[:6])
                later = [m for m in self.grid if m > given]
                found["consents"].append(
                    w.Consent(
                        **self._known(), **about, purpose=words.purpose, wording=wording, given_at=given,
                        channel=self.random.choice([None, *words.channels]),
                        withdrawn_at=self.random.choice(later) if self._maybe(0.25) else None,
                        valid_until=self.random.choice(later) if self._maybe(0.2) else None,
                    )  # fmt: skip
                )
        if self._maybe(0.25):
            channel = self.random.choice(["letter", "phone", "email", "sms", "all"])
            found["bans"].append(w.Ban(**self._known(), **self._span(), **about, channel=channel))
        if self._maybe(0.4):
            against = [p for p in self.notice.purposes.values() if p.marketing or any("interest" in b.kind for b in p.bases)]
            received = self.random.choice(self.grid[:6])
            decided = self.random.choice([None, *[m for m in self.grid if m >= received]])
            found["objections"].append(
                w.Objection(
                    **self._known(), **about, purpose=self.random.choice(against).key,
                    received_at=received, decided_at=decided,
                    outcome=self.random.choice(["upheld", "rejected"]) if decided else None,
                )  # fmt: skip
            )
        if self._maybe(0.3):
            scope = self.random.choice(["all", "categories", "purposes", "purposes"])
            pick = lambda names: tuple(self.random.sample(list(names), min(2, len(names))))  # noqa: E731
            found["restrictions"].append(
                w.Restriction(
                    **self._known(), **self._span(), **about,
                    categories=pick(self.notice.categories) if scope == "categories" else (),
                    purposes=pick(self.notice.purposes) if scope == "purposes" else (),
                )  # fmt: skip
            )
        if subject.kind == "person" and self._maybe(0.25):
            decided = self.random.choice([None, "confirmed", "rejected"])
            moment = self.random.choice(self.grid[:4])
            found["statuses"].append(
                w.Status(
                    **self._known(), **self._span(), **about, status=self.random.choice(["minor", "estate"]),
                    claimed_at=moment, decided_at=moment if decided else None, decision=decided,
                )  # fmt: skip
            )
        if self._maybe(0.25):
            found["turvakiellot"].append(w.Turvakielto(**self._known(), **self._span(), **about))
        for _ in range(self.random.choice([0, 0, 1, 2])):
            controller = self.random.choice(self.notice.sides()[subject.side])
            state = self.random.choice(["open", "paid", "disputed", "in_collection", "written_off"])
            found["receivables"].append(
                w.Receivable(
                    **self._known(), **self._span(), **about, controller=controller, state=state,
                    due_at=self.random.choice(self.grid),
                )  # fmt: skip
            )
        if self._maybe(0.15):
            found["erasures"].append(
                w.Erasure(
                    **self._known(), **about, retention_class=self.random.choice(list(self.notice.retention)),
                    erased_at=self.random.choice(self.grid[:7]),
                )  # fmt: skip
            )

    def _rows(self, subjects, found) -> None:
        for subject in subjects:
            found["rows"].append(w.Row("address", self._id(), subject.id, "address"))
            found["rows"].append(w.Row("contact_point", self._id(), subject.id, self.random.choice(["phone", "email"])))
        found["rows"] += [w.Row("receivable", v.id, v.subject_id, "receivables", v.controller) for v in found["receivables"]]
        found["rows"] += [
            w.Row("agreement_period", p.id, p.subject_id, "agreements", p.controller, p.agreement_id)
            for p in found["periods"]
        ]
        found["rows"] += [w.Row("agreement_party", p.id, p.subject_id, "agreements", p.controller) for p in found["parties"]]


TABLES = {
    "statuses": "subject_status",
    "representations": "representation",
    "turvakiellot": "turvakielto",
    "periods": "agreement_period",
    "parties": "agreement_party",
    "consents": "consent",
    "bans": "ban",
    "objections": "objection",
    "restrictions": "restriction",
    "receivables": "receivable",
    "erasures": "erasure",
}
MORE = {
    "consent": {"proof": "'p'", "notice_hash": "'h'"},
    "ban": {"notice_hash": "'h'"},
    "objection": {"notice_hash": "'h'"},
    "receivable": {"number": "'n'", "amount_cents": "100"},
}


def insert(connection: psycopg.Connection, worlds: list[w.World]) -> None:
    """Write worlds into a database, as its administrator."""
    subjects = [s for world in worlds for s in world.subjects]
    _many(connection, "subject", [{"id": s.id, "side": s.side, "kind": s.kind} for s in subjects])
    sides = {s.id: s.side for s in subjects}
    rows = [row for world in worlds for row in world.rows]
    kinds = {p.agreement_id: p.kind for world in worlds for p in world.periods}
    _many(
        connection,
        "agreement",
        [
            {
                "id": r.id, "number": str(r.id), "subject_id": r.subject_id, "side": sides[r.subject_id],
                "controller": r.controller, "kind": kinds[r.id],
            }
            for r in rows
            if r.table == "agreement"
        ],
    )  # fmt: skip
    for name, table in TABLES.items():
        facts = [vars(fact) for world in worlds for fact in getattr(world, name)]
        _many(connection, table, facts, MORE.get(table, {}))
    anywhen = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
    _many(
        connection,
        "address",
        [
            {"id": r.id, "subject_id": r.subject_id, "kind": "home", "street": "x", "postcode": "33100", "city": "x", "valid_from": anywhen}
            for r in rows
            if r.table == "address"
        ],
    )
    _many(
        connection,
        "contact_point",
        [
            {
                "id": r.id, "subject_id": r.subject_id, "category": r.category, "valid_from": anywhen, "as_given": "x",
                "value": f"+35850{r.id:07}" if r.category == "phone" else f"a{r.id}@example.invalid",
            }
            for r in rows
            if r.table == "contact_point"
        ],
    )  # fmt: skip


def _many(connection, table: str, rows: list[dict], more: dict[str, str] | None = None) -> None:
    more = more or {}
    for start in range(0, len(rows), 500):
        batch = rows[start : start + 500]
        names = list(batch[0])
        one = "(" + ", ".join(["%s"] * len(names) + list(more.values())) + ")"
        connection.execute(
            f"INSERT INTO register.{table} ({', '.join([*names, *more])}) VALUES " + ", ".join([one] * len(batch)),
            [list(v) if isinstance(v, tuple) else v for row in batch for v in row.values()],
        )
