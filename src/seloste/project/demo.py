"""The demo: a notice that a person can read, and a database that obeys it, on made-up people.

Nothing is staged: what is shown is what the commands, the purpose sessions and PostgreSQL answer.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg

from seloste.interfaces.cli.desk import bar
from seloste.interfaces.cli.notices import findings
from seloste.notice import read_notice
from seloste.policy.apply import apply
from seloste.policy.bootstrap import bootstrap
from seloste.policy.verify import verify

from . import demo_faces as faces
from .made_up import MadeUp, clear

if TYPE_CHECKING:
    from rich.console import Console

    from seloste.notice import Notice

    from .database import Cluster
    from .main import ProjectHouse

EXAMPLES = Path(__file__).parents[3] / "examples" / "tampereen-sahkolaitos"
ONE = "aino"
PURPOSES = (
    ("service", "customer_service", "call"),
    ("direct_marketing", "marketer", "campaign"),
    ("bookkeeping", "bookkeeper", "task"),
    ("misuse_investigation", "investigator", "case"),
)
"""Who looks at one human: a purpose, a role, and the kind of reason."""
CHANNELS = ("letter", "phone", "email")


def demo(house: ProjectHouse, console: Console, persons: int) -> None:
    """This will show everything on made-up people, in this home's own database, made anew.

    Raises: NoDatabase, NotDone when the database holds people whom we did not make up.
    """
    began = time.monotonic()
    show = faces.Stage(console)
    show.title()
    _published(show)
    with house.database() as cluster:
        notice = _mended(show, house, cluster)
        with house.register():
            journey = Journey(show, cluster, notice, _people(show, house, persons))
            journey.one_human()
            journey.across_the_wall()
            journey.a_ban()
            journey.raw_sql()
            journey.who_looked()
        checked = verify(cluster)
    show.summary(
        journey.known,
        _staff(notice),
        facts=checked.facts,
        drift=len(checked.drift),
        seconds=time.monotonic() - began,
    )


def _published(show: faces.Stage) -> None:
    notice = read_notice(EXAMPLES / "2018.yaml")
    told = findings(notice, datetime.now(ZoneInfo("Europe/Helsinki")).date(), "en")
    show.act("A notice as it was published", "examples/tampereen-sahkolaitos/2018.yaml")
    show.findings(told)


def _mended(show: faces.Stage, house: ProjectHouse, cluster: Cluster) -> Notice:
    notice = read_notice(EXAMPLES / "2026.yaml")
    show.act("The same register, mended and compiled", "examples/tampereen-sahkolaitos/2026.yaml")
    with show.waiting("Making the database, its roles and its tables"):
        clear(cluster)
        bootstrap(cluster)
        house.migrate(cluster)
    began = time.monotonic()
    with show.waiting("Compiling the notice into PostgreSQL"):
        done = apply(cluster, notice)
    show.compiled(notice, _enforced(cluster), done.new_keys, time.monotonic() - began)
    return notice


def _enforced(cluster: Cluster) -> dict[str, int]:
    with psycopg.connect(cluster.dsn(cluster.role("owner"))) as owner:
        policies = owner.execute(
            "SELECT count(*) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
            " WHERE c.relnamespace = 'register'::regnamespace"
        ).fetchone()
        logins = owner.execute(
            "SELECT count(*) FROM pg_roles WHERE rolcanlogin AND starts_with(rolname, %s) AND rolname LIKE '%%@%%'",
            [f"{cluster.database}."],
        ).fetchone()
    return {"logins": logins[0] if logins else 0, "policies": policies[0] if policies else 0}


def _people(show: faces.Stage, house: ProjectHouse, persons: int) -> MadeUp:
    show.act(f"{faces.spaced(persons)} people who belong to nobody", "loaded under the purpose upkeep")
    began = time.monotonic()
    with bar(show.console, "    Making people") as progress:
        made = house.populate(persons, 1, progress)
    show.people(made["rows"], time.monotonic() - began)
    return MadeUp(persons, made["seed"], made["names"], made["reasons"])


def _staff(notice: Notice) -> dict[str, str]:
    """Staff to try: user name to what they are and the purposes they act for."""
    return {
        f"{role}.{company}": ", ".join(
            name
            for name, purpose in notice.purposes.items()
            if role in purpose.roles and company in purpose.controllers
        )
        for role, company in (
            ("customer_service", "sahkolaitos"),
            ("marketer", "vera"),
            ("bookkeeper", "sahkolaitos"),
            ("investigator", "sahkolaitos"),
            ("register_contact", "sahkolaitos"),
            ("customer_service", "sahkoverkko"),
        )
    }


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
            self.show.refusals([(sql, _came(connection, sql)) for sql in attempts])

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


def _came(connection: psycopg.Connection[Any], sql: str) -> str:
    """What PostgreSQL answered, as it came."""
    try:
        rows = connection.execute(sql.encode()).fetchall()
    except psycopg.Error as error:
        return f"{error.diag.severity}:  {error.diag.message_primary}"
    return f"({len(rows)} rows)"
