"""`seloste bench policy`: what row security, kept answers, purpose sessions and a switch cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from . import sessions, statements
from .measuring import ROUNDS, measure
from .register import register
from .switch import switched

if TYPE_CHECKING:
    from collections.abc import Callable


class House(Protocol):
    """What a measurement needs of the program: its server."""

    def database(self) -> Any:
        """The server, running for the length of a block."""


def bench_policy(house: House, persons: int, say: Callable[[str], None]) -> dict[str, Any]:
    """This will measure on made-up people, in a database of its own.

    Shape: {"name", "rows": [{"case", "ours", "baseline", "ratio", "unit"}], "figures"}.
    """
    figures: dict[str, Any] = {"persons": persons, "rounds": ROUNDS}
    rows = []
    with house.database() as home, register(home, persons, say) as at:
        with statements.sides(at) as on:
            figures["server"] = on.plain.info.server_version
            for case in statements.cases(on):
                say(f"measuring: {case.name}")
                rows.append(measure(case))
            figures["baseline_sql"], figures["baseline_plans"] = on.asked, statements.plans(on)
        with at.administrator() as admin:
            acts = sessions.acts(admin)
        clerk = next(act for act in acts if act.purpose == "service" and act.reason.startswith("task"))
        rows += sessions.measured(at, clerk, say)
        say("measuring: sessions of one purpose, then of every purpose in turn")
        once = sessions.request(acts)
        figures["logins_acted"] = len(acts)
        figures |= sessions.spent("acting_one_purpose", sessions.request([clerk]))
        figures |= sessions.spent("acting", once)
        say(f"counting connections under {sessions.USERS} users")
        figures |= sessions.connections_under(at, once)
        say("switching to a notice with three purposes more")
        figures["switch"] = switched(at, say)
    return {"name": "policy", "rows": rows, "figures": figures}
