"""Excel workbooks, read as what they show: no formula is believed, and nothing is unpacked that is too large."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from python_calamine import CalamineError, CalamineWorkbook

from seloste.register.sources.port import NotReadableSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .comma_separated import Line
    from .mapping import Feed

MOST_UNPACKED = 200_000_000
"""Bytes; a sheet of a million short rows has about as many. A larger export is taken as CSV."""
MOST_PARTS = 200
BLOCK = 1_000_000
_FORMULA = re.compile(rb'<c\s[^>]*?r="([A-Z]{1,3}[0-9]{1,7})"[^>]*>\s*<f[\s/>]')
_DAYS = {"DD.MM.YYYY": "%d.%m.%Y", "YYYY-MM-DD": "%Y-%m-%d", "YYYYMMDD": "%Y%m%d", "DD/MM/YYYY": "%d/%m/%Y"}


class NotWorkbook(NotReadableSource):
    """The file is no Excel workbook that can be read safely."""


def lines(path: Path, feed: Feed) -> Iterator[Line]:
    """This will read the rows of a sheet, its header too; empty rows are passed over.

    Raises: NotWorkbook.
    """
    _refuse_unsafe(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        if feed.sheet and feed.sheet not in book.sheet_names:
            raise NotWorkbook(f"the workbook has no sheet {feed.sheet!r}")
        sheet = book.get_sheet_by_name(feed.sheet) if feed.sheet else book.get_sheet_by_index(0)
        # a sheet may begin below its first row
        first = (sheet.start or (0, 0))[0] + 1
        for number, row in enumerate(sheet.iter_rows(), first):
            cells = [_shown(cell, feed) for cell in row]
            if any(cells):
                yield number, cells
    except CalamineError:
        raise NotWorkbook(
            "the workbook is damaged, or protected by a password: save it anew as xlsx"
        ) from None


def _shown(cell: Any, feed: Feed) -> str:
    """A cell in the words that a CSV file of the same feed would have."""
    if isinstance(cell, datetime):
        return cell.strftime(_DAYS[feed.day]) if cell.time() == cell.time().min else cell.isoformat()
    if isinstance(cell, date):
        return cell.strftime(_DAYS[feed.day])
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell).replace(".", feed.decimal)
    return str(cell)


def _refuse_unsafe(path: Path) -> None:
    """Counts what the parts really unpack to, whatever they say, and looks for formulas on the way."""
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as book:
            parts = book.infolist()
            if len(parts) > MOST_PARTS:
                raise NotWorkbook(f"the workbook has more than {MOST_PARTS} parts")
            if sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise _too_large()
            for part in parts:
                left, is_sheet = b"", part.filename.startswith("xl/worksheets/")
                with book.open(part) as packed:
                    while block := packed.read(BLOCK):
                        unpacked += len(block)
                        if unpacked > MOST_UNPACKED:
                            raise _too_large()
                        if is_sheet and (found := _FORMULA.search(left + block)):
                            raise NotWorkbook(
                                f"cell {found[1].decode()} is a formula: have the sheet saved as values, since what it shows"
                                " depends on who opens it"
                            )
                        left = block[-300:]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        raise NotWorkbook("the file is no xlsx workbook, or is damaged: save it anew as xlsx") from None


def _too_large() -> NotWorkbook:
    return NotWorkbook(
        f"the workbook unpacks to more than {MOST_UNPACKED // 1_000_000} MB, so it was not opened: export it as CSV"
    )
