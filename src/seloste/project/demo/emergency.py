"""An emergency: opened on a ground of the notice, told, and reviewed by a second person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg

from seloste.interfaces.cli.faces import finnish
from seloste.interfaces.cli.faces import lookups as lookups_table

from .journey import came

if TYPE_CHECKING:
    from seloste.register.protection.break_glass import Opening

    from .journey import Journey

ONE = "saara"
CLERK, OFFICER, AUDITOR, CONTACT = (
    f"{role}.sahkolaitos" for role in ("customer_service", "duty_officer", "auditor", "register_contact")
)
GROUND, WRONG = "danger_to_life", "curiosity"
COMMAND = f"seloste see {ONE} --purpose emergency --ground"
SHOWN = ("name", "address", "phone", "agreements", "turvakielto")


def emergency(journey: Journey) -> None:
    """This will show what an hour of emergency lets be seen of somebody under turvakielto, and its price."""
    from seloste.register.protection.break_glass import review
    from seloste.register.protection.session import acting

    show, one, task = journey.show, journey.known.names[ONE], journey.known.reason("task")
    call = _call(one, task)
    show.act("An emergency", f"{COMMAND} {GROUND}")
    show.refusals([(f"{COMMAND} {WRONG}", _refused(call))])
    asked = (("service", CLERK, None), ("emergency", OFFICER, GROUND))
    seen = [_sight(one, purpose, staff, call, ground) for purpose, staff, ground in asked]
    show.sights(
        ["Customer service", "Emergency"],
        seen,
        [
            (purpose, staff, f"{call}, on the ground {ground}" if ground else call)
            for purpose, staff, ground in asked
        ],
        only=SHOWN,
    )
    show.say("Her protected address is shut to customer service, and open for this hour.")
    opening = _opening(task)
    sent = "was sent" if opening.told else "is written and waits, as no mail server is configured"
    show.say(f"The alarm {sent}.")
    show.say(
        f"A second person reviews it before {finnish(opening.review_by):%Y-%m-%d %H:%M}, and nobody their own:"
    )
    show.refusals([_own_review(journey, opening)], last=False)
    with acting(AUDITOR, "emergency_review", task) as session:
        review(session, opening.id, "justified", at=datetime.now(UTC))
    show.say(f"{AUDITOR} reviews it: justified. `seloste lookups {ONE}` tells her of all of it:")
    show.table(lookups_table(_lookups(one, journey.known.reason("request"))), last=True)


def _call(one: int, task: str) -> str:
    """She calls, so there is a reason that concerns her."""
    from seloste.register.interactions.operations import open_case
    from seloste.register.protection.session import acting

    with acting(CLERK, "service", task):
        return f"call:{open_case('call', 'interaction', at=datetime.now(UTC), subject_id=one).pk}"


def _refused(call: str) -> str:
    """What is answered to a ground that the notice does not declare."""
    from seloste.register.protection.actors import GroundNotDeclared
    from seloste.register.protection.session import acting

    try:
        with acting(OFFICER, "emergency", call, ground=WRONG):
            return "(opened)"
    except GroundNotDeclared as refused:
        return f"{type(refused).__name__}:  {refused}"


def _sight(one: int, purpose: str, staff: str, reason: str, ground: str | None) -> dict[str, Any]:
    from seloste.interfaces.cli.looking import sight
    from seloste.register.protection.session import acting

    with acting(staff, purpose, reason, ground=ground) as session:
        return sight(session, one)


def _opening(task: str) -> Opening:
    from seloste.register.protection.break_glass import openings
    from seloste.register.protection.session import acting

    with acting(AUDITOR, "emergency_review", task) as session:
        return openings(session, at=datetime.now(UTC))[0]


def _own_review(journey: Journey, opening: Opening) -> tuple[str, str]:
    """Who opened it signs the review too, with the reviewers' own login."""
    sql = f"UPDATE register.break_glass SET reviewed_by = {opening.staff}, finding = 'justified'"
    dsn = journey.cluster.dsn(journey.cluster.role("emergency_review@sahkolaitos"))
    with psycopg.connect(dsn, autocommit=True) as connection:
        return f"{sql};", came(connection, sql)


def _lookups(one: int, request: str) -> list[dict[str, Any]]:
    from seloste.register.protection.session import acting

    with acting(CONTACT, "rights", request) as session:
        return [vars(each) for each in session.lookups(one)]
