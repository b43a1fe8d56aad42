"""Verifies an export of the ledger, with the Python standard library and `cryptography` alone.

    python verifier.py EXPORT --key PUBLIC [--checkpoint FILE]

An auditor copies this one file: it imports nothing of ours, and no database is asked. EXPORT is what
`seloste ledger export` wrote; PUBLIC is a file with the sealer's public key, or the key itself, as it
was pinned; FILE holds checkpoints as they were exported when they were made. It finds a change,
removal, reordering, truncation or rebuilding since, and says where.
Exit: 0 intact, 1 tampered, 2 the files cannot be read.

Law: GDPR 5(2), 32(1). The tree is that of RFC 9162, a body is written by RFC 8785, a checkpoint is a
signed note (C2SP) with an Ed25519 signature.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "seloste ledger 1"
DISPOSED = "ledger.disposed"
"""The kind of an event that names bodies which a rule of the notice ends."""

ED25519 = b"\x01"
KEY_BYTES = HASH_BYTES = 32
TOLD_AT_MOST = 1_000
"""Findings that are told one by one: of a ledger that was rebuilt every leaf is another."""


class Unreadable(Exception):
    """A file is no export, no key or no checkpoint."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed; `index` to `upto` are the places in the tree."""

    what: str
    index: int | None
    upto: int | None
    event: str | None
    told: str


# -- bodies and the tree ----------------------------------------------------------------------------


