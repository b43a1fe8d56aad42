"""One class of one human is erased: what the law keeps stays readable to the purpose that keeps it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from seloste.project.main import ProjectHouse

    from .journey import Journey

ONE, CLASS = "ville", "customership"
LOOKERS = (("service", "customer_service"), ("bookkeeping", "bookkeeper"))


def erasure(journey: Journey, house: ProjectHouse) -> None:
    """This will erase a class of a former customer, and show two purposes before and after."""
    one = journey.known.names[ONE]
    before, keys = _looks(journey, one), _data_keys(journey, one)
    rows = _erase(journey, one)
    house.note_erasure(one)
    after = _looks(journey, one)
    journey.show.act("One class is erased", f"seloste erase {ONE} --class {CLASS}")
    journey.show.sights(
        ["Customer service", "after", "Bookkeeping", "after"],
        [each for pair in zip(before, after, strict=True) for each in pair],
        [],
    )
    told = ", ".join(f"{table} {count}" for table, count in rows.items())
    journey.show.say(f"Rows erased: {told}.")
    kept = journey.notice.retention["bookkeeping"]
    journey.show.say(
        f"His hetu was sealed under a data key: the administrator counts {keys} before and"
        f" {_data_keys(journey, one)} after. What bookkeeping reads is kept on {kept.ground}."
    )


def _looks(journey: Journey, one: int) -> list[dict[str, Any]]:
    from seloste.interfaces.cli.looking import sight
    from seloste.register.protection.session import acting

    seen = []
    for purpose, role in LOOKERS:
        with acting(f"{role}.sahkolaitos", purpose, journey.known.reason("task")) as session:
            seen.append(sight(session, one))
    return seen


def _erase(journey: Journey, one: int) -> dict[str, int]:
    from seloste.interfaces.cli.retention import held
    from seloste.register.protection.session import acting
    from seloste.register.retention.operations import erase

    with acting("register_contact.sahkolaitos", "rights", journey.known.reason("request")) as session:
        return erase(one, CLASS, held(session, CLASS), at=datetime.now(UTC))


def _data_keys(journey: Journey, one: int) -> int:
    """How many the administrator finds, who sees every row."""
    dsn = make_conninfo(journey.cluster.admin_dsn(), dbname=journey.cluster.database)
    with psycopg.connect(dsn) as admin:
        row = admin.execute("SELECT count(*) FROM register.data_key WHERE subject_id = %s", [one]).fetchone()
    return int(row[0]) if row else 0
