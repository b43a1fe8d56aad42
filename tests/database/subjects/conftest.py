"""The register under the example's own notice, with its staff, and people that each test makes for itself."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from conftest import EXAMPLES, governed
from seloste.kernel.identifiers import hetu_check
from seloste.notice import read_notice

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
SELLER, GRID = "sahkolaitos", "sahkoverkko"
NUMBERS = itertools.count()


class Register:
    """The register, how to act in it, and what its administrator sees."""

    def __init__(self, cluster, admin):
        self.cluster, self.admin = cluster, admin
        self.task = self.reason("task", "interaction")
        self.request = self.reason("request", "rights_request")

    def reason(self, kind, category):
        sql = "INSERT INTO register.case_file (category, kind, opened_at) VALUES (%s, %s, now()) RETURNING id"
        return f"{kind}:{self.one(sql, category, kind)[0]}"

    def acting(self, purpose, role="customer_service", company="vera"):
        from seloste.register.protection.session import acting

        return acting(f"{role}.{company}", purpose, self.task)

    def rights(self, company=SELLER):
        from seloste.register.protection.session import acting

        return acting(f"register_contact.{company}", "rights", self.request)

    def login(self, name):
        """A connection of the login itself, with nothing of the application's before it."""
        return psycopg.connect(self.cluster.dsn(self.cluster.role(name)), autocommit=True)

    def all(self, sql, *values):
        return self.admin.execute(sql, values).fetchall()

    def one(self, sql, *values):
        return self.admin.execute(sql, values).fetchone()

    def hetu(self):
        """A made-up code that nobody has yet."""
        number = next(NUMBERS)
        digits = f"0101{90 + number // 100}9{number % 100:02}"
        return f"{digits[:6]}-{digits[6:]}{hetu_check(digits)}"

    def person(self, side=SELLER, given="Aino", family="Esimerkki"):
        sql = "INSERT INTO register.subject (side, kind, given_names, family_name) VALUES (%s, 'person', %s, %s) RETURNING id"
        return self.one(sql, side, given, family)[0]

    def organisation(self, side=SELLER, name="Esimerkki Oy"):
        sql = "INSERT INTO register.subject (side, kind, organisation_name) VALUES (%s, 'organisation', %s) RETURNING id"
        return self.one(sql, side, name)[0]

    def agreed(self, subject, controller="vera", side=SELLER, kind="sale", since=None):
        """An agreement that has lasted for a year."""
        since = since or NOW - 365 * DAY
        sql = (
            "INSERT INTO register.agreement (number, subject_id, side, controller, kind) VALUES (%s, %s, %s, %s, %s)"
            " RETURNING id"
        )
        number = f"T{subject}-{controller}-{kind}"
        agreement = self.one(sql, number, subject, side, controller, kind)[0]
        self.admin.execute(
            "INSERT INTO register.agreement_period (agreement_id, subject_id, controller, kind, requested_at, valid_from)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [agreement, subject, controller, kind, since, since],
        )
        return agreement

    def customer(self, controller="vera", side=SELLER, **name):
        subject = self.person(side, **name)
        self.agreed(subject, controller, side)
        return subject

    def contact(self, subject, category, value):
        sql = "INSERT INTO register.contact_point (subject_id, category, value, as_given, valid_from) VALUES (%s, %s, %s, %s, %s)"
        self.admin.execute(sql, [subject, category, value, value, NOW - DAY])

    def last_event(self):
        return self.one(
            "SELECT kind, way, (SELECT array_agg(subject_id ORDER BY 1) FROM register.event_subject s"
            " WHERE s.event_id = e.id) FROM register.event e WHERE way = 'operation' ORDER BY at DESC, id DESC LIMIT 1"
        )


@pytest.fixture(scope="session")
def _made(one_server):
    with governed(one_server, NOTICE, "subj") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def register(_made):
    """One database for all files that a worker runs; whatever ran between them was connected elsewhere."""
    from seloste.project import populate, wiring
    from seloste.register.protection.key_versions import make
    from seloste.register.protection.keys import provided

    wiring.configure(_made)
    dsn = psycopg.conninfo.make_conninfo(_made.admin_dsn(), dbname=_made.database)
    with psycopg.connect(dsn, autocommit=True) as admin:
        if not admin.execute("SELECT 1 FROM register.staff").fetchone():
            make(admin, provided(), read_notice(NOTICE).sides())
            populate.hire(admin, read_notice(NOTICE), NOW.date())
        yield Register(_made, admin)


@pytest.fixture(autouse=True)
def _everybody_is_found(register):
    """Whatever was done: by what stands in their rows everybody is found, whom the register itself added, and by nothing else."""
    from seloste.register.subjects.tasks import compare

    yield
    compared = compare(register.admin)
    added = {key: kinds for key, kinds in compared.missing.items() if "customer" not in kinds}
    assert (added, dict(compared.left)) == ({}, {})
