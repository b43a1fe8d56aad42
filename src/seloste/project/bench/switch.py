"""How long a reader waits, at the longest, while a notice with three purposes more comes into force."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psycopg

from .register import NOTICE, PATH

if TYPE_CHECKING:
    from collections.abc import Callable

    from .register import Register

READERS = 8
MORE = """
  bench_{0}:
    name: {{fi: lisätty {0}}}
    controllers: [sahkolaitos, vera]
    bases: [{{kind: contract, agreement_kinds: [sale], tail: P{0}D}}]
    categories: [name, address, phone, agreements]
    subject_groups: [consumer, organisation]
    roles: [analyst]
    reasons: [task]"""


def switched(at: Register, say: Callable[[str], None]) -> dict[str, object]:
    """This will apply the notice with three purposes more while readers act, each session after the other.

    Units: milliseconds for waits, seconds for the whole.
    """
    from seloste.notice import read_notice
    from seloste.policy.apply import apply

    purposes = "".join(MORE.format(n) for n in (1, 2, 3))
    notice = read_notice(NOTICE.read_text().replace("\npurposes:", f"\npurposes:{purposes}", 1).encode())
    over = threading.Event()
    waits: list[float] = []
    threads = [threading.Thread(target=_read, args=(at, over, waits)) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    before = max(waits)
    waits.clear()
    began = time.perf_counter()
    try:
        apply(at.cluster, notice, progress=lambda done, of: say(f"preparing answers: {done:,} of {of:,}"))
    finally:
        over.set()
        for thread in threads:
            thread.join()
    return {
        "readers": READERS,
        "longest_wait_ms": round(max(waits) * 1e3, 1),
        "longest_wait_before_ms": round(before * 1e3, 1),
        "sessions_read": len(waits),
        "applied_in_s": round(time.perf_counter() - began, 1),
    }


def _read(at: Register, over: threading.Event, waits: list[float]) -> None:
    """Sessions of customer service with a pause between them, as a clerk makes them."""
    with at.login("service@sahkolaitos", options=PATH) as service, at.login("housekeeping") as keeper:
        while not over.is_set():
            began = time.perf_counter()
            [(now,)] = keeper.execute("SELECT hash FROM policy.notice WHERE replaced_at IS NULL").fetchall()
            try:
                with service.transaction():
                    service.execute("SELECT policy.enter(%s)", [now])
                    service.execute("SELECT id, family_name FROM subject WHERE id = 1").fetchall()
                    service.execute("SELECT value FROM contact_point WHERE subject_id = 1").fetchall()
            except psycopg.Error as error:
                if error.sqlstate != "SEL01":
                    raise
            waits.append(time.perf_counter() - began)
            time.sleep(0.01)
