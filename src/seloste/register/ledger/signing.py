"""The sealer's signature: a key in a file of its own, and the public half in another, to be pinned.

Law: GDPR 32(1). Notice: protection.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .verifier import Checkpoint, PublicKey, Unreadable

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"[^\s+]+")
"""What a key may be called: a note sets it between spaces, a pinned key before a plus."""


class SigningKeyExposed(Exception):
    """Somebody but its owner may read the key that seals the ledger."""


class SigningKeyMissing(Exception):
    """The key that seals the ledger is not where it is kept."""


class SigningKeyDamaged(Exception):
    """The file of the key that seals the ledger holds no key."""


class NotSigned(Exception):
    """A text does not bear the signature that it should."""


class Signer(Protocol):
    """What signs checkpoints: a file by default, a key vault elsewhere."""

    @property
    def public(self) -> PublicKey:
        """The key by which its signatures are verified."""

    def begin(self) -> None:
        """This will make the key, if there is none yet: for a ledger that nothing has signed."""

    def sign(self, note: Checkpoint) -> Checkpoint:
        """The checkpoint with the signature under it."""

    def successor(self) -> Signer:
        """The key that comes after this one; kept, and not in use until `take_over`."""

    def take_over(self, successor: PublicKey) -> bool:
        """This will use the key that comes after this one from now on, if that is the one kept."""


@dataclass(frozen=True)
class FileSigner:
    """An Ed25519 key in a file that its owner alone can read; the public key lies beside it as `.pub`.

    Reading makes no key: the first is made when the ledger begins, each other by the one before it.
    The public file is written once, with the first key, and is what is pinned: later keys are
    named by checkpoints that the key before them signed.
    """

    path: Path
    name: str

    @classmethod
    def at(cls, path: Path, name: str) -> FileSigner:
        """The key of a file; one that is pinned keeps its name, also in a database that is called otherwise.

        Raises: SigningKeyDamaged.
        """
        pinned = cls(path, name).pinned
        try:
            return cls(path, PublicKey.parse(pinned.read_text()).name if pinned.exists() else name)
        except Unreadable as wrong:
            raise SigningKeyDamaged(f"{pinned}: {wrong}") from None

    @property
    def public(self) -> PublicKey:
        """The public half. Raises: SigningKeyMissing, SigningKeyExposed, SigningKeyDamaged."""
        return PublicKey(self.name, self._key().public_key().public_bytes_raw())

    @property
    def pinned(self) -> Path:
        """The file with the first public key."""
        return self.path.with_suffix(".pub")

    def sign(self, note: Checkpoint) -> Checkpoint:
        """This will sign a checkpoint."""
        return note._replace(signature=self.public.hash + self._key().sign(note.signed.encode()))

    def sign_text(self, text: str) -> str:
        """This will put a signature under a text that ends its last line, as under a checkpoint (a C2SP signed note)."""
        signature = base64.b64encode(self.public.hash + self._key().sign(text.encode())).decode()
        return f"{text}\n— {self.name} {signature}\n"

    def successor(self) -> FileSigner:
        """The key that comes next, in a file beside this one; made when there is none yet."""
        kept = self._kept()
        kept.begin()
        return kept

    def _kept(self) -> FileSigner:
        return FileSigner(self.path.with_suffix(".next"), self.name)

    def take_over(self, successor: PublicKey) -> bool:
        """This will put the next key in place of this one, if it is the successor that was named."""
        kept = self._kept()
        if not kept.path.exists() or kept.public != successor:
            return False
        kept.path.replace(self.path)
        return True

    def _key(self) -> Ed25519PrivateKey:
        if not self.path.exists():
            raise SigningKeyMissing(
                f"{self.path} is not there: put it back from where it is kept. `seloste ledger seal` makes a key where"
                " nothing was signed yet, and nothing else does"
            )
        if stat.S_IMODE(self.path.stat().st_mode) & 0o077:
            raise SigningKeyExposed(
                f"{self.path} can be read by others than its owner: chmod 600, and hand over to a new key"
            )
        try:
            return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.path.read_text()))
        except ValueError:
            raise SigningKeyDamaged(f"{self.path} holds no key: put it back from where it is kept") from None

    def begin(self) -> None:
        """This will make the key and pin its public half, if there is none yet."""
        if not NAME.fullmatch(self.name):
            raise SigningKeyDamaged(f"{self.name!r} cannot name a key: it holds a space or a plus")
        if self.path.exists():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate()
        link(self.path, made.private_bytes_raw().hex(), 0o600)
        if self.path.suffix != ".next":
            link(self.pinned, f"{self.public}\n", 0o644)


def signed_text(note: str, by: PublicKey) -> str:
    """This will give the text of a signed note, if the key signed it.

    Raises: NotSigned.
    """
    text, _, tail = note.rpartition("\n— ")
    name, _, encoded = tail.rstrip("\n").rpartition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
        Ed25519PublicKey.from_public_bytes(by.raw).verify(signature[4:], text.encode())
        is_by = name == by.name and signature[:4] == by.hash
    except (InvalidSignature, binascii.Error):
        is_by = False
    if not is_by:
        raise NotSigned(
            f"this was not signed by {by.name}, or was changed since: do nothing of what it says, and ask whoever sent it"
        )
    return text


def link(path: Path, text: str, mode: int) -> bool:
    """This will make a file that is whole from the moment it is there; tells whether nobody had made it before."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True
