"""Where keys come from: key-encryption keys and index keys, by name and version.

A key-encryption key (`kek:SIDE`) wraps the data keys of one side of the wall and encrypts nothing
else; an index key (`index:SIDE`) makes the index by which an identifier is found; a suppression key
(`suppression:SIDE`) makes the hash by which an erased number or address is known again. None stands in
the database: what stands there is useless without this port.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
import secrets
import stat
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

KEY_BYTES = 32
CHECKED = b"seloste key check value"


class KeysExposed(Exception):
    """Somebody but their owner may read the keys."""


class KeysMissing(Exception):
    """Keys that are needed are not there; nothing was changed, and nothing is made in their place."""


class WrongKey(Exception):
    """A key is not the one that this register's values were sealed under; nothing was changed."""


class NoKeyProvider(Exception):
    """Nothing says where this program's keys come from."""


class KeyProvider(Protocol):
    """Where keys come from: a file, or a vault that never lets them out."""

    def names(self) -> tuple[str, ...]:
        """The names of the keys that there are."""

    def current(self, name: str) -> int:
        """The version of a key under which new things are made."""

    def versions(self, name: str) -> tuple[int, ...]:
        """The versions of a key that there are, the oldest first."""

    def wrap(self, name: str, version: int, key: bytes) -> bytes:
        """A data key, encrypted."""

    def unwrap(self, name: str, version: int, wrapped: bytes) -> bytes:
        """A data key that was wrapped under this version."""

    def digest(self, name: str, version: int, value: bytes) -> bytes:
        """A keyed hash of 32 bytes."""

    def check_value(self, name: str, version: int) -> bytes:
        """What tells one key from another and says nothing else about it."""

    def make(self, names: Iterable[str]) -> None:
        """Makes the first version of keys that there are none of yet."""

    def add(self, name: str) -> int:
        """Makes a next version beside the current one, unless one waits already; tells which."""

    def promote(self, name: str, version: int) -> None:
        """Makes a version the current one."""

    def retire(self, name: str, version: int) -> None:
        """Destroys a version that nothing uses."""


def kek(side: str) -> str:
    """The name of the key-encryption key of a side."""
    return f"kek:{side}"


def index(side: str) -> str:
    """The name of the key of a side's indexes."""
    return f"index:{side}"


def suppression(side: str) -> str:
    """The name of the key of a side's suppressed contact points; never rotated, as what it hashed is gone."""
    return f"suppression:{side}"


