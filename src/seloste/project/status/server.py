"""The server and the files beside it: does it answer, is there room, who can read the secrets."""

from __future__ import annotations

import json
import shutil
import stat
from typing import TYPE_CHECKING

from seloste.policy.bootstrap import logins, password_is
from seloste.project.backup import key_file
from seloste.project.restore import UNFINISHED, is_half

from .told import AGAIN, ANEW, Check, Told, Words, attention, ok, stopped

if TYPE_CHECKING:
    from pathlib import Path

    from .told import Site

GIGABYTE = 1_000_000_000
LITTLE, NONE = 5, 0.5
"""Gigabytes left, from where the disk needs attention and where the server is about to stop."""

BUSY = 0.8
"""The share of connections in use from where somebody should look."""


def _database(site: Site) -> Told:
    version = site.one("SHOW server_version").partition(" ")[0]
    most = int(site.one("SHOW max_connections"))
    used = site.one("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
    waiting = site.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    fi = f"PostgreSQL {version}; {used} yhteyttä {most}:sta, {waiting} odottaa lukkoa."
    en = f"PostgreSQL {version}; {used} of {most} connections, {waiting} wait for a lock."
    return attention(fi, en) if used > BUSY * most else ok(fi, en)


def _disk(site: Site) -> Told:
    left = shutil.disk_usage(site.home).free / GIGABYTE
    size = site.one("SELECT pg_database_size(current_database())") / GIGABYTE
    where = "" if site.cluster.is_embedded else " (kansio; palvelimen levy on palvelimen)"
    fi = f"Tilaa {left:.1f} Gt{where}; tietokanta {size:.2f} Gt.".replace(".", ",", 2)
    where = "" if site.cluster.is_embedded else " (the folder's; the server's disk is the server's)"
    en = f"{left:.1f} GB left{where}; the database has {size:.2f} GB."
    if left < NONE:
        return stopped(fi, en)
    return attention(fi, en) if left < LITTLE else ok(fi, en)


def _restored(site: Site) -> Told:
    if (site.home / UNFINISHED).exists() or is_half(site.cluster):
        return stopped(
            "Palautus alkoi eikä päättynyt; mitään ei pidä käyttää.",
            "A restore was begun and did not end; nothing of it is to be used.",
            "seloste restore FROM",
            Words("Uudelleen ajettuna alkaa alusta.", "Run again it begins anew."),
        )
    return ok("Ei keskeneräistä palautusta.", "No restore is unfinished.")


def _is_open(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _passwords(site: Site) -> Told:
    path = site.cluster.passwords.path
    if not path.exists():
        return stopped(
            f"Kirjautumistiedostoa {path.name} ei ole.",
            f"There is no login file {path.name}.",
            "seloste policy bootstrap",
            AGAIN,
        )
    if _is_open(path):
        return stopped(
            f"Muutkin kuin omistaja voivat lukea tiedostoa {path.name}: pidä salasanoja tunnettuina.",
            f"Others than its owner can read {path.name}: consider the passwords known.",
            f"chmod 600 {path} && seloste policy rotate-passwords",
            ANEW,
        )
    if any(not isinstance(each, str) for each in json.loads(path.read_text()).values()):
        return attention(
            "Salasanojen vaihto jäi kesken; vanhat ja uudet kelpaavat.",
            "A change of passwords did not end; sessions find the one that holds.",
            "seloste policy rotate-passwords",
            ANEW,
        )
    roles = logins(site.cluster)
    wrong = [
        role
        for role in roles
        if role not in site.cluster.passwords.roles()
        or not password_is(site.admin, role, site.cluster.password(role))
    ]
    if wrong:
        return stopped(
            f"{len(wrong)} kirjautumista {len(roles)}:sta ei tunne salasanaansa.",
            f"{len(wrong)} of {len(roles)} logins have another password than the file.",
            "seloste policy rotate-passwords",
            ANEW,
        )
    return ok(f"{path.name}: {len(roles)} kirjautumista.", f"{path.name}: {len(roles)} logins.")


def _keys(site: Site) -> Told:
    path = key_file(site.cluster)
    if path.exists():
        if _is_open(path):
            return stopped(
                f"Muutkin kuin omistaja voivat lukea tiedostoa {path.name}: pidä avaimia tunnettuina.",
                f"Others than its owner can read {path.name}: consider the keys known.",
                f"chmod 600 {path}",
                AGAIN,
            )
        return ok(f"{path.name} on vain omistajansa luettavissa.", f"{path.name} is its owner's alone.")
    sealed = site.one("SELECT count(*) FROM register.data_key")
    if sealed:
        return stopped(
            f"Avaintiedostoa {path.name} ei ole, ja {sealed} tietoavainta odottaa sitä.",
            f"There is no key file {path.name}, and {sealed} data keys wait for it.",
            "seloste restore FROM --keys FILE",
            AGAIN,
        )
    return ok(
        "Avaimia ei ole vielä: `seloste keys make` tekee ne.",
        "There are no keys yet: `seloste keys make` makes them.",
    )


CHECKS = (
    Check("database", Words("Tietokanta", "Database"), _database),
    Check("disk", Words("Levy", "Disk"), _disk),
    Check("restore", Words("Palautus", "Restore"), _restored),
    Check("passwords", Words("Kirjautumistiedosto", "Login file"), _passwords),
    Check("keys", Words("Avaimet", "Keys"), _keys),
)
