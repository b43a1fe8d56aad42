"""The ledger: `ledger seal|verify|proof|export|dispose`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import codes, faces
from .desk import Desk, Format, WrongUsage, desk
from .options import FormatOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from seloste.register.ledger.checkpoints import Exported
    from seloste.register.ledger.signing import FileSigner
    from seloste.register.ledger.verifier import Checkpoint, PublicKey

ledger = typer.Typer(help="What happened, sealed so that a change shows.", no_args_is_help=True)

KeptOption = Annotated[
    str | None,
    typer.Option(
        "--checkpoint",
        metavar="DIR_OR_FILE",
        help="Where checkpoints are exported, out of the database owner's reach; by default beside the keys.",
    ),
]


@dataclass(frozen=True)
class Office:
    """What the sealer works with: its connection, its key, and where checkpoints are exported."""

    connection: psycopg.Connection[Any]
    signer: FileSigner
    exported: Exported


@contextmanager
def sealers_office(at: Desk, checkpoint: str | None) -> Iterator[Office]:
    """The sealer at work; lends its connection, its key and where it exports to."""
    import psycopg

    from seloste.register.ledger.checkpoints import Exported
    from seloste.register.ledger.signing import FileSigner

    with at.house.database() as place:
        where = Path(checkpoint) if checkpoint else at.house.kept("checkpoints")
        if where.is_dir() or not checkpoint:
            where /= f"{place.database}.txt"
        key = at.house.kept("ledger") / f"{place.database}.key"
        options = "-c search_path=register,pg_temp -c TimeZone=UTC -c row_security=on"
        dsn = place.dsn(place.role("sealer"))
        with psycopg.connect(dsn, autocommit=True, options=options) as connection:
            yield Office(connection, FileSigner.at(key, f"seloste/{place.database}"), Exported(where))


@ledger.command("seal")
def seal(
    context: typer.Context,
    *,
    checkpoint: KeptOption = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Then hand over to a new key, which the old one signs for.")
    ] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Give what was committed its place in the tree, sign the root and export it."""
    at = desk(context, form)
    from seloste.register.ledger import sealing

    with sealers_office(at, checkpoint) as office, at.progress("Sealing") as progress:
        now = datetime.now(UTC)
        done = sealing.seal(office.connection, office.signer, office.exported, at=now, progress=progress)
        sealed, last = done.events, done.checkpoint
        if new_key:
            after = sealing.hand_over(office.connection, office.signer, office.exported, at=now)
            sealed, last = sealed + after.events, after.checkpoint
        answer = {
            "sealed": sealed,
            "size": last.size if last else 0,
            "checkpoint": last.columns if last else None,
            "key": str(office.signer.public),
            "exported_to": str(office.exported.path),
        }
    at.answer(answer, lambda: faces.pairs("Sealed", _flat(answer)))


