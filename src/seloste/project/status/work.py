"""Work: tasks whose day is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.kernel.periods import FINLAND

from .told import AGAIN, Check, Told, Words, attention, ok

if TYPE_CHECKING:
    from .told import Site


def _tasks(site: Site) -> Told:
    today = site.now.astimezone(FINLAND).date()
    [(late, oldest, promises)] = site.admin.execute(
        "SELECT count(*), min(due_date), count(*) FILTER (WHERE kind IN ('promise', 'complaint'))"
        " FROM register.task WHERE done_at IS NULL AND due_date < %s",
        [today],
    ).fetchall()
    if late:
        return attention(
            f"{late} tehtävää on myöhässä, vanhin päivältä {oldest:%d.%m.%Y}; niistä {promises} on asiakkaalle luvattu.",
            f"{late} tasks are late, the oldest of {oldest:%Y-%m-%d}; {promises} of them are owed to a customer.",
            "seloste task list --late --team ROLE --as STAFF --reason KIND:KEY",
            AGAIN,
        )
    return ok("Tehtävät on tehty ajallaan.", "Tasks are done in time.")


CHECKS = (Check("tasks", Words("Tehtävät", "Tasks"), _tasks),)
