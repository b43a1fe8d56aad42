"""`seloste bench ledger`: what an event costs to write, to seal, to verify and to prove."""

from __future__ import annotations

import secrets
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .measuring import ROUNDS, Case, measure
from .register import register

if TYPE_CHECKING:
    from collections.abc import Callable

    from .policy import House
    from .register import Connection, Register

WRITERS, EACH = 8, 25
"""Writers at once, and what each of them appends in a round."""

FEW = 40
"""People: the events are what is counted here."""

PLAIN = """
WITH event AS (
  INSERT INTO plain.event (id, at, kind, actor, role, login, channel, reason, categories, way, count, notice_hash, break_glass,
    retention_class, salt)
  VALUES (%(id)s, statement_timestamp(), %(kind)s, %(actor)s, %(role)s, %(login)s, %(channel)s, %(reason)s,
    %(categories)s::text[], %(way)s, %(count)s, %(notice_hash)s, %(break_glass)s, %(retention_class)s, %(salt)s))
INSERT INTO plain.event_subject (subject_id, event_id) SELECT subject_id, %(id)s FROM unnest(%(subjects)s::bigint[]) subject_id"""
"""The same row, in the same statement."""

MANY = """
WITH made AS (
  INSERT INTO register.event (id, at, kind, actor, role, login, channel, reason, categories, way, count, notice_hash, retention_class)
  SELECT gen_random_uuid(), now() - n * interval '1 second', 'subjects.read', (n %% 50)::text, 'customer_service', 'service@sahkolaitos', 'phone',
    'call:' || n, '{name,phone,address}', 'opened', 1, repeat('a', 64), 'lookup_log' FROM generate_series(1, %s) n
  RETURNING id)
INSERT INTO register.event_subject (event_id, subject_id) SELECT id, (random() * 1000000)::bigint FROM made"""


def bench_ledger(house: House, persons: int, say: Callable[[str], None]) -> dict[str, Any]:
    """This will measure on as many events as people were asked for, in a database of its own.

    Shape: {"name", "rows": [{"case", "ours", "baseline", "ratio", "unit"}], "figures"}.
    """
    figures: dict[str, Any] = {"events": persons, "rounds": ROUNDS, "writers": WRITERS}
    with house.database() as home, register(home, FEW, say) as at:
        rows = _appending(at, say)
        say(f"making {persons:,} events")
        with at.administrator() as admin:
            admin.execute("TRUNCATE register.event, register.event_subject")
            admin.execute(MANY, [persons])
            admin.execute("VACUUM ANALYZE register.event, register.event_subject")
        with tempfile.TemporaryDirectory() as folder:
            rows += _sealing(at, Path(folder), persons, figures, say)
    return {"name": "ledger", "rows": rows, "figures": figures}


def _appending(at: Register, say: Callable[[str], None]) -> list[dict[str, object]]:
    from seloste.register.protection.lookups import WRITE

    with ExitStack() as stack:
        ours, theirs = (
            [stack.enter_context(at.login(name)) for _ in range(WRITERS)] for name in ("lookups", "owner")
        )
        clerk = stack.enter_context(at.login("service@sahkolaitos"))

        def all_at_once(lines: list[Connection], sql: str) -> None:
            list(threads.map(lambda line: [line.execute(sql, _event()) for _ in range(EACH)], lines))

        note = "SELECT policy.note(%(kind)s, %(actor)s, %(role)s, %(channel)s, %(reason)s, %(subjects)s::bigint[])"
        noted = {"kind": "interactions.note"}
        threads = stack.enter_context(ThreadPoolExecutor(WRITERS))
        plain = theirs[0]
        cases = [
            (1, Case("append by 1 writer", lambda: ours[0].execute(WRITE, _event()), lambda: plain.execute(PLAIN, _event()), 100)),
            (WRITERS * EACH, Case(f"append by {WRITERS} writers", lambda: all_at_once(ours, WRITE), lambda: all_at_once(theirs, PLAIN), 1)),
            (1, Case("note of an operation", lambda: clerk.execute(note, _event() | noted), lambda: plain.execute(PLAIN, _event()), 100)),
        ]  # fmt: skip
        rows = []
        for disk in (True, False):
            for line in (*ours, *theirs, clerk):
                line.execute(f"SET synchronous_commit = {'on' if disk else 'off'}")
            for events, case in cases:
                named = case if disk else replace(case, name=f"{case.name}, not waiting for the disk")
                say(f"measuring: {named.name}")
                row = measure(named)
                rows.append(row | {side: round(row[side] / events, 1) for side in ("ours", "baseline")})  # type: ignore[operator]
        return rows


