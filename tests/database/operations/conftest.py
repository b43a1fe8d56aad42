"""A register under a notice that lets one purpose do everything, with a few people in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from conftest import governed
from seloste.notice import read_notice

NOTICE = Path(__file__).with_name("notice.yaml")
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class Register:
    """The register, how to act in it and what the administrator sees of it."""

    def __init__(self, cluster, admin, reason):
        self.cluster, self.admin, self.reason = cluster, admin, reason
        self.notice = read_notice(NOTICE)
        self._numbers = iter(range(1, 10_000))

    def acting(self, purpose, role="contact", company="seller"):
        from seloste.register.protection.session import acting

        return acting(f"{role}.{company}", purpose, self.reason)

    def rights(self, company="seller"):
        return self.acting("rights", company=company)

    def all(self, sql, *values):
        return self.admin.execute(sql, values).fetchall()

    def one(self, sql, *values):
        return self.admin.execute(sql, values).fetchone()

    def person(self, side="seller", given="Aino", family="Esimerkki"):
        return self.one(
            "INSERT INTO register.subject (side, kind, given_names, family_name)"
            " VALUES (%s, 'person', %s, %s) RETURNING id",
            side,
            given,
            family,
        )[0]

    def organisation(self, side="seller"):
        return self.one(
            "INSERT INTO register.subject (side, kind, organisation_name) VALUES (%s, 'organisation', 'Oy') RETURNING id",
            side,
        )[0]

    def point(self, side="seller", kind="sale"):
        return self.one(
            "INSERT INTO register.metering_point (side, gsrn, kind) VALUES (%s, %s, %s) RETURNING id",
            side,
            f"643{next(self._numbers):015}",
            kind,
        )[0]

    def terms(self, point=None, controller="seller", kind="sale"):
        from seloste.register.agreements.operations import Terms

        return Terms(f"A{next(self._numbers)}", controller, kind, point)

    def last_event(self):
        return self.one(
            "SELECT kind, way, (SELECT array_agg(subject_id ORDER BY 1) FROM register.event_subject s"
            " WHERE s.event_id = e.id) FROM register.event e WHERE way = 'operation' ORDER BY at DESC, id DESC LIMIT 1"
        )


def open_task(admin):
    task = admin.execute(
        "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('interaction', 'task', now()) RETURNING id"
    ).fetchone()
    return f"task:{task[0]}"


@pytest.fixture(scope="module")
def register(one_server):
    from seloste.project import populate, wiring
    from seloste.register.protection.key_versions import make
    from seloste.register.protection.keys import provided

    with governed(one_server, NOTICE, "ops") as cluster:
        wiring.configure(cluster)
        dsn = psycopg.conninfo.make_conninfo(cluster.admin_dsn(), dbname=cluster.database)
        with psycopg.connect(dsn, autocommit=True) as admin:
            make(admin, provided(), read_notice(NOTICE).sides())
            populate.hire(admin, read_notice(NOTICE), NOW.date())
            yield Register(cluster, admin, open_task(admin))
