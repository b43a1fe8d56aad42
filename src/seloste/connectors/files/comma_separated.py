"""CSV files, read strictly: what a spreadsheet or an export got wrong is refused with its line."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from seloste.register.sources.port import NotReadableSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from .mapping import Feed

Line = tuple[int, list[str]]
"""The line of the file at which a row begins, and its cells."""

MOST_LINES_OF_A_ROW = 20
MOST_IN_A_CELL = 20_000
LOOKED_AT = 1_000_000
"""Bytes by which the encoding is judged."""
BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8"}


class NotCsv(NotReadableSource):
    """The file is not CSV as its mapping says."""


def lines(path: Path, feed: Feed) -> Iterator[Line]:
    """This will read the rows of a file, its header too; empty lines are passed over.

    Raises: NotCsv.
    """
    _refuse_encoding(path, feed.encoding)
    # utf-8-sig: a byte order mark is no part of the first column's name
    encoding = "utf-8-sig" if feed.encoding == "utf-8" else feed.encoding
    with path.open(encoding=encoding, newline="") as file:
        yield from _rows(file, feed)


def _rows(file: TextIO, feed: Feed) -> Iterator[Line]:
    delimiter = "\t" if feed.delimiter == "tab" else feed.delimiter
    reader = csv.reader(file, delimiter=delimiter, quotechar=feed.quote, strict=True)
    csv.field_size_limit(MOST_IN_A_CELL)
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            raise NotCsv(_told(wrong, begins, feed)) from None
        except UnicodeDecodeError:
            raise NotCsv(
                f"line {reader.line_num + 1} or after it is not {feed.encoding}: save the file as {feed.encoding}, or declare"
                " the `encoding` that it has (latin-1, cp1252, utf-16)"
            ) from None
        if reader.line_num - begins > MOST_LINES_OF_A_ROW:
            raise NotCsv(
                f"the quote that opens on line {begins} is not closed within {MOST_LINES_OF_A_ROW} lines"
            )
        if cells:
            yield begins, cells
        begins = reader.line_num + 1


def _told(wrong: csv.Error, line: int, feed: Feed) -> str:
    """What csv says, without what it says it of."""
    words = str(wrong)
    if "unexpected end of data" in words:
        return f"the file ends within a quote that opens on line {line}: it was cut"
    if "field larger" in words:
        return (
            f"a cell of line {line} has more than {MOST_IN_A_CELL} characters: a quote is not closed, or the delimiter is"
            f" not {feed.delimiter!r}"
        )
    if "NUL" in words:
        return f"line {line} holds NUL characters: the file is in UTF-16, or no text"
    return f"line {line} is not CSV: a quote stands within a cell; double it"


def _refuse_encoding(path: Path, encoding: str) -> None:
    """Refuses what is evidently another encoding; a single-byte one reads anything, and reads it wrong."""
    with path.open("rb") as file:
        raw = file.read(LOOKED_AT)
    if not raw.strip():
        raise NotCsv("the file is empty")
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NotCsv("the file is a workbook: save the sheet as CSV, or declare `format: xlsx`")
    mark = next((name for bom, name in BOMS.items() if raw.startswith(bom)), None)
    if mark and mark != encoding:
        raise NotCsv(
            f"the file is in {mark} and its mapping says {encoding}: declare `encoding: {mark}`, or save it anew"
        )
    if encoding == "utf-16" and not mark:
        raise NotCsv("the file does not begin as UTF-16 does: declare the `encoding` that it has")
    if encoding != "utf-16" and b"\0" in raw:
        raise NotCsv(
            "the file holds NUL characters: it is in UTF-16 without its mark, or no text; save it as UTF-8"
        )
    if encoding in {"latin-1", "cp1252"} and not raw.isascii() and _is_utf8(raw):
        raise NotCsv(f"the file is in utf-8 and its mapping says {encoding}: declare `encoding: utf-8`")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        # the last character may be cut where we stopped looking
        return len(raw) == LOOKED_AT and wrong.start > len(raw) - 4
    return True
