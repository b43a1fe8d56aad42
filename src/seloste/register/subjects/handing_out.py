"""What was gathered about a human, written for them: as JSON, as a page to read, as a spreadsheet.

Each value stands with its category and the class by which it is kept. The page and the spreadsheet are in the
language of the reader; the JSON has the words of the notice in every language, and the register's own names.
"""

from __future__ import annotations

import io
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from seloste.kernel.neutral import harmless
from seloste.kernel.periods import FINLAND

from .exporting import SOMEBODY_ELSE
from .headings import FIELDS, NAMED, UNITS, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seloste.register.protection.held import Held

    from .exporting import Export, Kept, Record

INTERNAL = frozenset({"id", "subject_id", "side", "category", "data_key_id"})
"""Columns that say how the register keeps a row; the JSON has them, a reader is spared them."""
LONGEST = 32_000
"""Characters of a cell: a spreadsheet drops a text of more than 32767."""


def as_json(export: Export) -> dict[str, Any]:
    """This will write all of it for a program: {"at", "notice", "records", "elsewhere", "unread"}.

    Law: GDPR 20(1). Notice: categories, retention.
    """
    return {
        "at": export.at.isoformat(),
        "notice": export.notice,
        "records": [
            {
                "subject": record.subject_id,
                "side": record.side,
                "categories": [_category(kept) for kept in record.categories],
                "lookups": [_plain(asdict(look)) for look in record.lookups],
            }
            for record in export.records
        ],
        "elsewhere": [_category(kept) for kept in export.elsewhere],
        "unread": list(export.unread),
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()
    }


def _category(kept: Kept) -> dict[str, Any]:
    told = {
        "category": kept.category,
        "name": dict(kept.name),
        "retention": kept.retention,
        "period": kept.period,
        "master": kept.master,
        "rows": [{"table": row.table, "values": row.values} for row in kept.rows],
    }
    return told | ({"withheld": kept.withheld} if kept.withheld else {})


@dataclass(frozen=True)
class _Reader:
    """Whoever reads it: their language, and what the notice calls its own words."""

    lang: str
    names: Mapping[str, Mapping[str, Mapping[str, str]]]

    def word(self, key: str) -> str:
        return WORDS[key][self.lang]

    def field(self, column: str) -> str:
        told = FIELDS.get(column) or self.names["categories"].get(column) or {}
        return _text(told, self.lang) or column.replace("_", " ")

    def category(self, kept: Kept) -> str:
        return _text(kept.name, self.lang) or kept.category

    def class_(self, kept: Kept) -> str:
        return _text(kept.retention_name, self.lang) or kept.retention or ""

    def master(self, kept: Kept) -> str:
        return self.named("systems", kept.master) if kept.master else ""

    def named(self, term: str, key: str) -> str:
        return _text(self.names.get(term, {}).get(key, {}), self.lang) or key

    def period(self, kept: Kept) -> str:
        """`P1Y6M` in words."""
        told = []
        for count, unit in re.findall(r"([0-9]+)([YMWD])", kept.period or ""):
            one, several = UNITS[unit][self.lang]
            told.append(f"{count} {one if count == '1' else several}")
        return ", ".join(told)

    def record(self, record: Record) -> str:
        return f"{record.subject_id} ({self.named('controllers', record.side)})"

    def shown(self, column: str, value: Any) -> str:
        """A value as a person reads it; a moment is Finnish time."""
        if isinstance(value, str):
            return self._said(column, value)
        if isinstance(value, bool):
            return self.word("yes" if value else "no")
        if isinstance(value, dict):
            return ", ".join(f"{self.field(name)}: {self.shown(name, each)}" for name, each in value.items())
        if isinstance(value, list):
            return ", ".join(self.shown(column, each) for each in value)
        return "" if value is None else str(value)

    def _said(self, column: str, value: str) -> str:
        if value == SOMEBODY_ELSE or column == "document":
            return self.word(SOMEBODY_ELSE if value == SOMEBODY_ELSE else "document")
        if moment := _moment(value):
            return f"{moment:%d.%m.%Y %H:%M}"
        return self.named(NAMED[column], value) if column in NAMED else value


