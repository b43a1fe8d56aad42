"""The demo: a notice that a person can read, and a database that obeys it, on made-up people.

Nothing is staged: what is shown is what the commands, the purpose sessions and PostgreSQL answer.
"""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg

from seloste.interfaces.cli.desk import bar
from seloste.interfaces.cli.notices import findings
from seloste.notice import read_notice
from seloste.policy.apply import apply
from seloste.policy.bootstrap import bootstrap
from seloste.policy.verify import verify
from seloste.project import erasures
from seloste.project.made_up import MadeUp, clear
from seloste.project.status import status
from seloste.project.status.told import OK

from . import faces
from .emergency import emergency
from .erasure import erasure
from .imports import imports
from .journey import Journey
from .sealed import sealed

if TYPE_CHECKING:
    from rich.console import Console

    from seloste.notice import Notice
    from seloste.project.database import Cluster
    from seloste.project.main import ProjectHouse

EXAMPLES = Path(__file__).parents[4] / "examples" / "tampereen-sahkolaitos"


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
            emergency(journey)
            erasure(journey, house)
            imports(journey, house)
        sealed(show, house)
        checked = verify(cluster)
        wants = [told.why.en for _, told in status(cluster, house.where, slow=False) if told.state != OK]
    show.summary(
        journey.known,
        _staff(notice),
        wants,
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
        _put_aside(house.kept("checkpoints") / f"{cluster.database}.txt", erasures.journal(cluster))
        bootstrap(cluster)
        house.migrate(cluster)
    began = time.monotonic()
    with show.waiting("Compiling the notice into PostgreSQL"):
        done = apply(cluster, notice)
    show.compiled(notice, _enforced(cluster), done.new_keys, time.monotonic() - began)
    return notice


def _put_aside(*files: Path) -> None:
    """What an earlier register of this name left outside the database would be held against this one."""
    for file in files:
        if file.exists():
            file.replace(file.with_name(f"{file.name}.earlier"))


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
            ("duty_officer", "sahkolaitos"),
            ("auditor", "sahkolaitos"),
            ("customer_service", "sahkoverkko"),
        )
    }
