"""What the commands need of the house around them; the project provides it.

The commands translate; where the database lies, how its server is started and how the register
is wired to it is not theirs to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from rich.console import Console

    from seloste.policy.bootstrap import Place
    from seloste.policy.schema import Snapshot
    from seloste.register.sources.port import MessageSystem, SourceSystem


class NoDatabase(Exception):
    """No database answers; the message says what was tried and what to do."""


class NotDone(Exception):
    """What was asked would harm or contradict what is there; nothing was changed."""


class NotUsable(Exception):
    """What was given to read is damaged or is something else; nothing was done."""


class House(Protocol):
    """The project, as far as the commands know it."""

    def database(self) -> AbstractContextManager[Place]:
        """The database, its server started if need be and afterwards left as it was found.

        Raises: NoDatabase.
        """

    def register(self) -> AbstractContextManager[None]:
        """The same, with the register ready to be acted on.

        Raises: NoDatabase.
        """

    def kept(self, name: str) -> Path:
        """Where files of that name are kept beside the passwords of this server, never in its database."""

    def is_demo(self) -> bool:
        """Whether the register open now holds made-up people, so that anybody may say who acts."""

    def named(self, name: str) -> int | None:
        """The key of a demo name in the register open now."""

    def tables(self) -> Snapshot:
        """The register's tables as the program declares them, without a database."""

    def migrate(self, place: Place) -> None:
        """This will create the register's tables or bring them up to date, as their owner."""

    def populate(self, persons: int, seed: int, progress: Callable[[int, int], None]) -> dict[str, Any]:
        """This will fill the register open now with made-up people; says what it made."""

    def bench(self, name: str, persons: int, progress: Callable[[str], None]) -> dict[str, Any]:
        """This will measure; `name` is one of `benches`."""

    def benches(self) -> tuple[str, ...]:
        """What can be measured."""

    def demo(self, console: Console, *, persons: int) -> None:
        """This will show everything on made-up people."""

    def back_up(self, to: Path, *, keys: bool, tell: Callable[[str], None]) -> dict[str, Any]:
        """This will back the register up, telling what it is writing.

        Raises: NotDone, NoDatabase.
        """

    def restore(
        self,
        source: Path,
        *,
        journals: tuple[Path, ...],
        keys: Path | None,
        tell: Callable[[str], None],
        progress: Callable[[int, int], None],
    ) -> dict[str, Any]:
        """This will restore a backup where there is nothing yet.

        Raises: NotUsable, NotDone, NoDatabase.
        """

    def sources(self) -> dict[str, Path]:
        """The mappings of systems that data come from, by name."""

    def source(self, name: str, files: Mapping[str, Path]) -> SourceSystem | MessageSystem:
        """A system that data come from; `files`: the export of each feed that is to be pulled.

        Raises: NotUsable, NotReadableSource.
        """

    def note_erasure(self, subject: int) -> None:
        """This will write what was erased of a subject into the journal that outlives the database."""

    def rotate_passwords(self) -> list[str]:
        """This will give every login a new password while sessions run; says whose."""

    def refresh(self, progress: Callable[[int, int], None]) -> int:
        """This will decide anew every answer that has run out; says how many."""

    def status(self, lang: str) -> dict[str, Any]:
        """What an operator wants to know, changing nothing.

        Shape: {"state", "checks": [{"check", "title", "state", "why", "run", "twice"}]}.
        Raises: NoDatabase.
        """

    def serve(self, host: str, port: int, ready: Callable[[str], None]) -> None:
        """This will serve the web application until it is interrupted."""