def as_page(export: Export, lang: str = "fi") -> str:
    """This will write all of it as a page that a person reads, with no script and nothing from elsewhere.

    Law: GDPR 12(1), 15(3). Notice: categories, retention.
    """
    to = _Reader(lang, export.names)
    title, at = to.word("title"), to.shown("at", export.at.isoformat())
    parts = [
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{title}</h1>",
        f"<p>{to.word('at')}: {at}. {to.word('notice')}: <code>{escape(export.notice)}</code></p>",
    ]
    for record in export.records:
        parts.append(f"<section><h2>{to.word('record')} {escape(to.record(record))}</h2>")
        for kept in record.categories:
            parts += _page_of(kept, to)
        parts += _page_of_lookups(record, to)
        parts.append("</section>")
    if export.elsewhere:
        there = "".join(
            f"<li>{escape(to.category(kept))} ({escape(to.master(kept))})</li>" for kept in export.elsewhere
        )
        parts.append(f"<section><h2>{to.word('elsewhere')}</h2><ul>{there}</ul></section>")
    return "\n".join([*parts, "</main></body></html>\n"])


STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}"
    "th,td{border:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f2f2f2}.kept{color:#444;margin:0}"
)


def _page_of(kept: Kept, to: _Reader) -> list[str]:
    told = [f"<h3>{escape(to.category(kept))}</h3>"]
    if kept.retention:
        period = f", {to.word('period').lower()} {to.period(kept)}" if kept.period else ""
        told.append(f'<p class="kept">{to.word("kept")}: {escape(to.class_(kept) + period)}</p>')
    if kept.withheld and not kept.rows:
        return [*told, f"<p>{escape(to.word('withheld').format(kept.withheld))}</p>"]
    by_table: dict[str, list[Held]] = {}
    for row in kept.rows:
        by_table.setdefault(row.table, []).append(row)
    for rows in by_table.values():
        columns = [c for c in dict.fromkeys(c for row in rows for c in row.values) if c not in INTERNAL]
        told.append(_table(columns, [row.values for row in rows], to))
    return told


def _page_of_lookups(record: Record, to: _Reader) -> list[str]:
    if not record.lookups:
        return []
    told = _table(
        ["day", "purpose", "company", "count"], [_plain(asdict(each)) for each in record.lookups], to
    )
    return [f"<h3>{to.word('lookups')}</h3>", told]


def _table(columns: list[str], rows: list[dict[str, Any]], to: _Reader) -> str:
    head = "".join(f'<th scope="col">{escape(to.field(column))}</th>' for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(to.shown(c, row.get(c)))}</td>" for c in columns) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def as_workbook(export: Export, lang: str = "fi") -> bytes:
    """This will write all of it as a spreadsheet: a line for each value, with its category and how it is kept.

    Nothing in it is a formula or a link, whatever somebody has written as their name.
    Law: GDPR 15(3), 20(1). Notice: categories, retention.
    """
    import xlsxwriter

    to, file = _Reader(lang, export.names), io.BytesIO()
    asked = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, asked) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(to.word("title")[:31])
        heads = ("record", "category", "kept", "period", "row", "field", "value")
        for column, head in enumerate(heads):
            sheet.write_string(0, column, to.word(head), bold)
        for line, cells in enumerate(_lines(export, to), 1):
            for column, cell in enumerate(cells):
                sheet.write_string(line, column, harmless(cell))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 2, 18)
        sheet.set_column(len(heads) - 1, len(heads) - 1, 60)
    return file.getvalue()


def _lines(export: Export, to: _Reader) -> Iterator[tuple[Any, ...]]:
    for record in export.records:
        whose = to.record(record)
        for kept in record.categories:
            about = (whose, to.category(kept), to.class_(kept), to.period(kept))
            if kept.withheld and not kept.rows:
                yield (*about, "", "", to.word("withheld").format(kept.withheld))
            for number, row in enumerate(kept.rows, 1):
                for column, value in row.values.items():
                    if column not in INTERNAL:
                        yield from _pieces((*about, number, to.field(column)), to.shown(column, value))
        for number, look in enumerate(record.lookups, 1):
            for column, value in _plain(asdict(look)).items():
                yield (whose, to.word("lookups"), "", "", number, to.field(column), to.shown(column, value))
    for kept in export.elsewhere:
        yield (
            "",
            to.category(kept),
            to.class_(kept),
            to.period(kept),
            "",
            to.word("elsewhere"),
            to.master(kept),
        )


def _pieces(about: tuple[Any, ...], shown: str) -> Iterator[tuple[Any, ...]]:
    """A line, or several where a value is longer than a cell."""
    for begins in range(0, max(1, len(shown)), LONGEST):
        yield (*about, shown[begins : begins + LONGEST])


def _text(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or next(iter(texts.values()), "")


def _moment(value: str) -> datetime | None:
    if len(value) < len("2026-01-01T00:00:00+00:00") or value[4:5] != "-" or "T" not in value:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.astimezone(FINLAND) if read.tzinfo else None
