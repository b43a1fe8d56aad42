"""The command `seloste`: the house that the commands run in, wired here and nowhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seloste.interfaces import cli
from seloste.interfaces.cli.house import NoDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from seloste.policy.bootstrap import Place
    from seloste.policy.schema import Snapshot
    from seloste.register.sources.port import MessageSystem, SourceSystem

    from .database import Cluster
    from .made_up import MadeUp

Bench = Callable[["ProjectHouse", int, Callable[[str], None]], dict[str, Any]]
"""A measurement: the house, how many people, and whom to tell how far it is."""


def main() -> None:
    """This will run the command line and exit."""
    sys.exit(cli.main(ProjectHouse(home())))


def home() -> Path:
    """Where the embedded server, passwords and keys lie: SELOSTE_HOME, else `.seloste` here."""
    return Path(os.environ.get("SELOSTE_HOME") or ".seloste")


class ProjectHouse:
    """What the commands need, for one run of the program."""

    def __init__(self, where: Path) -> None:
        """`where`: the folder of the register's own files."""
        self.where = where
        self._open: Cluster | None = None

    @contextmanager
    def database(self) -> Iterator[Cluster]:
        """The database, its server running; within a block that has it open, the same one.

        Raises: NoDatabase.
        """
        from .restore import refuse_unfinished

        refuse_unfinished(self.where)
        with self._database() as cluster:
            yield cluster

    @contextmanager
    def _database(self) -> Iterator[Cluster]:
        """The same, also where a restore is unfinished: for the restore itself."""
        from . import database

        if self._open:
            yield self._open
            return
        try:
            opening = database.open_cluster(self.where)
            self._open = opening.__enter__()
        except database.NoDatabase as error:
            raise NoDatabase(str(error)) from None
        try:
            yield self._open
        finally:
            self._open = None
            self.__dict__.pop("made_up", None)
            opening.__exit__(None, None, None)

    @contextmanager
    def register(self) -> Iterator[None]:
        """The database with the register ready to be acted on."""
        from .restore import RestoreUnfinished, is_half
        from .wiring import configure

        with self.database() as cluster:
            if is_half(cluster):
                raise RestoreUnfinished(
                    f"database {cluster.database!r} was being restored, and that did not end: run the same"
                    " `seloste restore` again, in the folder where it was begun"
                )
            configure(cluster)
            from seloste.register.protection.backend.pool import pool

            try:
                yield
            finally:
                pool().close()

    @cached_property
    def made_up(self) -> MadeUp | None:
        """What is remembered of the register open now, if its people are made up."""
        from .made_up import known

        return known(self.cluster)

    @property
    def cluster(self) -> Cluster:
        """The database open now.

        Raises: NoDatabase.
        """
        if self._open is None:
            raise NoDatabase("no database is open: this is asked inside `database()`")
        return self._open

    def kept(self, name: str) -> Path:
        """Where files of that name are kept beside the passwords of this server."""
        return self.cluster.kept(name)

    def is_demo(self) -> bool:
        """Whether the register open now holds made-up people."""
        return self.made_up is not None

    def named(self, name: str) -> int | None:
        """The key of a demo name."""
        return self.made_up.names.get(name) if self.made_up else None

    def tables(self) -> Snapshot:
        """The register's tables as its models declare them; no database is asked."""
        from .declared import declared_tables

        return declared_tables()

    def migrate(self, place: Place) -> None:
        """This will create the register's tables or bring them up to date."""
        from .wiring import migrate

        migrate(place.dsn(place.role("owner")))

    def populate(self, persons: int, seed: int, progress: Callable[[int, int], None]) -> dict[str, Any]:
        """This will fill the register open now with made-up people."""
        from .made_up import fill

        return fill(self.cluster, persons, seed, progress)

    def benches(self) -> tuple[str, ...]:
        """What can be measured."""
        return tuple(_benches())

    def bench(self, name: str, persons: int, progress: Callable[[str], None]) -> dict[str, Any]:
        """This will measure, in a database of its own beside the register's."""
        return _benches()[name](self, persons, progress)

    def back_up(self, to: Path, *, keys: bool, tell: Callable[[str], None]) -> dict[str, Any]:
        """This will back the register up into a file."""
        from .backup import back_up

        with self.database() as cluster:
            return back_up(cluster, to, keys=keys, tell=tell)

    def restore(
        self,
        source: Path,
        *,
        journals: tuple[Path, ...],
        keys: Path | None,
        tell: Callable[[str], None],
        progress: Callable[[int, int], None],
    ) -> dict[str, Any]:
        """This will restore a backup where there is nothing yet."""
        from .restore import restore

        with self._database() as cluster:
            done = restore(cluster, source, journals=journals, keys=keys, tell=tell, progress=progress)
        return {**vars(done), "whole": done.is_whole}

    def sources(self) -> dict[str, Path]:
        """The mappings of systems that data come from, by name."""
        from .sources import mappings

        return mappings(self.where)

    def source(self, name: str, files: Mapping[str, Path]) -> SourceSystem | MessageSystem:
        """A system that data come from, as its mapping says; the register is open."""
        from .sources import source

        return source(self.sources(), name, files)

    def note_erasure(self, subject: int) -> None:
        """This will write what was erased of a subject into the journal that outlives the database."""
        from .erasures import catch_up

        catch_up(self.cluster, subject)

    def rotate_passwords(self) -> list[str]:
        """This will give every login a new password while sessions run."""
        from seloste.policy.bootstrap import change_passwords, logins

        with self.database() as cluster:
            roles = logins(cluster)
            with cluster.passwords.changing(roles) as new:
                change_passwords(cluster, new)
        return roles

    def refresh(self, progress: Callable[[int, int], None]) -> int:
        """This will decide anew every answer that has run out."""
        from seloste.policy.apply import refresh_due

        with self.database() as cluster:
            return refresh_due(cluster, progress)

    def status(self, lang: str) -> dict[str, Any]:
        """What an operator wants to know."""
        from . import database
        from .restore import refuse_unfinished
        from .status import shape, status

        try:
            with self._database() as cluster:
                return shape(status(cluster, self.where), lang)
        except (NoDatabase, database.NoDatabase):
            refuse_unfinished(self.where)
            raise

    def serve(self, host: str, port: int, ready: Callable[[str], None]) -> None:
        """This will serve the web application until it is interrupted."""
        from .wiring import configure

        with self.database() as cluster:
            # Django is set up before anything of it is imported
            configure(cluster)
            from .serve import serve

            serve(cluster, self.where, host, port, ready)

    def demo(self, console: Console, *, persons: int) -> None:
        """This will show everything on made-up people."""
        from .demo import demo

        demo(self, console, persons)


def _benches() -> Mapping[str, Bench]:
    """What `bench` of this package measures, by name; it is no part of an installation that only runs."""
    if not find_spec(f"{__package__}.bench"):
        return {}
    found: Mapping[str, Bench] = import_module(f"{__package__}.bench").BENCHES
    return found
