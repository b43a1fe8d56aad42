"""Sealing: values that are kept as ciphertext under a data key, and found by a keyed index of their full form."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .keys import index

if TYPE_CHECKING:
    from .keys import KeyProvider

VERSION = b"\x01"
NONCE_BYTES = 12
HETU_CHARACTERS = 11


class NotReadable(Exception):
    """A ciphertext does not belong to this place, or was made under another key."""


class NotFullForm(ValueError):
    """An identifier was looked for by less than its full form, which several people could share."""


@dataclass(frozen=True)
class Place:
    """Where a sealed value stands: it opens there and nowhere else."""

    table: str
    column: str
    subject_id: int

    def __bytes__(self) -> bytes:
        """What is authenticated with the value."""
        return f"{self.table}:{self.column}:{self.subject_id}".encode()


def seal(value: bytes, key: bytes, place: Place) -> bytes:
    """This will encrypt a value under a data key, so that it can be read in this place alone.

    Law: GDPR 32(1)(a). Notice: protection.
    """
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, value, bytes(place))


def opened(ciphertext: bytes, key: bytes, place: Place) -> bytes:
    """This will decrypt what was sealed in this place under this data key.

    Raises: NotReadable.
    """
    start = len(VERSION) + NONCE_BYTES
    if ciphertext[: len(VERSION)] != VERSION or len(ciphertext) < start:
        raise NotReadable(f"{place.table}.{place.column} holds no ciphertext of a version that is known here")
    try:
        return AESGCM(key).decrypt(ciphertext[len(VERSION) : start], ciphertext[start:], bytes(place))
    except InvalidTag:
        raise NotReadable(
            f"{place.table}.{place.column} of subject {place.subject_id} was not sealed here under this key"
        ) from None


def blind_index(hetu: str, side: str, keys: KeyProvider, version: int) -> bytes:
    """This will make the index by which a personal identity code is found on one side of the wall.

    All 11 characters count, the separator too: 100190-999P and 100190Y999P are two people.
    Raises: NotFullForm. Law: Tietosuojalaki 1050/2018 29 §. Notice: categories.
    """
    full = hetu.strip().upper()
    if len(full) != HETU_CHARACTERS:
        raise NotFullForm("a personal identity code is looked for by all of its 11 characters")
    return keys.digest(index(side), version, b"hetu:" + full.encode())
