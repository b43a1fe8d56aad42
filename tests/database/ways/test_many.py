"""An extract of very many: as much memory as for a few, and one event."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime

import pytest

from conftest import EXAMPLES, SOAK, governed
from database.people import administrator
from database.session.conftest import NOTICE, WORLD
from seloste.project import wiring
from seloste.register.protection import extracts
from seloste.register.protection.session import acting

MANY = 1_000_000 if SOAK else 20_000
MOST_MB = 300


@pytest.fixture(scope="module")
def crowd(one_server, cluster, tmp_path_factory):
    """A register of very many, each a copy of somebody whose answers the policy keeps."""
    declared = NOTICE.read_text().replace("at_most: 2,", "at_most: 2000000,")
    notice = tmp_path_factory.mktemp("crowd") / "crowd.yaml"
    notice.write_text(declared)
    with governed(one_server, notice, "crowd") as crowd, administrator(crowd) as admin:
        admin.execute(WORLD)
        admin.execute("SET session_replication_role = replica")  # no trigger computes what is copied
        for table, key in (("subject", "id"), ("contact_point", "subject_id")):
            columns = [
                name
                for (name,) in admin.execute(
                    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                    " AND NOT attisdropped AND attgenerated = ''",
                    [f"register.{table}"],
                )
                if key == "id" or name != "id"
            ]
            values = [f"1000 + n AS {name}" if name == key else name for name in columns]
            admin.execute(
                f"INSERT INTO register.{table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE"
                f" SELECT {', '.join(values)} FROM register.{table}, generate_series(1, {MANY}) n WHERE {key} = 2"
            )
        admin.execute("ANALYZE register.subject, register.contact_point")
        wiring.configure(crowd)
        yield crowd
    wiring.configure(cluster)


def peak(count):
    """The most memory that taking so many lines held at once, and how many were taken."""
    with acting("mikko", "marketing", "campaign:4") as session:
        tracemalloc.start()
        try:
            taken = session.extract("newsletter", at=datetime.now(UTC))
            lines = sum(1 for _, _ in zip(taken.lines, range(count), strict=False))
            return tracemalloc.get_traced_memory()[1], lines
        finally:
            tracemalloc.stop()


def test_its_memory_does_not_grow_with_how_many_are_in_it(crowd, monkeypatch):
    """Both chunks and what is kept between them count: with a chunk of everybody it fails."""
    monkeypatch.setattr(extracts, "CHUNK", 500)
    with administrator(crowd) as admin:
        admin.execute("TRUNCATE register.event, register.event_subject")
        most, lines = peak(MANY)
        assert lines == MANY
        assert most < 3_000_000
        [(way, count)] = admin.execute("SELECT way, count FROM register.event").fetchall()
        assert (way, count) == ("listed", MANY + 2)
        assert admin.execute("SELECT count(DISTINCT subject_id) FROM register.event_subject").fetchone() == (
            MANY + 2,
        )


TAKING = """
import json, sys, time
from datetime import UTC, datetime
from pathlib import Path
from seloste.interfaces.cli.extracts import harmless, whole_file
from seloste.project import wiring
from seloste.project.database import Cluster, Passwords

admin, database, passwords, file = sys.argv[1:]
wiring.configure(Cluster(admin, Passwords(Path(passwords)), database))
from seloste.register.protection.session import acting
began = time.monotonic()
with whole_file(Path(file)) as out, acting("mikko", "marketing", "campaign:4") as session:
    taken = session.extract("newsletter", at=datetime.now(UTC))
    recorded, lines = time.monotonic() - began, 0
    for line in taken.lines:
        out.write(",".join(map(harmless, line)) + "\\n")
        lines += 1
# not by getrusage, which tells a child what its parent had grown to
[most] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(json.dumps({"lines": lines, "subjects": taken.subjects, "recorded_s": recorded,
    "all_s": time.monotonic() - began, "mb": int(most.split()[1]) / 1024}))
"""


def test_a_process_that_takes_it_stays_small(crowd, tmp_path):
    """A million under SELOSTE_SOAK=1; the most that the process ever held is told by the system."""
    file = tmp_path / "all.csv"
    done = subprocess.run(
        [sys.executable, "-c", TAKING, crowd.administrator, crowd.database, str(crowd.passwords.path), str(file)],
        env={"PYTHONPATH": str(EXAMPLES.parent / "src")}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["lines"] == told["subjects"] == MANY + 2
    assert told["mb"] < MOST_MB
    assert file.read_text().count("\n") == MANY + 2
    if SOAK:
        print(f"\n{told}")
