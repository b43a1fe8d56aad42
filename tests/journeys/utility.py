"""A utility under the notice of 2026, its clerks, and a few people who were customers before."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from database.people import administrator
from seloste.kernel.periods import finnish_day, finnish_midnight

NOW = datetime.now(UTC)
TODAY = finnish_day(NOW)
NUMBERS = iter(range(1, 10_000))
"""Numbers that nobody has yet, in any journey of this process: they share a register."""
COMPANY = {"sale": "vera", "network": "sahkoverkko", "heat": "sahkolaitos", "cooling": "sahkolaitos"}
SIDES = {"vera": "sahkolaitos", "sahkolaitos": "sahkolaitos", "sahkoverkko": "sahkoverkko"}


def day(days: int) -> datetime:
    """The Finnish midnight so many days from today."""
    return finnish_midnight(TODAY + timedelta(days=days))


class Utility:
    """The register of the companies, seen by whoever acts, and by the administrator who sees all."""

    def __init__(self, cluster, admin):
        self.cluster, self.admin = cluster, admin
        self.call = self._case("call")
        self.task = self._case("task")

    def _case(self, kind):
        row = self.admin.execute(
            "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('interaction', %s, now() - interval '1 hour') RETURNING id",
            [kind],
        ).fetchone()
        return f"{kind}:{row[0]}"

    def call_about(self, subject):
        """The reason of a call that concerns somebody."""
        key = self.one(
            "INSERT INTO register.case_file (subject_id, category, kind, opened_at) VALUES (%s, 'interaction', 'call', now())"
            " RETURNING id",
            subject,
        )
        return f"call:{key}"

    def acting(self, purpose="agreements", company="vera", role="customer_service", reason=None):
        from seloste.register.protection.session import acting

        return acting(f"{role}.{company}", purpose, reason or self.call, controller=company)

    @contextmanager
    def clerk(self, company="vera"):
        with self.acting(company=company) as session:
            yield session

    def all(self, sql, *values):
        return self.admin.execute(sql, values).fetchall()

    def one(self, sql, *values):
        row = self.admin.execute(sql, values).fetchone()
        return row[0] if row and len(row) == 1 else row

    def customer(self, given, family, *, companies=("vera",), language="fi", side=None):
        """A person who had an agreement of another kind with the companies until last year."""
        side = side or SIDES[companies[0]]
        key = self.one(
            "INSERT INTO register.subject (side, kind, given_names, family_name, language)"
            " VALUES (%s, 'person', %s, %s, %s) RETURNING id",
            side, given, family, language,
        )  # fmt: skip
        for company in companies:
            self.was_customer(key, company, side)
        return key

    def was_customer(self, key, company, side, ended=300):
        agreement = self.one(
            "INSERT INTO register.agreement (number, subject_id, side, controller, kind) VALUES (%s, %s, %s, %s, 'service') RETURNING id",
            f"OLD-{next(NUMBERS)}", key, side, company,
        )  # fmt: skip
        self.admin.execute(
            "INSERT INTO register.agreement_period (agreement_id, subject_id, controller, kind, requested_at, valid_from, valid_until, end_reason)"
            " VALUES (%s, %s, %s, 'service', %s, %s, %s, 'notice')",
            [agreement, key, company, day(-900), day(-890), day(-ended)],
        )

    def gsrn(self):
        """A GSRN that nobody has, with its check digit."""
        from stdnum import ean

        body = f"64300{next(NUMBERS):012}"
        return body + ean.calc_check_digit(body)

    def offers(self, code, kind="sale", months=None, company=None):
        from seloste.register.agreements.operations import Offer, offer_product

        company = company or COMPANY[kind]
        with self.clerk(company):
            offer_product(
                Offer(company, kind, code, (f"Tuote {code}", f"Produkt {code}", f"Product {code}"), months),
                valid_from=day(-1000),
            )
        return code

    def terms(self, key, kind="sale", number=None, **more):
        """Terms at a point, which is added where it is not there yet; inside a session."""
        from seloste.register.agreements.operations import Terms, supply_point
        from seloste.register.subjects.queries import require_subject

        point = supply_point(require_subject(key).side, kind, number or self.gsrn())
        return Terms(None, COMPANY[kind], kind, point, **more)

    def moves_in(self, key, where, *, since, parties=(), number=None, at=None, **more):
        """A sale agreement at an address."""
        from seloste.register.agreements.operations import move_in

        with self.clerk():
            [opened] = move_in(
                key,
                [self.terms(key, number=number, **more)],
                requested_at=at or NOW,
                valid_from=since,
                where=where,
                parties=parties,
            )
        return opened

    def letters(self, agreement, company="vera"):
        """What was confirmed of an agreement: about what, to whom and in which words."""
        from seloste.register.agreements.operations import confirmations, open_confirmation

        with self.clerk(company):
            opened = [open_confirmation(each.pk) for each in confirmations(agreement)]
        return [(each.about, each.subject_id, " ".join(each.text.split())) for each in opened]

    def supplied(self, subject):
        """At which points somebody is supplied, and since when and until when; what never was is left out."""
        return self.all(
            "SELECT metering_point_id, valid_from, valid_until FROM register.address WHERE subject_id = %s AND kind = 'point'"
            " AND valid_until IS DISTINCT FROM valid_from ORDER BY valid_from, id",
            subject,
        )

    def noted(self, kind):
        """Whom the last event of a kind is about."""
        return self.one(
            "SELECT array_agg(subject_id ORDER BY subject_id) FROM register.event_subject WHERE event_id ="
            " (SELECT id FROM register.event WHERE kind = %s ORDER BY at DESC, id DESC LIMIT 1)",
            kind,
        )

    def holders(self, point):
        """Who holds a point, as it is known now: subject, first day and day after the last."""
        rows = self.all(
            "SELECT subject_id, valid_from, valid_until FROM register.agreement_period WHERE metering_point_id = %s"
            " AND superseded_at IS NULL AND valid_until IS DISTINCT FROM valid_from ORDER BY valid_from",
            point,
        )
        return [(subject, since, until) for subject, since, until in rows if until is None or until > since]


@pytest.fixture(scope="module")
def utility(made):
    """The companies of a journey; whatever other tests acted on before, they act on this register."""
    from seloste.project import wiring

    wiring.configure(made)
    with administrator(made) as admin:
        yield Utility(made, admin)
