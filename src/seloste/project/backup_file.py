"""The form of a backup: one file of named parts, the last of them a manifest with the digest of each.

It is a zip, so that anybody can look into it. It is written as a draft beside its place and takes
its name when it is whole and on the disk; a draft has no table of contents and is never read.
"""

from __future__ import annotations

import json
import os
import secrets
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from seloste.interfaces.cli.house import NotDone, NotUsable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORM = 1
MANIFEST = "manifest.json"
CHUNK = 1 << 20
COMPRESSION = 1
"""The fastest: text of tables shrinks to a fifth, and a slower one gains a tenth more."""


class DamagedBackup(NotUsable):
    """A part of a backup is damaged or missing; the message says which."""


@dataclass
class Written:
    """A part as it was written: its length and digest so far, and what else is told of it."""

    file: IO[bytes]
    size: int = 0

    def __post_init__(self) -> None:
        """Nothing is written yet."""
        self._digest = sha256()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """This will add to the part."""
        self.file.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def told(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {"sha256": self._digest.hexdigest(), "bytes": self.size}


class Draft:
    """A backup that is being written."""

    def __init__(self, file: zipfile.ZipFile, tell: Callable[[str], None]) -> None:
        """`tell` is told the name of each part before it is written."""
        self._file = file
        self._tell = tell
        self._parts: dict[str, dict[str, Any]] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[tuple[Written, dict[str, Any]]]:
        """A part to write, and a place for what else the manifest shall say of it."""
        self._tell(name)
        with self._file.open(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), "w", force_zip64=True) as file:
            written, more = Written(file), dict[str, Any]()
            yield written, more
        self._parts[name] = {**written.told, **more}

    def add(self, name: str, data: bytes) -> None:
        """This will write a part that is small enough to be held."""
        with self.part(name) as (written, _):
            written.write(data)

    def rows(self, name: str) -> int:
        """How many rows a part that was written holds."""
        return int(self._parts[name].get("rows", 0))

    def finish(self, told: dict[str, Any]) -> dict[str, Any]:
        """This will write the manifest; without it nothing is a backup."""
        manifest = {"form": FORM, **told, "parts": self._parts}
        self._file.writestr(MANIFEST, json.dumps(manifest, indent=1))
        return manifest


@contextmanager
def drafted(to: Path, tell: Callable[[str], None]) -> Iterator[Draft]:
    """This will write a backup beside its place and put it there when the block ends well.

    Its owner alone can read it.
    Raises: NotDone when there is such a file already.
    """
    if to.exists():
        raise NotDone(f"{to} is there already and was left as it is: name another file, or a folder")
    draft = to.with_name(f".{to.name}.{secrets.token_hex(4)}.draft")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as raw:
            with zipfile.ZipFile(
                raw, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=COMPRESSION
            ) as file:
                yield Draft(file, tell)
            raw.flush()
            os.fsync(raw.fileno())
        # a link, since it refuses a name that somebody has taken meanwhile
        os.link(draft, to)
        sync_folder(to.parent)
    finally:
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """This will have the names in a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put(path: Path, content: bytes) -> None:
    """This will write a file that its owner alone can read, there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.draft")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


class Backup:
    """A backup that is read."""

    def __init__(self, file: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
        """Made by `opened` alone."""
        self._file = file
        self.manifest = manifest

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """What the manifest says of each part, in the order in which they were written."""
        return dict(self.manifest["parts"])

    def under(self, folder: str) -> list[str]:
        """The parts of a folder."""
        return [name for name in self.parts if name.startswith(f"{folder}/")]

    def chunks(self, name: str) -> Iterator[bytes]:
        """What a part holds, piece by piece."""
        with self._file.open(name) as file:
            while piece := file.read(CHUNK):
                yield piece

    def read(self, name: str) -> bytes:
        """What a part holds, at once."""
        return b"".join(self.chunks(name))

    def check(self, tell: Callable[[str], None] = lambda _name: None) -> None:
        """This will read every part and compare it with the manifest.

        Raises: DamagedBackup.
        """
        there = set(self._file.namelist()) - {MANIFEST}
        if lost := sorted(self.parts.keys() - there):
            raise DamagedBackup(f"part {lost[0]} is missing from the backup; nothing was done")
        if strange := sorted(there - self.parts.keys()):
            raise DamagedBackup(f"part {strange[0]} is not in the backup's manifest; nothing was done")
        for name, told in self.parts.items():
            tell(name)
            digest = sha256()
            try:
                for piece in self.chunks(name):
                    digest.update(piece)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
                raise DamagedBackup(f"part {name} of the backup is damaged; nothing was done") from None
            if digest.hexdigest() != told["sha256"]:
                raise DamagedBackup(f"part {name} is not what the manifest says; nothing was done")


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """This will open a backup to be read.

    Raises: NotUsable, DamagedBackup.
    """
    try:
        file = zipfile.ZipFile(path)
    except OSError as wrong:
        raise NotUsable(f"{path}: {(wrong.strerror or str(wrong)).lower()}") from None
    except zipfile.BadZipFile:
        raise DamagedBackup(
            f"{path} is no backup, or was cut off: its table of contents is missing; nothing was done"
        ) from None
    with file:
        try:
            manifest = json.loads(file.read(MANIFEST))
        except (KeyError, ValueError, zipfile.BadZipFile, zlib.error, EOFError):
            raise DamagedBackup(
                f"part {MANIFEST} of the backup is damaged or missing; nothing was done"
            ) from None
        if manifest.get("form") != FORM:
            raise NotUsable(
                f"{path} is a backup of form {manifest.get('form')}, and this program reads form {FORM}"
            )
        yield Backup(file, manifest)
