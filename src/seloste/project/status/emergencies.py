"""Emergencies: openings that nobody has reviewed in time, and alarms that nobody was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .told import AGAIN, GOES_ON, Check, Told, Words, attention, ok

if TYPE_CHECKING:
    from .told import Site


def _reviews(site: Site) -> Told:
    [(overdue, oldest)] = site.admin.execute(
        "SELECT count(*), min(review_by) FROM register.break_glass WHERE reviewed_at IS NULL AND review_by <= %s",
        [site.now],
    ).fetchall()
    if overdue:
        return attention(
            f"{overdue} hätätilanteen tarkastus on myöhässä, vanhin ajasta {oldest:%d.%m.%Y %H:%M} UTC.",
            f"{overdue} reviews of emergencies are overdue, the oldest since {oldest:%Y-%m-%d %H:%M} UTC.",
            "seloste break-glass list --overdue --as STAFF --reason KIND:KEY",
            AGAIN,
        )
    return ok("Hätätilanteet on tarkastettu ajallaan.", "Emergencies are reviewed in time.")


def _alarms(site: Site) -> Told:
    [(waiting, oldest)] = site.admin.execute(
        "SELECT count(*), min(b.opened_at) FROM register.break_glass b"
        " WHERE NOT EXISTS (SELECT 1 FROM register.alarm a WHERE a.opening_id = b.id AND a.sent)"
    ).fetchall()
    if waiting:
        return attention(
            f"{waiting} hälytystä on lähettämättä, vanhin {oldest:%d.%m.%Y %H:%M} UTC.",
            f"{waiting} alarms are not sent, the oldest of {oldest:%Y-%m-%d %H:%M} UTC.",
            "seloste break-glass alarm",
            GOES_ON,
        )
    return ok("Jokainen hälytys on lähetetty.", "Every alarm was sent.")


CHECKS = (
    Check("reviews", Words("Tarkastukset", "Reviews"), _reviews),
    Check("alarms", Words("Hälytykset", "Alarms"), _alarms),
)
