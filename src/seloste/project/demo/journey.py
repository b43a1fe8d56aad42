"""What is shown about one human: under four purposes, across the wall, to marketing, and in raw SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg

from . import faces

if TYPE_CHECKING:
    from seloste.notice import Notice
    from seloste.project.database import Cluster
    from seloste.project.made_up import MadeUp

ONE = "aino"
PURPOSES = (
    ("service", "customer_service", "call"),
    ("direct_marketing", "marketer", "campaign"),
    ("bookkeeping", "bookkeeper", "task"),
    ("misuse_investigation", "investigator", "case"),
)
"""Who looks at one human: a purpose, a role, and the kind of reason."""


class Journey:
    """What is shown about one human."""

    def __init__(self, show: faces.Stage, cluster: Cluster, notice: Notice, made: MadeUp) -> None:
        """`made`: the people, with names and reasons to try."""
        self.show, self.cluster, self.notice, self.known = show, cluster, notice, made
        self.one, self.twin = made.names[ONE], made.names[f"{ONE}@network"]

    def one_human(self) -> None:
        """Four purposes ask for the same human."""
        from seloste.interfaces.cli.looking import sight
        from seloste.register.protection.session import acting

        seen, asked = [], []
        for purpose, role, kind in PURPOSES:
            staff, reason = f"{role}.sahkolaitos", self.reason(kind)
            with acting(staff, purpose, reason) as session:
                seen.append(sight(session, self.one))
            asked.append((purpose, staff, reason))
        self.show.act("One human, four purposes", f"subject {self.one}, to try as {ONE}")
        self.show.sights([faces.english(self.notice.purposes[p].name) for p, _, _ in PURPOSES], seen, asked)

    def across_the_wall(self) -> None:
        """The network company knows the same human as somebody else."""
        from seloste.interfaces.cli.looking import sight
        from seloste.register.protection.session import acting

        staff, reason = "customer_service.sahkoverkko", self.known.reason("call", f"{ONE}@network")
        with acting(staff, "service", reason) as session:
            seen = sight(session, self.twin)
        with acting("customer_service.sahkolaitos", "service", self.known.reason("task")) as session:
            beyond, nobody = sight(session, self.twin), sight(session, 10**9)
        alike = beyond | {"subject": 0} == nobody | {"subject": 0}
        self.show.act("The same human across the wall", f"subject {self.twin}, to try as {ONE}@network")
        self.show.twin(seen, (staff, reason), alike=alike)

    def a_ban(self) -> None:
        """She bans marketing by e-mail, and the audience is one smaller at once."""
        from seloste.register.lawfulness.operations import set_ban
        from seloste.register.protection.session import acting

        before = self._audience()
        with acting("customer_service.sahkolaitos", "service", self.reason("call")):
            set_ban(self.one, "email", at=datetime.now(UTC))
        self.show.act("A ban, and the audience shrinks", f"seloste ban set {ONE} --channel email")
        self.show.audience(before, self._audience())

    def _audience(self) -> dict[str, int]:
        from seloste.register.protection.session import acting
        from seloste.register.subjects.models import Address, ContactPoint

        with acting("marketer.sahkolaitos", "direct_marketing", self.reason("campaign")) as session:
            sets = {
                "letter": Address.objects.exclude(kind="point"),
                **{name: ContactPoint.objects.filter(category=name) for name in ("phone", "email")},
            }
            return {
                name: session.count_audience(rows.order_by().values("subject_id").distinct())
                for name, rows in sets.items()
            }

    def raw_sql(self) -> None:
        """What somebody gets who holds the marketing login and writes SQL."""
        role = self.cluster.role("direct_marketing@sahkolaitos")
        other = self.cluster.role("misuse_investigation@sahkolaitos")
        attempts = (
            "SELECT amount_cents FROM register.receivable",
            f"SELECT value FROM register.contact_point WHERE subject_id = {self.one} AND category = 'email'",
            f"SELECT family_name FROM register.subject WHERE id = {self.twin}",
            f'SET ROLE "{other}"',
            "ALTER TABLE register.subject DISABLE ROW LEVEL SECURITY",
        )
        self.show.act("Past the purpose, in raw SQL", f"as {role}")
        with psycopg.connect(self.cluster.dsn(role), autocommit=True) as connection:
            self.show.refusals([(f"{sql};", came(connection, sql)) for sql in attempts])

    def who_looked(self) -> None:
        """All of it is on record, as she may see it herself."""
        from seloste.register.protection.session import acting

        with acting("register_contact.sahkolaitos", "rights", self.known.reason("request")) as session:
            found = [vars(each) for each in session.lookups(self.one)]
        self.show.act("Who looked", f"seloste lookups {ONE}")
        self.show.lookups(found)

    def reason(self, kind: str) -> str:
        """An open reason of a kind that allows to look at her."""
        return self.known.reason(kind, ONE if kind in {"call", "case"} else "")


def came(connection: psycopg.Connection[Any], sql: str) -> str:
    """This will tell what PostgreSQL answered, as it came."""
    try:
        rows = connection.execute(sql.encode()).fetchall()
    except psycopg.Error as error:
        return f"{error.diag.severity}:  {error.diag.message_primary}"
    return f"({len(rows)} rows)"
