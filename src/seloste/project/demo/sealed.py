"""The ledger: sealed, exported, and a copy tampered with, which the stand-alone verifier finds.

The register's own ledger is only ever read and added to.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from seloste.interfaces.cli.ledger import Office
    from seloste.project.main import ProjectHouse

    from .faces import Stage

Record = dict[str, Any]


def sealed(show: Stage, house: ProjectHouse) -> None:
    """This will seal the ledger, and let copies of it be verified by the one file that an auditor takes along."""
    from seloste.interfaces.cli.desk import Desk
    from seloste.interfaces.cli.ledger import sealers_office
    from seloste.register.ledger import sealing

    with sealers_office(Desk(house), None) as office:
        done = sealing.seal(office.connection, office.signer, office.exported, at=datetime.now(UTC))
        with TemporaryDirectory() as folder:
            verdicts = _copies(office, Path(folder))
    show.act("The ledger, and forged copies of it", "seloste ledger seal; seloste ledger export FILE")
    show.say(
        f"{done.events} events sealed into one tree, and its root signed. The checkpoint is in {office.exported.path},"
        " beside the database and not in it."
    )
    show.say(
        "Two copies of the export are forged at the look-up of the emergency. An auditor has one file of ours, the"
        " pinned key and the checkpoint, and no database:"
    )
    show.say("\npython verifier.py COPY --key PUBLIC --checkpoint FILE", "command")
    show.verdicts(verdicts)


def _copies(office: Office, folder: Path) -> list[tuple[str, Record]]:
    """What the verifier says of the export, and of two forgeries of it."""
    from seloste.register.ledger import verifier, verifying

    export = folder / "export.jsonl"
    with export.open("w", encoding="utf-8") as file:
        verifying.export(office.connection, file)
    records = [json.loads(line) for line in export.read_text(encoding="utf-8").splitlines()]
    # a program of its own, as the auditor runs it: of ours it has this one file
    program = folder / "verifier.py"
    program.write_bytes(Path(verifier.__file__).read_bytes())
    return [
        (name, _verified(program, _written(folder, forged(records)), office))
        for name, forged in FORGERIES.items()
    ]


def _verified(program: Path, export: Path, office: Office) -> Record:
    pinned, kept = office.signer.pinned.resolve(), office.exported.path.resolve()
    program_and_files = [program, export, "--key", pinned, "--checkpoint", kept, "--json"]
    command = [sys.executable, "-I", *map(str, program_and_files)]
    ran = subprocess.run(command, cwd=program.parent, capture_output=True, text=True, check=False)
    told: Record = json.loads(ran.stdout)
    return told | {"code": ran.returncode}


def _written(folder: Path, records: list[Record]) -> Path:
    path = folder / "copy.jsonl"
    path.write_text(
        "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records), encoding="utf-8"
    )
    return path


def _emergency(records: list[Record]) -> Record:
    """The look-up of the emergency, which somebody would rather not have made."""
    return next(
        each
        for each in records
        if (each.get("body") or {}).get("way") == "opened" and each["body"]["break_glass"]
    )


def _another_actor(records: list[Record]) -> list[Record]:
    wanted = _emergency(records)
    another = wanted | {"body": wanted["body"] | {"actor": str(int(wanted["body"]["actor"]) + 1)}}
    return [another if each is wanted else each for each in records]


def _one_less(records: list[Record]) -> list[Record]:
    wanted = _emergency(records)
    return [each for each in records if each is not wanted]


FORGERIES: dict[str, Callable[[list[Record]], list[Record]]] = {
    "as exported": lambda records: records,
    "one actor changed": _another_actor,
    "one event removed": _one_less,
}
