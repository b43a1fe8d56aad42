"""What it costs to take an export in, against copying the same file into one plain table."""

from __future__ import annotations

import csv
import random
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stdnum import ean

from seloste.policy.statements import identifier

from .register import register

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seloste.project.bench.register import Register
    from seloste.project.main import ProjectHouse

MAPPING = Path(__file__).with_name("sources.yaml")
COLUMNS = ("customer", "kind", "given_names", "family_name", "language", "street", "postcode", "city", "phone", "email", "agreement", "valid_from", "point", "invoice", "amount", "due")  # fmt: skip
OTHERS = 100
"""People who are there before, with the staff that the import needs."""
MEGABYTE = 1024
MADE = ("subject", "source_identity", "address", "contact_point", "metering_point", "agreement", "agreement_period", "receivable", "source_claim", "search_token", "event_subject")  # fmt: skip
"""Where the rows stand that a customer becomes."""


def bench_sources(house: ProjectHouse, persons: int, say: Callable[[str], None]) -> dict[str, Any]:
    """This will import a file of customers, each with an agreement and a receivable, and copy the same file.

    Ours validates every cell, keeps where each value came from, decides everybody's answers, and can be
    taken back; the first baseline keeps text. The second copies the rows that ours has made into plain tables with the
    same columns, checks and indexes: what is left above it is not the size of what is kept.
    Shape: {"name", "rows", "figures"}. Units: seconds, rows a second, megabytes.
    """
    with (
        house.database() as home,
        register(home, OTHERS, say) as made,
        tempfile.TemporaryDirectory() as folder,
    ):
        file = Path(folder) / "customers.csv"
        say(f"writing a file of {persons:,} customers")
        with file.open("w", encoding="utf-8", newline="") as out:
            written = csv.writer(out, delimiter=";")
            written.writerow(COLUMNS)
            written.writerows(customers(persons))
        say("copying it into one plain table")
        copied = _copied(made, file)
        say("pulling it")
        pulled = _pulled(made, file, persons, say)
        say("copying the rows that this made into plain tables")
        rows, made_again = _made_again(made, Path(folder))
        size = file.stat().st_size
    return {
        "name": "sources",
        "rows": [
            {
                "case": "customers with agreements and receivables from CSV",
                "ours": round(pulled, 2),
                "baseline": round(copied, 2),
                "ratio": round(pulled / copied, 1),
                "unit": "s",
            },
            {
                "case": "the same, against copying the rows it made",
                "ours": round(pulled, 2),
                "baseline": round(made_again, 2),
                "ratio": round(pulled / made_again, 1),
                "unit": "s",
            },
        ],
        "figures": {
            "rows": persons,
            "rows_made": rows,
            "file_mb": round(size / 1e6, 1),
            "rows_a_second": round(persons / pulled),
            "rows_a_second_by_copy": round(persons / copied),
            "most_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE),
        },
    }


def customers(count: int, seed: int = 1) -> Iterator[tuple[Any, ...]]:
    """This will make up rows of an export, always the same for a seed."""
    draw, begun = random.Random(seed), date(2024, 1, 1)  # noqa: S311 - made-up people
    for n in range(count):
        digits = f"6430{n:013}"
        yield (
            f"C{n:08}", "P", f"Nimi{draw.randrange(2000)}", f"Suku{draw.randrange(5000)}", "SV" if n % 20 == 0 else "FI",
            f"Katu {draw.randrange(1, 300)}", f"{draw.randrange(33000, 34000)}", "Tampere", f"040{draw.randrange(10**7):07}",
            f"asiakas{n}@posti.example", f"A{n}", begun + timedelta(days=draw.randrange(700)), digits + ean.calc_check_digit(digits),
            f"L{n}", f"{draw.randrange(10, 900)}.{draw.randrange(100):02}", date(2026, 3, 1) + timedelta(days=draw.randrange(60)),
        )  # fmt: skip


def _copied(made: Register, file: Path) -> float:
    """How long the server takes to copy the file into a table of text; its owner is an ordinary role."""
    columns = ", ".join(f"{name} text" for name in COLUMNS)
    with made.plain() as plain:
        plain.execute(f"CREATE TABLE plain.export ({columns})")
        began = time.perf_counter()
        with (
            file.open("rb") as raw,
            plain.cursor() as cursor,
            cursor.copy("COPY plain.export FROM STDIN (FORMAT csv, DELIMITER ';', HEADER)") as copy,
        ):
            while block := raw.read(1_000_000):
                copy.write(block)
        return time.perf_counter() - began


def _made_again(made: Register, folder: Path) -> tuple[int, float]:
    """How many rows of a customer there are now, and how long the server takes to copy them into plain tables."""
    rows, spent = 0, 0.0
    with made.administrator() as admin, made.plain() as plain:
        for table in MADE:
            admin.execute(f"CREATE TABLE plain.made_{table} (LIKE register.{table} INCLUDING ALL)")
            admin.execute(f"ALTER TABLE plain.made_{table} OWNER TO {identifier(made.cluster.role('owner'))}")
            file = folder / table
            with file.open("wb") as out, admin.cursor() as cursor:
                with cursor.copy(f"COPY register.{table} TO STDOUT") as given:
                    for block in given:
                        out.write(block)
                rows += cursor.rowcount
            began = time.perf_counter()
            with (
                file.open("rb") as raw,
                plain.cursor() as cursor,
                cursor.copy(f"COPY plain.made_{table} FROM STDIN") as taken,
            ):
                while block := raw.read(1_000_000):
                    taken.write(block)
            spent += time.perf_counter() - began
            file.unlink()
    return rows, spent


def _pulled(made: Register, file: Path, persons: int, say: Callable[[str], None]) -> float:
    from seloste.connectors.files.mapping import read_mapping
    from seloste.connectors.files.source import FileSource
    from seloste.register.protection.session import acting
    from seloste.register.sources.port import takes
    from seloste.register.sources.tasks import Acting, pull

    with made.administrator() as admin:
        [(task,)] = admin.execute(
            "SELECT id FROM register.case_file WHERE kind = 'task' AND closed_at IS NULL LIMIT 1"
        ).fetchall()
    source = FileSource(read_mapping(MAPPING, takes()), takes(), {"customers": file})
    how = Acting(
        "sahkolaitos",
        lambda: acting("data_engineer.vera", "upkeep", f"task:{task}"),
        datetime.now(UTC),
        lambda done, of: say(f"pulling: {done:,} of {of or persons:,}"),
    )
    began = time.perf_counter()
    batch = pull(source, "customers", how)
    spent = time.perf_counter() - began
    if (batch.state, batch.applied) != ("applied", persons):
        raise RuntimeError(f"{batch.applied} of {persons} rows were applied, so nothing was measured")
    return spent
