"""What a loss would cost: the last backup's age, and erasures that no journal outside the database knows."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from seloste.project import erasures
from seloste.project.backup import last_file

from .told import Check, Told, Words, attention, ok

if TYPE_CHECKING:
    from .told import Site

OLD = timedelta(hours=36)
"""A backup a night, and half a day to see to one that failed."""

BACKUP = "seloste backup DIR"
ANOTHER = Words("Uudelleen ajettuna tekee toisen varmuuskopion.", "Run again it makes another backup.")


def _backup(site: Site) -> Told:
    path = last_file(site.cluster)
    if not path.exists():
        return attention("Varmuuskopiota ei ole otettu.", "No backup was taken yet.", BACKUP, ANOTHER)
    taken = datetime.fromisoformat(json.loads(path.read_text())["taken_at"])
    hours = (site.now - taken) / timedelta(hours=1)
    fi = f"Viimeisin varmuuskopio {taken:%d.%m.%Y %H:%M} UTC, {hours:.0f} h sitten."
    en = f"The last backup was taken {taken:%Y-%m-%d %H:%M} UTC, {hours:.0f} h ago."
    return attention(fi, en, BACKUP, ANOTHER) if site.now - taken > OLD else ok(fi, en)


def _journal(site: Site) -> Told:
    missing = erasures.missing(site.cluster)
    name = erasures.journal(site.cluster).name
    if missing:
        return attention(
            f"{missing} poistoa puuttuu tiedostosta {name}: vanhan varmuuskopion palautus ei toistaisi niitä.",
            f"{missing} erasures are not in {name}: restoring an older backup would not make them again.",
            BACKUP,
            ANOTHER,
        )
    return ok(f"{name} tuntee jokaisen poiston.", f"{name} knows every erasure.")


CHECKS = (
    Check("backup", Words("Varmuuskopio", "Backup"), _backup),
    Check("erasures", Words("Poistojen päiväkirja", "Journal of erasures"), _journal),
)
