"""The ledger: what is not sealed yet and could be changed unseen, and whether checkpoints leave the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from seloste.register.ledger.checkpoints import CheckpointsUnreadable, Exported

from .told import AGAIN, GOES_ON, Check, Told, Words, attention, ok, stopped

if TYPE_CHECKING:
    from .told import Site

SEALED_WITHIN = timedelta(minutes=15)
"""A seal every five minutes, and two that were missed."""

SEAL = "seloste ledger seal"
_UNSEALED = """
SELECT count(*), min(e.at) FROM register.event e
WHERE NOT EXISTS (SELECT 1 FROM register.ledger_leaf l WHERE l.event_id = e.id)"""


def _sealed(site: Site) -> Told:
    [(count, oldest)] = site.admin.execute(_UNSEALED).fetchall()
    if not count:
        return ok("Jokainen tapahtuma on sinetöity.", "Every event is sealed.")
    fi = f"{count} tapahtumaa sinetöimättä, vanhin {oldest:%d.%m.%Y %H:%M} UTC: muutos niihin ei näkyisi."
    en = f"{count} events are not sealed yet, the oldest of {oldest:%Y-%m-%d %H:%M} UTC: a change would not show."
    if site.now - oldest > SEALED_WITHIN:
        return attention(fi, en, SEAL, GOES_ON)
    return ok(fi, en)


def _exported(site: Site) -> Told:
    file = Exported(site.cluster.checkpoints)
    signed = site.one("SELECT max(number) FROM register.checkpoint")
    try:
        last = file.last()
    except CheckpointsUnreadable:
        return stopped(
            f"{file.path} ei pääty tarkistuspisteeseen: pidä se todisteena ja selvitä, kuka sitä muutti.",
            f"{file.path} does not end in a checkpoint: keep it as evidence and find out who changed it.",
            f"{SEAL} --checkpoint ANOTHER_FILE",
            GOES_ON,
        )
    if last is None:
        if signed is None:
            return ok("Mitään ei ole vielä sinetöity.", "Nothing was sealed yet.")
        return attention(
            "Yhtään tarkistuspistettä ei ole viety tietokannan ulkopuolelle.",
            "No checkpoint was exported out of the database.",
            SEAL,
            GOES_ON,
        )
    if signed is None or signed < last.number:
        return stopped(
            f"Tietokannasta puuttuu viety tarkistuspiste {last.number}: lokia on lyhennetty tai palautettu.",
            f"The database does not hold checkpoint {last.number}, which was exported: the ledger was cut or restored.",
            "seloste ledger verify",
            AGAIN,
        )
    hours = (site.now - datetime.fromisoformat(last.at)) / timedelta(hours=1)
    fi = f"Viimeksi viety tarkistuspiste {last.number}, {last.size} tapahtumaa, {hours:.0f} h sitten."
    en = f"Last exported is checkpoint {last.number} of {last.size} events, {hours:.0f} h ago."
    return attention(fi, en, SEAL, GOES_ON) if signed > last.number else ok(fi, en)


CHECKS = (
    Check("ledger", Words("Tapahtumaloki", "Ledger"), _sealed, is_slow=True),
    Check("checkpoints", Words("Tarkistuspisteet", "Checkpoints"), _exported),
)
