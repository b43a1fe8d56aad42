"""A register under a notice of few categories, and systems that bring values into it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from conftest import governed
from seloste.notice import read_notice

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
CLAIMED = ("name", "phone", "email", "address", "hetu", "receivables")
CLAIM = "[id, subject_id, side, category, kind, value, as_given, ciphertext, system, batch_id, source_key, received_at, state, asked, ended_at, ended_by]"
CORRECTION = "[id, subject_id, side, category, kind, system, source_key, value, before, ciphertext, requested_at, state, told_at, receipt, ended_at, ended_by]"


def notice_of(**masters):
    """The notice of these tests; `masters`: of a category, another than it says."""
    text = Path(__file__).with_name("notice.yaml").read_text()
    for category in CLAIMED:
        places = f'"source_claim[{category}]": {CLAIM}, "source_correction[{category}]": {CORRECTION}, '
        text, found = re.subn(rf"(?m)^(  {category}: .*held_in: \{{)", rf"\g<1>{places}", text)
        assert found == 1
    for category, master in masters.items():
        text, found = re.subn(rf"(?m)^(  {category}: .*master: )\w+", rf"\g<1>{master}", text)
        assert found == 1
    return read_notice(text.encode())


@dataclass
class Register:
    """The register, how to act in it, and what the administrator sees of it."""

    cluster: object
    admin: psycopg.Connection
    reason: str

    numbers = itertools.count(1)

    def acting(self, purpose="upkeep", role=None, company="seller"):
        from seloste.register.protection.session import acting

        role = role or ("engineer" if purpose == "upkeep" else "contact")
        return acting(f"{role}.{company}", purpose, self.reason, controller=company)

    def all(self, sql, *values):
        return self.admin.execute(sql, values).fetchall()

    def one(self, sql, *values):
        return self.admin.execute(sql, values).fetchone()

    def person(self, side="seller"):
        return self.one(
            "INSERT INTO register.subject (side, kind, given_names, family_name) VALUES (%s, 'person', 'Aino', 'Esimerkki') RETURNING id",
            side,
        )[0]

    def batch(self):
        return next(self.numbers)

    def held(self, person, category="phone"):
        """The telephone numbers or addresses that are held now."""
        if category == "address":
            return [
                street
                for (street,) in self.all(
                    "SELECT street FROM register.address WHERE subject_id = %s AND valid_until IS NULL ORDER BY id",
                    person,
                )
            ]
        return [
            value
            for (value,) in self.all(
                "SELECT value FROM register.contact_point WHERE subject_id = %s AND category = %s AND valid_until IS NULL ORDER BY id",
                person,
                category,
            )
        ]

    def claims(self, person):
        """Live claims of a subject: system, value, state."""
        return self.all(
            "SELECT system, value, state FROM register.source_claim WHERE subject_id = %s AND ended_at IS NULL ORDER BY system, id",
            person,
        )

    def correction(self, person):
        return self.one(
            "SELECT system, state, receipt, ended_by FROM register.source_correction WHERE subject_id = %s ORDER BY id DESC LIMIT 1",
            person,
        )

    def events(self, person):
        return [
            kind
            for (kind,) in self.all(
                "SELECT kind FROM register.event e JOIN register.event_subject s ON s.event_id = e.id"
                " WHERE s.subject_id = %s AND e.kind LIKE 'sources.%%' ORDER BY e.at, e.id",
                person,
            )
        ]

    def login(self, name):
        dsn = self.cluster.dsn(self.cluster.role(name))
        return psycopg.connect(dsn, autocommit=True, options="-c search_path=register,pg_temp")


def brought(person, value, *, system="generis", batch, category="phone", kind="", side="seller", key=None):
    """A value that a system brings of somebody."""
    from seloste.register.sources.claims import Offer

    told = value if isinstance(value, dict) else {"value": value}
    given = {name: f" {part} " for name, part in told.items()}
    return Offer(person, side, category, kind, told, given, system, batch, key or f"{system}-{person}")


def pull(offers, *, at=NOW):
    """What a pull does inside a session: offers what came, and writes what is to be taken."""
    from seloste.register.sources.claims import offer
    from seloste.register.sources.conflicts import places_of
    from seloste.register.sources.resolving import write

    outcomes = offer(offers, at=at)
    for each, outcome in zip(offers, outcomes, strict=True):
        if outcome == "take":
            write(each.subject_id, places_of(each.category), each.kind, each.value, each.as_given, at=at)
    return outcomes


@pytest.fixture(scope="module")
def register(one_server):
    from seloste.project import populate, wiring
    from seloste.register.protection.key_versions import make
    from seloste.register.protection.keys import provided

    notice = notice_of()
    with governed(one_server, notice, "claims") as cluster:
        wiring.configure(cluster)
        dsn = psycopg.conninfo.make_conninfo(cluster.admin_dsn(), dbname=cluster.database)
        with psycopg.connect(dsn, autocommit=True) as admin:
            make(admin, provided(), notice.sides())
            populate.hire(admin, notice, NOW.date())
            task = admin.execute(
                "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('interaction', 'task', now()) RETURNING id"
            ).fetchone()
            yield Register(cluster, admin, f"task:{task[0]}")