@ledger.command("verify")
def verify(
    context: typer.Context,
    *,
    checkpoint: Annotated[
        str | None,
        typer.Option("--checkpoint", metavar="FILE", help="Checkpoints as they were exported."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="PUBLIC", help="The pinned public key, or a file with it."),
    ] = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Find any change, removal, reordering, truncation or rebuilding since it was sealed."""
    at = desk(context, form)
    answer = verified(at, checkpoint, key)
    at.answer(answer, lambda: _shown(answer))
    if not answer["intact"]:
        raise typer.Exit(codes.NO)


def verified(at: Desk, checkpoint: str | None = None, key: str | None = None) -> dict[str, Any]:
    """This will verify the ledger.

    Shape: {"intact", "size", "checkpoints", "unsealed", "findings": [{"what", "index", "upto", "event", "told"}],
    "compared_with"}.
    """
    from seloste.register.ledger import verifying

    with sealers_office(at, checkpoint) as office:
        exported = _exported(office, asked=checkpoint is not None)
        answer = verifying.verify(office.connection, _pinned(office, key), exported)
        return answer | {"compared_with": str(office.exported.path) if exported else None}


@ledger.command("proof")
def proof(
    context: typer.Context,
    *,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The key of an event.")],
    checkpoint: Annotated[
        str | None,
        typer.Option("--checkpoint", metavar="FILE", help="Prove too that the tree has grown from its last."),
    ] = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Prove that an event is in the ledger as it was last signed."""
    at = desk(context, form)
    from uuid import UUID

    from seloste.register.ledger import verifying

    try:
        wanted = UUID(event)
    except ValueError:
        raise WrongUsage("EVENT is the key of an event, as 01997d2e-6a3b-7000-8000-000000000000") from None
    with sealers_office(at, checkpoint) as office:
        since = _exported(office, asked=checkpoint is not None)
        answer = asdict(verifying.prove(office.connection, wanted, since[-1] if since else None))
    at.answer(answer, lambda: faces.pairs("In the ledger", _flat(answer)))


@ledger.command("export")
def export(
    context: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to write it; a line a leaf.")],
    form: FormatOption = Format.TEXT,
) -> None:
    """Write all that the stand-alone verifier needs, and say how to run it."""
    at = desk(context, form)
    from seloste.register.ledger import verifier, verifying

    with sealers_office(at, None) as office:
        with Path(file).open("w", encoding="utf-8") as out:
            leaves = verifying.export(office.connection, out)
        answer = {
            "file": file,
            "leaves": leaves,
            "verifier": str(Path(verifier.__file__)),
            "run": f"python verifier.py {file} --key PUBLIC --checkpoint FILE",
        }
    at.answer(answer, lambda: faces.pairs("Exported", answer))


@ledger.command("dispose")
def dispose(
    context: typer.Context, *, checkpoint: KeptOption = None, form: FormatOption = Format.TEXT
) -> None:
    """Delete the bodies whose retention has run out; their hashes and the proofs stay."""
    at = desk(context, form)
    from seloste.register.ledger import disposal

    with sealers_office(at, checkpoint) as office:
        now = datetime.now(UTC)
        answer = asdict(disposal.dispose(office.connection, office.signer, office.exported, at=now))
    at.answer(answer, lambda: faces.pairs("Disposed of", answer))


def _exported(office: Office, *, asked: bool) -> list[Checkpoint]:
    if asked and not office.exported.path.exists():
        raise WrongUsage(
            f"there is no {office.exported.path}: name the file that `seloste ledger seal` exported to"
        )
    from seloste.register.ledger.checkpoints import CheckpointsUnreadable

    try:
        return office.exported.read()
    except CheckpointsUnreadable as wrong:
        raise WrongUsage(str(wrong)) from None


def _pinned(office: Office, key: str | None) -> PublicKey:
    from seloste.register.ledger.verifier import PublicKey, Unreadable

    file = Path(key) if key else office.signer.pinned
    try:
        if file.exists():
            return PublicKey.parse(file.read_text())
        if key:
            return PublicKey.parse(key)
    except (Unreadable, OSError) as wrong:
        raise WrongUsage(f"--key: {wrong}") from None
    raise WrongUsage(
        f"no public key is pinned in {file}: name the one that was with --key, or put the file back from where it is"
        " kept; the first `seloste ledger seal` makes it"
    )


def _flat(answer: dict[str, Any]) -> dict[str, Any]:
    """For a person: what lies within on its own line, lists by their length."""
    told: dict[str, Any] = {}
    for name, value in answer.items():
        if isinstance(value, dict):
            told |= {f"{name}_{inner}": each for inner, each in value.items()}
        elif isinstance(value, list):
            told[name] = f"{len(value)} hashes"
        elif value is not None:
            told[name] = value
    return told


def _shown(answer: dict[str, Any]) -> Any:
    from rich.console import Group
    from rich.text import Text

    parts: list[Any] = []
    if answer["findings"]:
        table = faces.columns("What", "Leaves", "Told")
        for each in answer["findings"]:
            ends = [each["index"], each["upto"]]
            where = "" if ends[0] is None else str(ends[0]) if ends[0] == ends[1] else f"{ends[0]}-{ends[1]}"
            table.add_row(each["what"], where, Text(each["told"]))
        parts.append(table)
    told = f"{answer['size']} leaves, {answer['checkpoints']} checkpoints"
    if answer["intact"]:
        parts.append(Text.assemble(("The ledger is intact", "open"), f"  {told}"))
    else:
        parts.append(Text(f"Tampered  {len(answer['findings'])} findings; {told}", style="refused"))
    parts.append(Text(f"{answer['unsealed']} events not sealed yet", style="quiet"))
    if not answer["compared_with"]:
        parts.append(
            Text(
                "Compared with no exported checkpoint: what was cut off at the end cannot show",
                style="warning",
            )
        )
    return Group(*parts)
