"""Five systems' exports come in: one human in the words of each, a row that waits, and what contradicts what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from rich.text import Text

from seloste.interfaces.cli import faces
from seloste.project.people.exports import HELMI, UNREADABLE, write_exports

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seloste.project.main import ProjectHouse
    from seloste.project.people.exports import Export
    from seloste.register.sources.models import SourceBatch
    from seloste.register.sources.origins import Origin
    from seloste.register.sources.port import SourceSystem
    from seloste.register.sources.tasks import Acting

    from .journey import Journey

MENDED = "040 123 4567"
ORDER = ("given_names", "family_name", "street", "postcode", "city")
UNSAID = ("kind", "country", "language")
"""What is the same for all of them."""


@dataclass
class Pulled:
    """An export, and what became of it."""

    export: Export
    batch: SourceBatch
    how: Acting
    refused_at_first: int


def imports(journey: Journey, house: ProjectHouse) -> None:
    """This will write the exports, pull them, mend the row that waits, and show where one human's values come from."""
    now = datetime.now(UTC)
    folder = house.where / "exports"
    folder.mkdir(exist_ok=True)
    exports = write_exports(folder, now.astimezone(ZoneInfo("Europe/Helsinki")).date())
    pulled = [_pull(journey, house, each, now) for each in exports]
    show = journey.show
    show.act(
        "Five systems bring the same people", f"exports in {folder}, read by examples/.../sources/*.yaml"
    )
    table = faces.columns("System", "Feed", "Side", "Applied", "Waiting")
    for each in pulled:
        waiting = Text(str(each.refused_at_first or ""), style="refused")
        table.add_row(each.export.system, each.export.feed, each.how.side, str(each.batch.applied), waiting)
    show.table(table)
    _mend(journey, house, pulled)
    _origins(journey, now)


def _pull(journey: Journey, house: ProjectHouse, export: Export, now: datetime) -> Pulled:
    from seloste.register.protection.session import acting
    from seloste.register.sources.tasks import Acting, pull

    source = cast("SourceSystem", house.source(export.system, {export.feed: export.file}))
    company = source.describe().controller
    session = partial(acting, f"data_engineer.{company}", "upkeep", journey.reason("task"))
    how = Acting(journey.notice.side_of(company), session, now)
    batch = pull(source, export.feed, how)
    return Pulled(export, batch, how, batch.refused)


def _mend(journey: Journey, house: ProjectHouse, pulled: list[Pulled]) -> None:
    """The one row that could not be read is mended; those that waited for it are read again."""
    from seloste.register.sources import queries, tasks

    waiting = [each for each in pulled if each.batch.refused]
    told = []
    for each in waiting:
        rows = tasks.in_session(each.how, partial(queries.refused, each.batch))
        told += [(each, row.number, row.source_key, row.reason, row.field) for row in rows]
        mended = {"Puhelin": MENDED} if rows[0].source_key == UNREADABLE else None
        source = cast("SourceSystem", house.source(each.export.system, {}))
        line = rows[0].number if mended else None
        each.batch = tasks.mend(each.batch, source, each.how, line, mended)
    table = faces.columns("Batch", "Line", "Key", "Why it waits", "Column")
    for each, number, key, reason, field in told:
        table.add_row(str(each.batch.pk), str(number), key, Text(str(reason), style="refused"), field or "")
    journey.show.table(table)
    first, left = waiting[0].batch.pk, sum(each.batch.refused for each in pulled)
    journey.show.say(
        f'Mended (`seloste source replay generis {first} --line {told[0][1]} --set "Puhelin={MENDED}"`), and read again with'
        f" those that waited for it: {left} rows wait now."
    )


def _origins(journey: Journey, now: datetime) -> None:
    """Where customer service sees that each of her values comes from, and how many contradictions are work."""
    from seloste.register.protection.session import acting
    from seloste.register.sources.conflicts import conflicts
    from seloste.register.sources.models import SourceIdentity
    from seloste.register.sources.origins import origins

    with acting("data_engineer.vera", "upkeep", journey.reason("task")):
        known = SourceIdentity.objects.filter(system="generis", source_key=HELMI)
        helmi = known.values_list("subject_id", flat=True)[0]
        found = conflicts(at=now)
    with acting("customer_service.sahkolaitos", "service", journey.reason("task")):
        told = origins(helmi, at=now)
    journey.show.act("One human, and where each value comes from", f"subject {helmi}")
    table = faces.columns("Category", "Held here", "From", "Another says")
    for each in told:
        table.add_row(each.category, _value(each.value), each.system, _others(each))
    journey.show.table(table)
    journey.show.say(
        f"{len(found)} contradictions are work: `seloste source conflicts`, `seloste source resolve`."
    )


def _value(value: Mapping[str, Any]) -> str:
    """A value in the order in which people write it; of what is true or not, what is true."""
    names = sorted(value, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    told = ((name, value[name]) for name in names if name not in UNSAID)
    return ", ".join(name if each is True else str(each) for name, each in told if each) or "no"


def _others(origin: Origin) -> Text:
    return Text(
        "; ".join(f"{each['system']}: {_value(each['value'])}" for each in origin.different), style="refused"
    )
