"""`seloste bench keys`: what a key a subject costs, and how long it takes to rotate keys and to sweep."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from itertools import cycle
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .measuring import ROUNDS, Case, measure, spread
from .register import register
from .sessions import acts

if TYPE_CHECKING:
    from collections.abc import Callable

    from .policy import House
    from .register import Connection, Register
    from .sessions import Act

VALUES = 1_000


def bench_keys(house: House, persons: int, say: Callable[[str], None]) -> dict[str, Any]:
    """This will measure on made-up people, in a database of its own.

    Shape: {"name", "rows": [{"case", "ours", "baseline", "ratio", "unit"}], "figures"}.
    """
    figures: dict[str, Any] = {"persons": persons, "rounds": ROUNDS, "values_sealed": VALUES}
    with house.database() as home, register(home, persons, say) as at, at.administrator() as admin:
        upkeep = next(
            act for act in acts(admin) if act.purpose == "upkeep" and act.username.endswith("sahkolaitos")
        )
        say("measuring: values sealed")
        rows = [measure(sealing())]
        rows += reading(at, upkeep, say)
        say("rotating both keys")
        figures |= _rotated(admin, upkeep)
        say("sweeping")
        figures |= _swept(admin)
    return {"name": "keys", "rows": rows, "figures": figures}


def sealing() -> Case:
    """This will seal values, each under a key of its own, against AES-GCM and nothing else."""
    from seloste.register.protection.keys import new_data_keys
    from seloste.register.protection.sealing import Place, seal

    keys, value = new_data_keys(VALUES), b"010190-999W"
    places = [Place("national_identifier", "ciphertext", n) for n in range(VALUES)]

    def sealed() -> None:
        for key, place in zip(keys, places, strict=True):
            seal(value, key, place)

    def raw() -> None:
        for key, place in zip(keys, places, strict=True):
            AESGCM(key).encrypt(os.urandom(12), value, bytes(place))

    return Case(f"{VALUES} values sealed", sealed, raw, 10)


def reading(at: Register, act: Act, say: Callable[[str], None]) -> list[dict[str, object]]:
    """This will open identity codes in a session, against reading the same rows in it and leaving them shut.

    Shape: rows of the answer.
    """
    from seloste.register.models import NationalIdentifier
    from seloste.register.protection.session import acting
    from seloste.register.subjects.queries import find_by_hetu, hetu_of

    with at.administrator() as admin:
        query = "SELECT subject_id FROM register.national_identifier WHERE side = 'sahkolaitos' ORDER BY id LIMIT 5000"
        found = [key for (key,) in admin.execute(query).fetchall()]
    people = spread(found)

    def opened() -> None:
        hetu_of(next(people))

    def read() -> None:
        NationalIdentifier.objects.filter(subject_id=next(people)).first()

    with acting(act.username, act.purpose, act.reason):
        codes = cycle([hetu_of(key) or "" for key in found[:200]])

        def looked_up() -> None:
            find_by_hetu(next(codes), "sahkolaitos")

        def by_subject() -> None:
            NationalIdentifier.objects.select_related("subject").filter(subject_id=next(people)).first()

        say("measuring: a field read with its key")
        rows = [measure(Case("field read with its key", opened, read, 40))]
        say("measuring: somebody found by a hetu")
        rows.append(measure(Case("somebody found by a hetu", looked_up, by_subject, 40)))
    return rows


def _rotated(admin: Connection, act: Act) -> dict[str, float]:
    """How many rows a second go from one version to the next."""
    from seloste.register.protection.keys import provided
    from seloste.register.protection.rotation import Rotation, rotate_index, rotate_kek
    from seloste.register.protection.session import acting
    from seloste.register.subjects.operations import drop_index, reindex

    by = Rotation(admin, provided(), "sahkolaitos", lambda: acting(act.username, act.purpose, act.reason))
    told = {}
    for name, rotate in (
        ("data_keys_rewrapped_a_second", rotate_kek),
        ("identity_codes_reindexed_a_second", lambda by: rotate_index(by, reindex, drop_index)),
    ):
        began = time.perf_counter()
        changed = rotate(by).changed
        told[name] = round(changed / (time.perf_counter() - began), 1)
    return told


def _swept(admin: Connection) -> dict[str, float]:
    from seloste.register.retention.tasks import sweep

    [(size,)] = admin.execute("SELECT pg_database_size(current_database())").fetchall()
    began = time.perf_counter()
    sweep(admin, datetime.now(UTC))
    return {"sweep_s": round(time.perf_counter() - began, 2), "database_mb": round(size / 1e6, 1)}