def canonical(body: dict[str, Any]) -> bytes:
    """The body as RFC 8785 writes it; its values are texts, whole numbers, booleans, nulls and lists.

    Of those, Python writes what the RFC asks for. Fractions, which it would not, do not occur.
    """
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_hash(body: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees beside each other."""
    return sha256(b"\x01" + left + right).digest()


def indexes_hash(indexes: Iterable[int]) -> str:
    """What a disposal's body says of the places it names."""
    return sha256(b"".join(index.to_bytes(8, "big") for index in sorted(indexes))).hexdigest()


@dataclass
class Frontier:
    """The tree's right edge: the complete subtrees that its leaves make, the largest first."""

    size: int = 0
    subtrees: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> list[bytes]:
        """This will append a leaf; tells the subtrees that it completed, the smallest first."""
        completed, size = [], self.size
        while size & 1:
            leaf = node_hash(self.subtrees.pop(), leaf)
            completed.append(leaf)
            size >>= 1
        self.subtrees.append(leaf)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The Merkle tree hash of the leaves so far."""
        if not self.subtrees:
            return sha256(b"").digest()
        found = self.subtrees[-1]
        for left in self.subtrees[-2::-1]:
            found = node_hash(left, found)
        return found


# -- keys and checkpoints ---------------------------------------------------------------------------


@dataclass(frozen=True)
class PublicKey:
    """A public key with its name, as a file pins it: `name+hash+base64`."""

    name: str
    raw: bytes

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """This will read a key. Raises: Unreadable."""
        try:
            name, told, encoded = text.strip().split("+", 2)
            kind_and_key = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise Unreadable("this is no public key: it is written name+hash+base64") from None
        found = cls(name, kind_and_key[1:])
        if kind_and_key[:1] != ED25519 or len(found.raw) != KEY_BYTES or found.hash.hex() != told:
            raise Unreadable("this is no Ed25519 key of the name that stands before it")
        return found

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(ED25519 + self.raw).decode()}"

    @property
    def hash(self) -> bytes:
        """The four bytes by which a signature tells whose it is."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.raw).digest()[:4]

    def signed(self, note: Checkpoint) -> bool:
        """Whether a checkpoint bears this key's signature."""
        if note.signature[:4] != self.hash or note.origin != self.name:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(note.signature[4:], note.signed.encode())
        except InvalidSignature:
            return False
        return True


class Checkpoint(NamedTuple):
    """What was signed of a tree: how many leaves it had, and their root."""

    origin: str
    size: int
    root: bytes
    number: int
    at: str
    next_key: PublicKey | None
    signed: str
    signature: bytes

    @property
    def text(self) -> str:
        """The signed note."""
        return f"{self.signed}\n— {self.origin} {base64.b64encode(self.signature).decode()}\n"

    @property
    def columns(self) -> dict[str, Any]:
        """What the ledger keeps beside the text, to find it by."""
        key = self.signature[:4].hex()
        return {
            "number": self.number,
            "size": self.size,
            "root": self.root.hex(),
            "at": self.at,
            "key_id": key,
        }

    @classmethod
    def write(
        cls, key: PublicKey, *, size: int, root: bytes, number: int, at: str, next_key: PublicKey | None
    ) -> Checkpoint:
        """This will write what is to be signed; the signature is empty yet."""
        lines = [key.name, str(size), base64.b64encode(root).decode(), f"number {number}", f"at {at}"]
        lines += [f"next {next_key}"] if next_key else []
        return cls(key.name, size, root, number, at, next_key, "".join(f"{line}\n" for line in lines), b"")

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """This will read a signed note. Raises: Unreadable."""
        signed, _, tail = text.partition("\n\n")
        try:
            origin, size, root, *more = signed.split("\n")
            said = dict(line.split(" ", 1) for line in more)
            dash, name, signature = tail.rstrip("\n").split(" ")
            next_key = PublicKey.parse(said["next"]) if "next" in said else None
            found = cls.write(
                PublicKey(origin, b""),
                size=int(size),
                root=base64.b64decode(root, validate=True),
                number=int(said["number"]),
                at=said["at"],
                next_key=next_key,
            )
            found = found._replace(signature=base64.b64decode(signature, validate=True))
        except (ValueError, KeyError, binascii.Error):
            raise Unreadable("this is no checkpoint of the ledger") from None
        # what is written anew must be what was read: nothing unsigned hides in it
        if (
            (dash, name) != ("—", origin)
            or found.text != text.rstrip("\n") + "\n"
            or len(found.root) != HASH_BYTES
        ):
            raise Unreadable("this is no checkpoint of the ledger")
        return found


def checkpoints(text: str) -> list[Checkpoint]:
    """This will read checkpoints that stand one after the other. Raises: Unreadable."""
    parts = text.strip("\n").split("\n\n") if text.strip() else []
    if len(parts) % 2:
        raise Unreadable("the last checkpoint of this file is cut off")
    return [Checkpoint.parse("\n\n".join(pair)) for pair in zip(parts[::2], parts[1::2], strict=True)]


# -- verifying --------------------------------------------------------------------------------------


class Verifier:
    """Follows the ledger leaf by leaf and remembers what is not as it was sealed."""

    def __init__(
        self, pinned: PublicKey, stored: Iterable[dict[str, Any]], exported: Iterable[Checkpoint] = ()
    ) -> None:
        """`stored` are the ledger's own checkpoints, `exported` those that were kept elsewhere."""
        self.findings: list[Finding] = []
        self.frontier = Frontier()
        self._more = 0
        self._bodies_missing: set[int] = set()
        self._disposed: set[int] = set()
        self._nodes: list[tuple[int, int]] = []
        self._whole, self._next, self._good_upto = True, 0, 0
        self._last: Checkpoint | None = None
        own = list(self._read(stored))
        self._checkpoints = len(own)
        self._due = sorted(self._trusted(pinned, own, list(exported)), key=_by_size)
        self._reached()

    def _found(
        self,
        what: str,
        told: str,
        index: int | None = None,
        upto: int | None = None,
        event: str | None = None,
    ) -> None:
        if len(self.findings) < TOLD_AT_MOST:
            self.findings.append(Finding(what, index, index if upto is None else upto, event, told))
        else:
            self._more += 1

    def _read(self, stored: Iterable[dict[str, Any]]) -> Iterator[Checkpoint]:
        for row in stored:
            try:
                note = Checkpoint.parse(row["note"])
            except Unreadable:
                self._found("checkpoint", f"checkpoint {row['number']} cannot be read", row["size"] - 1)
                continue
            if note.columns != {name: row[name] for name in note.columns}:
                told = f"checkpoint {row['number']} is not what its signed text says"
                self._found("checkpoint", told, max(note.size - 1, 0))
            yield note

    def _trusted(
        self, pinned: PublicKey, stored: list[Checkpoint], exported: list[Checkpoint]
    ) -> Iterator[Checkpoint]:
        """The checkpoints that the pinned key, or one it handed over to, has signed."""
        self._compare(stored, exported)
        notes = {note.number: note for note in (*stored, *exported)}
        ordered = [notes[number] for number in sorted(notes)]
        for before, note in pairwise([None, *ordered]):
            expected = before.number + 1 if before else 0
            if note and note.number != expected:
                told = f"checkpoints {expected} to {note.number - 1} were removed"
                self._found("checkpoint", told, before.size if before else 0, max(note.size - 1, 0))
        first = next((place for place, note in enumerate(ordered) if pinned.signed(note)), None)
        if first is None:
            if ordered:
                told = "no checkpoint is signed by the pinned key: the ledger was rebuilt under another"
                self._found("key", told, 0, max(ordered[-1].size - 1, 0))
            return
        # what came before the pinned key's first is bound by the tree that this one signed
        yield from ordered[:first]
        key = pinned
        for note in ordered[first:]:
            if not key.signed(note):
                told = f"checkpoint {note.number} of {note.size} leaves does not bear the signature of the key in force"
                self._found("checkpoint", told, max(note.size - 1, 0))
                continue
            key, self._last = note.next_key or key, note
            yield note

    def _compare(self, stored: list[Checkpoint], exported: list[Checkpoint]) -> None:
        own = {note.number: note for note in stored}
        for note in exported:
            here = own.get(note.number)
            if here is None:
                self._found(
                    "checkpoint",
                    f"checkpoint {note.number}, exported with {note.size} leaves, is not in the ledger any more",
                    max(note.size - 1, 0),
                )
            elif here.text != note.text:
                self._found(
                    "checkpoint",
                    f"checkpoint {note.number} is another than the one that was exported with {note.size} leaves",
                    max(note.size - 1, 0),
                )

    def leaf(self, record: dict[str, Any]) -> None:
        """This will follow one leaf: {"index", "event", "hash", "nodes", "body", "disposes"}."""
        index, event, stored = record["index"], record["event"], bytes.fromhex(record["hash"])
        if index != self._next:
            self._found("removed", f"leaves {self._next} to {index - 1} are missing", self._next, index - 1)
            self._whole = False
        self._next = index + 1
        self._judge_body(record, index, event, stored)
        if self._whole:
            self._judge_nodes(index, self.frontier.add(stored), record["nodes"])
            self._reached()

    def _judge_body(self, record: dict[str, Any], index: int, event: str, stored: bytes) -> None:
        body = record["body"]
        disposes: list[int] = record.get("disposes") or []
        if body is None:
            self._bodies_missing.add(index)
            return
        if leaf_hash(canonical(body)) != stored or body.get("id") != event:
            self._found(
                "changed", f"event {event} or its members are not those that were sealed", index, event=event
            )
        elif body.get("disposes") != (indexes_hash(disposes) if disposes else None):
            self._found("changed", f"disposal {event} names other leaves than it did", index, event=event)
        elif disposes and body["kind"] == DISPOSED:
            self._disposed |= {each for each in disposes if each < index}

    def _judge_nodes(self, index: int, made: list[bytes], nodes: list[str | None]) -> None:
        for level, told in enumerate(made, 1):
            if level > len(nodes) or nodes[level - 1] != told.hex():
                self._nodes.append((level, index))
        if len(nodes) > len(made):
            self._found("node", f"leaf {index} completes more subtrees than there are", index)

    def _reached(self) -> None:
        """Judges the checkpoints of the size that the tree has now."""
        while self._due and self._due[0].size == self.frontier.size:
            note = self._due.pop(0)
            if note.root == self.frontier.root():
                for level, index in self._nodes:
                    self._found(
                        "node",
                        f"the stored hash of leaves {index + 1 - (1 << level)} to {index} was changed or removed",
                        index + 1 - (1 << level),
                        index,
                    )
                self._nodes, self._good_upto = [], note.size
                continue
            first, last = self._narrowed(note.size)
            self._found(
                "leaves",
                f"leaves {first} to {last} are not those that checkpoint {note.number} of {note.size} leaves has signed:"
                " one of them was changed, moved, put in or taken out",
                first,
                last,
            )
            # what follows cannot match either: one place is told, not all that comes after it
            self._due = []

    def _narrowed(self, size: int) -> tuple[int, int]:
        """The smallest subtree that the stored nodes tell apart, else all since the last good checkpoint."""
        candidates = [(level, index) for level, index in self._nodes if index >= self._good_upto]
        if not candidates:
            return self._good_upto, size - 1
        level, index = min(candidates)
        return max(index + 1 - (1 << level), self._good_upto), index

    def answer(self, unsealed: int) -> dict[str, Any]:
        """This will put together what was found; `unsealed` is how many events are not sealed yet."""
        findings = self._finish()
        return {
            "intact": not findings,
            "size": self._next,
            "checkpoints": self._checkpoints,
            "unsealed": unsealed,
            "findings": [asdict(finding) for finding in findings],
        }

    def _finish(self) -> list[Finding]:
        """What can be told only at the end; then all that was found, by place."""
        for index in sorted(self._bodies_missing - self._disposed):
            self._found("removed", f"the body of leaf {index} is missing and no disposal covers it", index)
        size = self._last.size if self._last else 0
        if self._next < size:
            self._found(
                "truncated",
                f"leaves {self._next} to {size - 1} were sealed and are missing",
                self._next,
                size - 1,
            )
        elif self._next > size and self._last:
            self._found(
                "leaves", f"leaves {size} to {self._next - 1} stand under no checkpoint", size, self._next - 1
            )
        elif self._next and not self._last and not self.findings:
            self._found("checkpoint", "there are leaves and no checkpoint", 0, self._next - 1)
        if self._more:
            self.findings.append(Finding("more", None, None, None, f"and {self._more} more"))
        return sorted(self.findings, key=lambda f: (f.index is None, f.index or 0, f.what))


def _by_size(note: Checkpoint) -> tuple[int, int]:
    return note.size, note.number


def verify(
    records: Iterator[dict[str, Any]], pinned: PublicKey, exported: Iterable[Checkpoint] = ()
) -> dict[str, Any]:
    """This will verify the records of an export.

    Shape: {"intact", "size", "checkpoints", "unsealed", "findings": [{"what", "index", "upto", "event", "told"}]}.
    Raises: Unreadable.
    """
    try:
        head = next(records)
        if head["format"] != FORMAT:
            raise Unreadable(f"this is an export of another format than {FORMAT!r}")
        following = Verifier(pinned, head["checkpoints"], exported)
        unsealed, ended = 0, False
        for record in records:
            if ended := "unsealed" in record:
                unsealed = record["unsealed"]
            else:
                following.leaf(record)
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        raise Unreadable("this is no export of the ledger, or it was damaged") from None
    if not ended:
        raise Unreadable("this export is cut off: its last line is missing")
    return following.answer(unsealed)


def _kept(file: Path) -> list[Checkpoint]:
    found = checkpoints(file.read_text(encoding="utf-8"))
    if not found:
        raise Unreadable(f"{file} holds no checkpoint: restore it from where it was kept")
    return found


def main(arguments: list[str] | None = None) -> int:
    """This will verify the files that it is given, and say so."""
    asked = argparse.ArgumentParser(description="Verify an export of the ledger.")
    asked.add_argument("export", type=Path)
    asked.add_argument("--key", required=True, help="a file with the pinned public key, or the key")
    asked.add_argument("--checkpoint", type=Path, action="append", default=[], help="exported checkpoints")
    asked.add_argument("--json", action="store_true")
    told = asked.parse_args(arguments)
    try:
        pinned = PublicKey.parse(Path(told.key).read_text() if Path(told.key).exists() else told.key)
        exported = [note for file in told.checkpoint for note in _kept(file)]
        with told.export.open(encoding="utf-8") as lines:
            found = verify(map(json.loads, lines), pinned, exported)
    except (Unreadable, OSError) as wrong:
        sys.stderr.write(f"cannot be read: {wrong}\n")
        return 2
    if told.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return 0 if found["intact"] else 1
    said = [f"{finding['what']}: {finding['told']}" for finding in found["findings"]]
    said.append(
        f"{'intact' if found['intact'] else 'TAMPERED'}: {found['size']} leaves, {found['checkpoints']} checkpoints,"
        f" {found['unsealed']} events not sealed yet"
    )
    sys.stdout.write("\n".join(said) + "\n")
    return 0 if found["intact"] else 1


if __name__ == "__main__":
    sys.exit(main())