def _event() -> dict[str, Any]:
    return {
        "id": uuid4(), "kind": "subjects.read", "actor": "1", "role": "customer_service", "login": "service@sahkolaitos",
        "channel": "phone", "reason": "call:1", "categories": ["name", "phone"], "way": "opened", "count": 1,
        "notice_hash": "a" * 64, "break_glass": False, "retention_class": "lookup_log", "subjects": [17],
        "salt": secrets.token_bytes(16),
    }  # fmt: skip


def _sealing(
    at: Register, folder: Path, events: int, figures: dict[str, Any], say: Callable[[str], None]
) -> list[dict[str, object]]:
    """Each once, since a seal cannot be repeated; its baseline hashes the same bytes, and as many pairs."""
    from seloste.register.ledger import sealing, verifier, verifying
    from seloste.register.ledger.checkpoints import Exported
    from seloste.register.ledger.signing import FileSigner

    signer, exported = FileSigner(folder / "bench.key", "bench"), Exported(folder / "checkpoints.txt")
    with at.login("sealer") as sealer:
        say("measuring: seal")
        now = datetime.now(UTC)
        seal = _seconds(lambda: sealing.seal(sealer, signer, exported, at=now))
        say("measuring: verify")
        verify = _seconds(lambda: _intact(verifying.verify(sealer, signer.public, exported.read())))
        with (folder / "export").open("w+") as file:
            figures["export_seconds"] = round(_seconds(lambda: verifying.export(sealer, file)), 2)
            figures["export_bytes"] = file.tell()
        say("measuring: the stand-alone verifier")
        asked = [
            str(folder / "export"),
            "--key",
            str(signer.pinned),
            "--checkpoint",
            str(exported.path),
            "--json",
        ]
        alone = _seconds(lambda: _alone(asked))
        bodies = [
            verifier.canonical(record["body"]) for record in verifying.records(sealer) if record.get("body")
        ]
        raw = statistics.median(_seconds(lambda: _hashed(bodies)) for _ in range(5))
        keys = [key for (key,) in sealer.execute("SELECT event_id FROM register.ledger_leaf LIMIT 500")]
        proofs = sorted(_seconds(lambda key=key: verifying.prove(sealer, key, None)) for key in keys)  # type: ignore[misc]
        idle = _seconds(lambda: sealing.seal(sealer, signer, exported, at=now))
    with at.administrator() as admin:
        [(size,)] = admin.execute("SELECT pg_total_relation_size('register.ledger_leaf')").fetchall()
    figures |= {
        "seal_seconds": round(seal, 2),
        "seal_of_nothing_ms": round(idle * 1e3, 1),
        "verify_seconds": round(verify, 2),
        "stand_alone_seconds": round(alone, 2),
        "proof_ms_p50": round(proofs[len(proofs) // 2] * 1e3, 2),
        "proof_ms_p99": round(proofs[len(proofs) * 99 // 100] * 1e3, 2),
        "ledger_bytes_an_event": round(size / events),
    }
    return [
        {
            "case": name,
            "ours": round(spent / events * 1e6, 1),
            "baseline": round(raw / events * 1e6, 1),
            "ratio": round(spent / raw, 3),
            "unit": "us",
        }
        for name, spent in (("seal", seal), ("verify", verify), ("verify an export, stand-alone", alone))
    ]


def _hashed(bodies: list[bytes]) -> None:
    for body in bodies:
        sha256(b"\x00" + body).digest()
        sha256(b"\x01" + body[:64]).digest()


def _intact(found: dict[str, Any]) -> None:
    if not found["intact"]:
        raise LedgerOfBenchTampered(str(found["findings"][:1]))


def _alone(arguments: list[str]) -> None:
    """In a process of its own, as an auditor runs it."""
    import subprocess
    import sys

    from seloste.register.ledger import verifier

    done = subprocess.run(
        [sys.executable, verifier.__file__, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LedgerOfBenchTampered(done.stdout or done.stderr)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


class LedgerOfBenchTampered(Exception):
    """What was just sealed does not verify, so that its times tell nothing."""
