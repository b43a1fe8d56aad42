"""An office for the journeys: everybody acts as themselves, through the logins of the example's notice."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from conftest import EXAMPLES, governed
from database.people import administrator
from seloste.notice import read_notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.project.database import Cluster
    from seloste.register.protection.session import acting

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
EMPLOYERS = {"sahkolaitos": "sahkolaitos", "vera": "sahkolaitos", "sahkoverkko": "sahkoverkko"}
"""Companies, and the side of the wall on which they stand."""
KINDS = {"sahkolaitos": "heat", "vera": "sale", "sahkoverkko": "network"}


class Office:
    """Who works here, and whom they know; what is arranged beforehand is the administrator's doing."""

    def __init__(self, cluster: Cluster, admin: Any) -> None:
        self.cluster, self.admin = cluster, admin
        self.standing = {kind: f"{kind}:{self.one(OPEN, *of)[0]}" for kind, of in STANDING.items()}

    def one(self, sql: str, *values: object) -> tuple[Any, ...]:
        return self.admin.execute(sql, values).fetchone()

    def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.admin.execute(sql, values).fetchall()

    def acting(
        self, role: str, purpose: str, reason: str | None = None, company: str = "sahkolaitos"
    ) -> acting:
        """Somebody of a role at a company acts; without a reason of their own for one that concerns nobody."""
        from seloste.register.protection.session import acting

        standing = self.standing["request" if purpose == "rights" else "task"]
        return acting(f"{role}.{company}", purpose, reason or standing)

    def person(self, given: str, family: str, *, company: str = "vera", street: str | None = None) -> int:
        """Somebody with an agreement since last year."""
        side = EMPLOYERS[company]
        [key] = self.one(
            "INSERT INTO register.subject (side, kind, given_names, family_name) VALUES (%s, 'person', %s, %s) RETURNING id",
            side, given, family,
        )  # fmt: skip
        if street:
            self.admin.execute(
                "INSERT INTO register.address (subject_id, kind, street, postcode, city, valid_from)"
                " VALUES (%s, 'home', %s, '33100', 'Tampere', %s)",
                [key, street, NOW - 400 * DAY],
            )
        self.agreement(key, company)
        return key

    def company(self, name: str, *, company: str = "vera") -> int:
        """An organisation with an agreement since last year."""
        [key] = self.one(
            "INSERT INTO register.subject (side, kind, organisation_name) VALUES (%s, 'organisation', %s) RETURNING id",
            EMPLOYERS[company], name,
        )  # fmt: skip
        self.agreement(key, company)
        return key

    def agreement(self, subject: int, company: str) -> int:
        """An agreement of somebody's with a company; at no metering point."""
        kind = KINDS[company]
        [key] = self.one(
            "INSERT INTO register.agreement (number, subject_id, side, controller, kind) VALUES (%s, %s, %s, %s, %s) RETURNING id",
            f"J-{secrets.token_hex(4)}", subject, EMPLOYERS[company], company, kind,
        )  # fmt: skip
        self.admin.execute(
            "INSERT INTO register.agreement_period (agreement_id, subject_id, controller, kind, requested_at, valid_from)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [key, subject, company, kind, NOW - 400 * DAY, NOW - 390 * DAY],
        )
        return key

    def everything_logged(self) -> str:
        """Every event that there is, as text."""
        return "\n".join(told for (told,) in self.all("SELECT row_to_json(e)::text FROM register.event e"))


OPEN = "INSERT INTO register.case_file (category, kind, opened_at) VALUES (%s, %s, now()) RETURNING id"
STANDING = {"task": ("interaction", "task"), "request": ("rights_request", "request")}
"""Reasons that concern nobody: kind to category and kind."""


@pytest.fixture(scope="package")
def made(one_server) -> Iterator[Cluster]:
    """The register, made once for all journeys of a worker."""
    from seloste.project import populate, wiring
    from seloste.register.protection.key_versions import make
    from seloste.register.protection.keys import provided

    with governed(one_server, NOTICE, "journey") as cluster, administrator(cluster) as admin:
        wiring.configure(cluster)
        notice = read_notice(NOTICE)
        make(admin, provided(), notice.sides())
        populate.hire(admin, notice, NOW.date())
        yield cluster


@pytest.fixture(scope="module")
def office(made) -> Iterator[Office]:
    """The office of a journey; whatever other tests acted on before, it acts on this register."""
    from seloste.project import wiring

    wiring.configure(made)
    with administrator(made) as admin:
        yield Office(made, admin)