@dataclass(frozen=True)
class FileKeys:
    """Keys in one file that its owner alone can read; it is always replaced whole."""

    path: Path
    _read: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    def names(self) -> tuple[str, ...]:
        """The names of the keys that there are."""
        return tuple(sorted(self._held()))

    def current(self, name: str) -> int:
        """The version of a key under which new things are made.

        Raises: KeysMissing, KeysExposed.
        """
        return self._named(name).current

    def versions(self, name: str) -> tuple[int, ...]:
        """The versions of a key that there are, the oldest first; none where there is no such key."""
        held = self._held().get(name)
        return tuple(sorted(held.keys)) if held else ()

    def wrap(self, name: str, version: int, key: bytes) -> bytes:
        """This will encrypt a data key by AES key wrap, RFC 3394: 40 bytes for 32, and key vaults know it.

        Raises: KeysMissing, KeysExposed.
        """
        return aes_key_wrap(self._key(name, version), key)

    def unwrap(self, name: str, version: int, wrapped: bytes) -> bytes:
        """This will give a data key that was wrapped under this version.

        Raises: WrongKey, KeysMissing, KeysExposed.
        """
        try:
            return aes_key_unwrap(self._key(name, version), wrapped)
        except InvalidUnwrap:
            raise WrongKey(
                f"version {version} of {name} does not unwrap a data key that was wrapped under it: it is another key than"
                " then. `seloste keys check` tells which are; restore the file from the backup of the keys. Nothing was"
                " changed"
            ) from None

    def digest(self, name: str, version: int, value: bytes) -> bytes:
        """A keyed hash of 32 bytes."""
        return hmac.digest(self._key(name, version), value, sha256)

    def check_value(self, name: str, version: int) -> bytes:
        """What tells one key from another: a keyed hash of a constant, cut to 8 bytes."""
        return self.digest(name, version, CHECKED)[:8]

    def make(self, names: Iterable[str]) -> None:
        """This will make the first version of keys that there are none of yet."""
        with self._changing() as held:
            for name in names:
                held.setdefault(name, _Versions(1, {1: os.urandom(KEY_BYTES)}))

    def add(self, name: str) -> int:
        """This will make a next version beside the current one, unless one waits already.

        Raises: KeysMissing.
        """
        with self._changing() as held:
            known = held.get(name) or self._named(name)
            last = max(known.keys)
            if last == known.current:
                last += 1
                held[name] = _Versions(known.current, {**known.keys, last: os.urandom(KEY_BYTES)})
        return last

    def promote(self, name: str, version: int) -> None:
        """This will make a version the current one.

        Raises: KeysMissing.
        """
        self._key(name, version)
        with self._changing() as held:
            held[name] = _Versions(version, held[name].keys)

    def retire(self, name: str, version: int) -> None:
        """This will destroy a version that nothing uses; the current one stays."""
        with self._changing() as held:
            known = held[name]
            kept = {n: key for n, key in known.keys.items() if n != version or n == known.current}
            held[name] = _Versions(known.current, kept)

    def _key(self, name: str, version: int) -> bytes:
        key = self._named(name).keys.get(version)
        if key is None:
            raise KeysMissing(
                f"version {version} of {name} is not in {self.path}, and what was made under it cannot be opened without"
                " it: restore the file from the backup of the keys. Nothing was changed"
            )
        return key

    def _named(self, name: str) -> _Versions:
        held = self._held().get(name)
        if held is None:
            raise KeysMissing(
                f"there is no key {name} in {self.path}: where values were sealed already, restore the file from the"
                " backup of the keys; in a register that holds none, `seloste keys make` makes it. Nothing was changed"
            )
        return held

    def _held(self) -> Mapping[str, _Versions]:
        """What the file holds, read again when somebody has replaced it."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return {}
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise KeysExposed(
                f"{self.path} can be read by others than its owner: chmod 600, and consider the keys known: `seloste keys"
                " rotate` replaces them"
            )
        as_it_was = (found.st_ino, found.st_mtime_ns, found.st_size)
        if self._read.get("as_it_was") != as_it_was:
            self._read.update(held=_parsed(self.path), as_it_was=as_it_was)
        held: Mapping[str, _Versions] = self._read["held"]  # type: ignore[assignment]
        return held

    @contextmanager
    def _changing(self) -> Iterator[dict[str, _Versions]]:
        """Lends what the file holds and replaces it whole: a kill leaves the file before or the one after."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f".{self.path.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            held = dict(self._held())
            before = dict(held)
            yield held
            if held != before:
                _replace(self.path, held)


@dataclass(frozen=True)
class _Versions:
    """The versions of one key."""

    current: int
    keys: Mapping[int, bytes] = field(repr=False)


def _parsed(path: Path) -> dict[str, _Versions]:
    try:
        told = json.loads(path.read_text())
        return {
            name: _Versions(
                each["current"], {int(n): bytes.fromhex(key) for n, key in each["versions"].items()}
            )
            for name, each in told.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeysMissing(
            f"{path} is not a file of keys: restore it from the backup of the keys. Nothing was changed"
        ) from None


def _replace(path: Path, held: Mapping[str, _Versions]) -> None:
    told = {
        name: {
            "current": each.current,
            "versions": {str(n): key.hex() for n, key in sorted(each.keys.items())},
        }
        for name, each in sorted(held.items())
    }
    # made 0600 from the start; on the same file system, so that it takes the old one's place at once
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


_provided: KeyProvider | None = None


def provide(keys: KeyProvider) -> None:
    """This will let the register's keys come from here."""
    global _provided  # noqa: PLW0603 - wired once, by the project
    _provided = keys


def provided() -> KeyProvider:
    """Where the register's keys come from.

    Raises: NoKeyProvider.
    """
    if _provided is None:
        raise NoKeyProvider("nothing says where keys come from: the project wires it before anybody acts")
    return _provided


def new_data_keys(count: int) -> list[bytes]:
    """This will make data keys, of 256 random bits each."""
    random = secrets.token_bytes(KEY_BYTES * count)
    return [random[i : i + KEY_BYTES] for i in range(0, len(random), KEY_BYTES)]
