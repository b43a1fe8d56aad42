"""An import that is killed at any moment goes on without doubling, and two imports that meet do not double either.

Shown to fail: with a cursor that is not committed with the rows that were read, the next run reads them again and
the import fails; with rows left staged where they were applied, they are still there at the end; with what a row
seems to contradict not judged anew where another import has just brought it, 30 rows of the second wait for nothing.
"""

from __future__ import annotations

import os
import random
import signal
from itertools import count

import pytest

from conftest import SOAK
from seloste.register.protection.backend.line import Line
from seloste.register.protection.backend.pool import pool

from .conftest import gsrn, hetu, row

ROWS = 20_000 if SOAK else 400
KILLS = 20


def people(series, rows=ROWS):
    """Lines of a series; two series tell the same of others. Every third person has two rows."""
    draw = random.Random(3)
    for n in range(rows):
        who = n - 1 if n % 3 == 1 else n
        own = series * 1_000_000 + n
        told = {
            "Etunimet": f"Nimi{who}",
            "Sukunimi": f"Suku{who}",
            "Katu": f"Kuja {who}",
            "Postinro": "33100",
            "Paikka": "Tampere",
        }
        if draw.random() < 0.5:
            told |= {"Puhelin": f"040{draw.randrange(10**7):07}", "Posti": f"{who}@posti.example"}
        if draw.random() < 0.1:
            told |= {"Kielto": "K"}
        if draw.random() < 0.02:
            told |= {"Postinro": "!"}
        told |= {"Sopimus": f"{series}S{n}", "Alkaa": "1.2.2026", "GSRN": gsrn(own)}
        told |= {"Lasku": f"{series}L{n}", "Summa": f"{draw.randrange(1, 99999)},50", "Eräpäivä": "1.4.2026"}
        if n % 10 == 0:
            told |= {"Hetu": hetu(1_000 + 2_001 * series + n // 10)}
        yield row(f"{series}-{who:06}", **told)


def state(register, series):
    """All that is held of a series, person by person, without keys of rows and the series itself."""
    return register.all(
        """SELECT substr(i.source_key, 3), s.kind, s.given_names, s.family_name,
          ARRAY(SELECT (kind, street, postcode, city, country, valid_from, valid_until)::text FROM register.address a WHERE a.subject_id = s.id ORDER BY 1),
          ARRAY(SELECT (category, value, as_given, valid_from)::text FROM register.contact_point c WHERE c.subject_id = s.id ORDER BY 1),
          ARRAY(SELECT (substr(a.number, 2), a.kind, a.controller, p.requested_at, p.valid_from, p.valid_until, p.superseded_at IS NULL, a.metering_point_id IS NULL)::text
            FROM register.agreement a JOIN register.agreement_period p ON p.agreement_id = a.id WHERE a.subject_id = s.id ORDER BY 1),
          ARRAY(SELECT (substr(number, 2), amount_cents, due_at, state, valid_from)::text FROM register.receivable r WHERE r.subject_id = s.id ORDER BY 1),
          ARRAY(SELECT channel FROM register.ban b WHERE b.subject_id = s.id ORDER BY 1),
          (SELECT count(*) FROM register.national_identifier n WHERE n.subject_id = s.id),
          s.bits1, s.bits2
        FROM register.source_identity i JOIN register.subject s ON s.id = i.subject_id
        WHERE starts_with(i.source_key, %s) ORDER BY 1""",
        f"{series}-",
    )


def killed(at, do):
    """Does something in a process that kills itself at a statement or commit, as kill -9 does; says whether it died."""
    pool().close()
    child = os.fork()
    if not child:
        try:
            reached = count(1)

            def around(function):
                def counted(*args, **options):
                    answer = function(*args, **options)
                    if next(reached) == at:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return answer

                return counted

            Line.run, Line.run_all = around(Line.run), around(Line.run_all)
            do()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert died or status == 0, "the import failed by itself"
    return died


@pytest.fixture
def small(monkeypatch):
    """Transactions so small that a kill falls anywhere between and within them."""
    from seloste.register.sources import tasks

    monkeypatch.setattr(tasks, "STAGED_AT_ONCE", ROWS // 10)
    monkeypatch.setattr(tasks, "APPLIED_AT_ONCE", ROWS // 20)


def test_killed_at_20_moments_and_resumed_it_is_as_if_undisturbed(register, small, monkeypatch):
    """20,000 rows under SELOSTE_SOAK=1; 400 else, as the suite has no minutes to spare."""
    from seloste.register.sources import tasks

    def pull(file):
        return tasks.pull(register.source(file), "customers", register.how())

    with monkeypatch.context() as counting:
        reached = counted(counting)
        undisturbed = pull(register.write(*people(1)))
    file, draw, kills = register.write(*people(2)), random.Random(17), 0
    most = 12 * len(reached) // (5 * KILLS)
    while killed(draw.randint(1, most), lambda: pull(file)):
        kills += 1
    resumed = pull(file)
    assert kills >= KILLS
    assert (resumed.state, resumed.applied, resumed.refused) == (
        "applied",
        undisturbed.applied,
        undisturbed.refused,
    )
    assert undisturbed.refused > 0
    assert state(register, 2) == state(register, 1)
    assert len(state(register, 1)) > ROWS / 2
    one, other = (
        register.one("SELECT count(*) FROM register.source_row WHERE batch_id = %s", b.pk)
        for b in (resumed, undisturbed)
    )
    assert one == other == undisturbed.refused


def counted(patch):
    """Counts statements and commits from here on: one entry for each."""
    reached: list[None] = []

    def around(function):
        def both(*args, **options):
            reached.append(None)
            return function(*args, **options)

        return both

    patch.setattr(Line, "run", around(Line.run))
    patch.setattr(Line, "run_all", around(Line.run_all))
    return reached


def test_two_imports_of_the_same_people_meet_and_neither_doubles_nor_fails(register, small):
    """Both bring the same new people, in files that differ: whoever comes second finds them."""
    from concurrent.futures import ThreadPoolExecutor

    from seloste.register.sources import tasks

    lines = list(people(3, 300))
    files = [register.write(*lines), register.write(*reversed(lines))]
    with ThreadPoolExecutor(2) as both:
        done = list(
            both.map(lambda file: tasks.pull(register.source(file), "customers", register.how()), files)
        )
    assert [(batch.state, batch.applied, batch.refused) for batch in done] == [
        ("applied", done[0].applied, done[0].refused)
    ] * 2
    people_held = state(register, 3)
    assert len(people_held) == len({line.split(";")[0] for line in lines}) - held_back(lines)
    for _, _, _, _, addresses, contacts, agreements, receivables, bans, *_ in people_held:
        assert len(addresses) == 1
        assert len(set(contacts)) == len(contacts) <= 4
        assert len(agreements) == len(receivables) <= 2
        assert bans in ([], ["all"])


def held_back(lines):
    """How many people have a row that cannot be read."""
    return len({line.split(";")[0] for line in lines if ";!;" in line})


def test_one_batch_pulled_twice_at_once_is_one(register, small):
    from concurrent.futures import ThreadPoolExecutor

    from seloste.register.sources import tasks
    from seloste.register.sources.operations import BatchMovedOn

    file = register.write(*people(4, 300))

    def pull(_):
        try:
            return tasks.pull(register.source(file), "customers", register.how()).pk
        except BatchMovedOn:
            return None

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(pull, range(2))
    batch = tasks.pull(register.source(file), "customers", register.how())
    assert batch.state == "applied"
    assert {first, second} <= {batch.pk, None}
    assert all(
        len(set(agreements)) == len(agreements) for *_, agreements, _, _, _, _, _ in state(register, 4)
    )
    count = register.one("SELECT count(*) FROM register.receivable WHERE starts_with(number, '4L')")
    assert count == batch.applied


def peak(register, series, rows):
    """The most memory that Python held while so many rows were pulled."""
    import gc
    import tracemalloc

    from seloste.register.sources import tasks

    file = register.write(*people(series, rows))
    # what was there before need not be looked through each time
    gc.freeze()
    tracemalloc.start()
    try:
        # what is only waiting to be collected would make the peak depend on when
        how = register.how(progress=lambda _done, _all: gc.collect())
        batch = tasks.pull(register.source(file), "customers", how)
        assert batch.applied + batch.refused == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.unfreeze()


def test_its_memory_does_not_grow_with_the_file(register, monkeypatch):
    """Shown to fail: with chunks as large as the file, four times the rows take twice the memory and more."""
    from seloste.register.sources import tasks

    monkeypatch.setattr(tasks, "STAGED_AT_ONCE", 40)
    monkeypatch.setattr(tasks, "APPLIED_AT_ONCE", 40)
    peak(register, 5, 40)
    few, many = peak(register, 6, 100), peak(register, 7, 400)
    assert many < 1.5 * few, (few, many)


PULLING = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from seloste.project import wiring
from seloste.project.database import Cluster, Passwords

admin, database, passwords, task, mapping, file = sys.argv[1:]
wiring.configure(Cluster(admin, Passwords(Path(passwords)), database))
from seloste.connectors.files.mapping import read_mapping
from seloste.connectors.files.source import FileSource
from seloste.register.protection.session import acting
from seloste.register.sources.port import takes
from seloste.register.sources.tasks import Acting, pull
source = FileSource(read_mapping(Path(mapping), takes()), takes(), {"prospects": Path(file)})
how = Acting("sahkolaitos", lambda: acting("data_engineer.vera", "upkeep", task), datetime.now(UTC))
batch = pull(source, "prospects", how)
# not by getrusage, which tells a child what its parent had grown to
[most] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(json.dumps({"applied": batch.applied, "mb": int(most.split()[1]) / 1024}))
"""
MOST_MB = 300
PROSPECTS = 10_000_000


@pytest.mark.skipif(not SOAK, reason="ten million rows: SELOSTE_SOAK=1")
def test_a_source_of_ten_million_rows_stays_small(register):
    """The most that the process ever held is told by the system."""
    import json
    import subprocess
    import sys

    from conftest import EXAMPLES

    file = register.folder / "prospects.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write(
            "lomake,asiakasnumero,etunimi,sukunimi,sähköposti,puhelin,ei_sähköpostia,ei_puheluita,tapahtuma\n"
        )
        for n in range(PROSPECTS):
            out.write(f"F{n:08},,Nimi,Suku{n},p{n}@posti.example,,,,\n")
    mapping = EXAMPLES / "tampereen-sahkolaitos" / "sources" / "event_forms.yaml"
    cluster = register.cluster
    done = subprocess.run(
        [sys.executable, "-c", PULLING, cluster.administrator, cluster.database, str(cluster.passwords.path), register.task, str(mapping), str(file)],
        env={"PYTHONPATH": str(EXAMPLES.parent / "src")}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    print(f"\n{told}")
    assert told["applied"] == PROSPECTS
    assert told["mb"] < MOST_MB
