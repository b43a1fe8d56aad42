"""A system that is known by its exports: files are read, and nothing can be written back to it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NoReturn

from seloste.register.sources.port import CannotBeWritten, Described, NotReadableSource

from . import comma_separated, workbook
from .rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from seloste.register.sources.port import Correction, Record, Refused, Takes

    from .mapping import Feed, SystemMapping

CANNOT = {
    "push": {
        "fi": "Vientitiedostoon ei voi kirjoittaa: oikaisu on tehtävä jollekulle, jolla on järjestelmään pääsy.",
        "sv": "En exportfil kan inte skrivas: rättelsen är en uppgift för någon som kommer åt systemet.",
        "en": "An export cannot be written to: a correction is a task for somebody who has a way into the system.",
    }
}


class NoSuchFeed(NotReadableSource):
    """The mapping declares no such feed, or no file was given for it."""


class FileSource:
    """The exports of one system, each feed from a file of its own."""

    def __init__(self, mapping: SystemMapping, takes: Takes, files: Mapping[str, Path]) -> None:
        """`files`: where the export of each feed lies that is to be pulled."""
        self._mapping = mapping
        self._takes = takes
        self._files = files

    def describe(self) -> Described:
        """This will tell what the system brings, and that nothing can be written to it."""
        feeds = {
            name: {lang: feed.name.say(lang) or name for lang in ("fi", "sv", "en")}
            for name, feed in self._mapping.feeds.items()
        }
        fields = {
            name: {
                told: ".".join(filter(None, (column.category, column.kind, column.field)))
                for told, column in feed.columns.items()
            }
            for name, feed in self._mapping.feeds.items()
        }
        can = frozenset({"pull", "reread"})
        return Described(self._mapping.system, self._mapping.controller, feeds, fields, can, CANNOT)

    def fingerprint(self, feed: str) -> tuple[str, str]:
        """This will digest a feed's file and what its mapping says.

        Raises: NoSuchFeed.
        """
        form = self._feed(feed)
        try:
            with self._file(feed).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest(), form.hash
        except OSError as wrong:
            raise NoSuchFeed(f"the file cannot be read: {wrong.strerror}") from None

    def pull(self, feed: str, after: str | None) -> Iterator[tuple[Record | Refused, str]]:
        """This will read the rows of a feed's file after a line; the cursor is the line of a row.

        Raises: NoSuchFeed, NotCsv, NotWorkbook, NotHeader.
        """
        form = self._feed(feed)
        rows = Rows(self._mapping, form, self._takes)
        read = workbook.lines if form.format == "xlsx" else comma_separated.lines
        found = iter(read(self._file(feed), form))
        _, names = next(found, (0, []))
        rows.header(names)
        done = int(after or 0)
        for number, cells in found:
            if number > done:
                yield rows.read(number, cells), str(number)

    def reread(self, feed: str, number: int, given: Mapping[str, str]) -> Record | Refused:
        """This will read one row anew from what stood in its columns.

        Raises: NoSuchFeed.
        """
        return Rows(self._mapping, self._feed(feed), self._takes).reread(number, given)

    def push(self, _correction: Correction) -> NoReturn:
        """An export has no way in.

        Raises: CannotBeWritten.
        """
        raise CannotBeWritten(CANNOT["push"]["en"])

    def _feed(self, name: str) -> Feed:
        if feed := self._mapping.feeds.get(name):
            return feed
        raise NoSuchFeed(
            f"{self._mapping.system} has no feed of this name; it has {', '.join(self._mapping.feeds)}"
        )

    def _file(self, name: str) -> Path:
        if file := self._files.get(name):
            return file
        raise NoSuchFeed(f"no file was given for the feed {name}")
