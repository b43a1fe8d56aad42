"""A ledger to tamper with: a notice with a look-up log, events of several kinds, a sealer and an auditor."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import NOTICES, governed
from database.people import administrator, login
from seloste.notice import read_notice
from seloste.register.ledger import sealing, verifier, verifying
from seloste.register.ledger.checkpoints import Exported
from seloste.register.ledger.signing import FileSigner

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from seloste.project.database import Cluster

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
TABLES = ("event", "event_subject", "ledger_leaf", "checkpoint", "ledger_disposal")

NOTICE = (
    (NOTICES / "small.yaml")
    .read_text()
    .replace("bookkeeping: {}}", "bookkeeping: {}, log: {period: P5Y}}")
    .replace(
        "interests:\n",
        "  log: {name: {fi: loki}, retention: log, held_in: {event: [id, at, kind, login, way, count], event_subject: [subject_id, event_id]}}\n"
        "interests:\n",
        1,
    )
)

EVENT = """
WITH made AS (
  INSERT INTO register.event (id, at, kind, actor, role, login, channel, reason, categories, way, count, notice_hash, retention_class)
  VALUES (gen_random_uuid(), %s, %s, '17', 'clerk', 'service@sahkolaitos', 'phone', 'call:4711', '{name,phone}', %s, %s, 'abc', 'log')
  RETURNING id)
, members AS (INSERT INTO register.event_subject (event_id, subject_id) SELECT id, unnest(%s::bigint[]) FROM made)
SELECT id::text FROM made"""


@dataclass
class Ledger:
    """The ledger of one database, with what its sealer needs and what an auditor has pinned."""

    cluster: Cluster
    admin: psycopg.Connection
    sealer: psycopg.Connection
    signer: FileSigner
    exported: Exported
    home: Path

    def happen(self, count: int = 1, at: datetime = AT) -> list[str]:
        """Things happen: look-ups of three, two, one and nobody in turn."""
        return [
            self.admin.execute(
                EVENT, [at + timedelta(seconds=n), "subjects.read", "listed", n % 4, list(range(n % 4))]
            ).fetchone()[0]
            for n in range(count)
        ]

    def seal(self, **how: Any) -> sealing.Sealed:
        return sealing.seal(self.sealer, self.signer, self.exported, at=AT, **how)

    def verify(self, *, exported: bool = True) -> dict[str, Any]:
        kept = self.exported.read() if exported else []
        return verifying.verify(self.sealer, self.pinned, kept)

    def audit(self, *, exported: bool = True) -> dict[str, Any]:
        """What the stand-alone verifier says of an export, in a process that can import nothing of ours."""
        file = self.home / "export.jsonl"
        with file.open("w") as out:
            verifying.export(self.sealer, out)
        kept = ["--checkpoint", self.exported.path] if exported and self.exported.path.exists() else []
        return stand_alone(self.home, [file, "--key", self.signer.pinned, "--json", *kept])

    @property
    def pinned(self) -> verifier.PublicKey:
        return verifier.PublicKey.parse(self.signer.pinned.read_text())

    def leaves(self) -> list[tuple[Any, ...]]:
        return self.admin.execute(
            "SELECT index, event_id::text FROM register.ledger_leaf ORDER BY 1"
        ).fetchall()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever is done to the ledger within, to its file too, is undone afterwards."""
        text = self.exported.path.read_bytes() if self.exported.path.exists() else None
        for table in TABLES:
            self.admin.execute(f"CREATE TABLE public.kept_{table} AS TABLE register.{table}")
        try:
            yield
        finally:
            self.admin.execute(f"TRUNCATE {', '.join(f'register.{table}' for table in TABLES)}")
            for table in TABLES:
                self.admin.execute(f"INSERT INTO register.{table} TABLE public.kept_{table}")
                self.admin.execute(f"DROP TABLE public.kept_{table}")
            self.exported.path.unlink(missing_ok=True)
            if text is not None:
                self.exported.path.write_bytes(text)


@contextmanager
def ledger(server: Any, home: Path) -> Iterator[Ledger]:
    """A governed database with an empty ledger."""
    with governed(server, read_notice(NOTICE.encode()), "ledger") as cluster:
        with administrator(cluster) as admin, login(cluster, "sealer") as sealer:
            signer = FileSigner(home / "ledger.key", "seloste/test")
            yield Ledger(cluster, admin, sealer, signer, Exported(home / "checkpoints.txt"), home)


def stand_alone(home: Path, arguments: list[Any]) -> dict[str, Any]:
    """The verifier as an auditor has it: one file, the standard library, `cryptography` and what that needs."""
    copied = home / "verifier.py"
    copied.write_bytes(Path(verifier.__file__).read_bytes())
    beside = home / "beside"
    beside.mkdir(exist_ok=True)
    for name in ("cryptography", "cffi", "_cffi_backend"):
        found = find_spec(name)
        where = Path(
            found.submodule_search_locations[0] if found.submodule_search_locations else found.origin
        )
        if not (beside / where.name).exists():
            (beside / where.name).symlink_to(where)
    script = (
        f"import sys, runpy; sys.path.append({str(beside)!r}); sys.argv = {['verifier.py', *map(str, arguments)]!r}\n"
        f"try: runpy.run_path({str(copied)!r}, run_name='__main__')\n"
        "finally:\n"
        "  assert not [m for m in sys.modules if m.partition('.')[0] in ('seloste', 'django', 'psycopg', 'site')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False, cwd=home
    )
    assert done.returncode in {0, 1}, done.stderr
    told = json.loads(done.stdout)
    assert done.returncode == (0 if told["intact"] else 1)
    return told
