"""Checkpoints where the database's owner cannot reach them: a text file that only grows.

Law: GDPR 32(1). Notice: protection.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .signing import link
from .verifier import Checkpoint, Unreadable, checkpoints

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONGEST = 4_096
"""Bytes: more than the longest checkpoint takes, so that the last one is read without the others."""


class CheckpointsUnreadable(Exception):
    """The file of exported checkpoints is damaged; it is evidence, so nothing is added to it."""


@dataclass(frozen=True)
class Exported:
    """A file of exported checkpoints; it need not exist yet, but from its first moment on it holds one."""

    path: Path

    def read(self) -> list[Checkpoint]:
        """This will read them all. Raises: CheckpointsUnreadable."""
        if not self.path.exists():
            return []
        try:
            found = checkpoints(self.path.read_text(encoding="utf-8"))
        except (Unreadable, UnicodeDecodeError):
            raise self._damaged() from None
        if not found:
            raise self._empty()
        return found

    def last(self) -> Checkpoint | None:
        """This will read the last one. Raises: CheckpointsUnreadable."""
        if not self.path.exists():
            return None
        with self.path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST))
            tail = file.read().strip(b"\n").split(b"\n\n")
        if tail == [b""]:
            raise self._empty()
        try:
            return Checkpoint.parse(b"\n\n".join(tail[-2:]).decode())
        except (Unreadable, UnicodeDecodeError):
            raise self._damaged() from None

    def extend(self, after: Callable[[int], list[str]]) -> int:
        """This will add the checkpoints that `after` tells follow the last one here; says how many.

        Raises: CheckpointsUnreadable.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            notes = after(-1)
            if not notes:
                return 0
            if link(self.path, "".join(f"{note}\n" for note in notes), 0o644):
                return len(notes)
        with self.path.open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last = self.last()
            notes = after(last.number if last else -1)
            # at once: a kill leaves all of them or none
            os.write(file.fileno(), "".join(f"{note}\n" for note in notes).encode())
            os.fsync(file.fileno())
        return len(notes)

    def _empty(self) -> CheckpointsUnreadable:
        return CheckpointsUnreadable(
            f"{self.path} is there and holds no checkpoint, and nothing here ever leaves one empty: restore it from where"
            " it was kept, or name a new file. What was exported before cannot be compared without it"
        )

    def _damaged(self) -> CheckpointsUnreadable:
        return CheckpointsUnreadable(
            f"{self.path} does not end in a checkpoint: keep it as it is, as evidence, find out who changed it, and"
            " export to another file"
        )
