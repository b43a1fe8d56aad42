"""Keys: values that are kept as ciphertext, and found by a keyed index of their full form."""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

if TYPE_CHECKING:
    from pathlib import Path

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32
HETU_CHARACTERS = 11


class KeysExposed(Exception):
    """Somebody but their owner may read the keys."""


class NotReadable(Exception):
    """A ciphertext does not belong to this place, or was made under other keys."""


class NotFullForm(ValueError):
    """An identifier was looked for by less than its full form, which several people could share."""


class KeyProvider(Protocol):
    """Where keys come from."""

    def key(self, name: str) -> bytes:
        """The key of a name: 32 bytes, the same whenever asked."""


@dataclass(frozen=True)
class FileKeys:
    """Keys derived by name from one secret in a file that its owner alone can read."""

    path: Path
    _known: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    def key(self, name: str) -> bytes:
        """This will derive the key of a name; the secret is made when there is none yet.

        Raises: KeysExposed.
        """
        if name not in self._known:
            derive = HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=name.encode())
            self._known[name] = derive.derive(self._secret())
        return self._known[name]

    def _secret(self) -> bytes:
        if not self.path.exists():
            self._make()
        if stat.S_IMODE(self.path.stat().st_mode) & 0o077:
            raise KeysExposed(
                f"{self.path} can be read by others than its owner: chmod 600, and consider the keys known"
            )
        return bytes.fromhex(self.path.read_text())

    def _make(self) -> None:
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            # whoever links first has made the secret; a second maker takes that one
            os.link(draft, self.path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()


@dataclass(frozen=True)
class Vault:
    """What encrypts values for the place they stand in, and makes their index."""

    keys: KeyProvider

    def seal(self, value: str, table: str, column: str, subject_id: int) -> bytes:
        """This will encrypt a value so that it can be read in this place alone.

        Law: GDPR 32(1)(a). Notice: protection.
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        place = _place(table, column, subject_id)
        return VERSION + nonce + self._cipher(table, column).encrypt(nonce, value.encode(), place)

    def open(self, ciphertext: bytes, table: str, column: str, subject_id: int) -> str:
        """This will decrypt what was sealed in this place.

        Raises: NotReadable.
        """
        version, nonce, body = (
            ciphertext[:1],
            ciphertext[1 : 1 + NONCE_BYTES],
            ciphertext[1 + NONCE_BYTES :],
        )
        if version != VERSION:
            raise NotReadable(f"{table}.{column} holds no ciphertext of a version that is known here")
        try:
            return (
                self._cipher(table, column).decrypt(nonce, body, _place(table, column, subject_id)).decode()
            )
        except InvalidTag:
            raise NotReadable(
                f"{table}.{column} of subject {subject_id} was not sealed here under these keys"
            ) from None

    def blind_index(self, hetu: str, side: str) -> bytes:
        """This will make the index by which a personal identity code is found on one side of the wall.

        All 11 characters count, the separator too: 100190-999P and 100190Y999P are two people.
        Raises: NotFullForm. Law: Tietosuojalaki 1050/2018 29 §. Notice: categories.
        """
        full = hetu.strip().upper()
        if len(full) != HETU_CHARACTERS:
            raise NotFullForm("a personal identity code is looked for by all of its 11 characters")
        return hmac.digest(self.keys.key(f"index:hetu:{side}"), full.encode(), sha256)

    def _cipher(self, table: str, column: str) -> AESGCM:
        return AESGCM(self.keys.key(f"value:{table}.{column}"))


def _place(table: str, column: str, subject_id: int) -> bytes:
    return f"{table}:{column}:{subject_id}".encode()
