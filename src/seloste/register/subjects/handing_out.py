"""What was gathered about a human, written for them: as JSON, as a page to read, as a spreadsheet.

Each value stands with its category and the class by which it is kept. The page and the spreadsheet are in the
language of the reader; the JSON has the words of the notice in every language, and the register's own names.
"""

from __future__ import annotations

import io
from dataclasses import asdict
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from seloste.kernel.neutral import harmless
from seloste.kernel.periods import FINLAND

from .exporting import SOMEBODY_ELSE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seloste.register.protection.held import Held

    from .exporting import Export, Kept, Record

INTERNAL = frozenset({"id", "subject_id", "side", "category", "data_key_id"})
"""Columns that say how the register keeps a row; the JSON has them, a reader is spared them."""

WORDS: dict[str, dict[str, str]] = {
    "title": {
        "fi": "Tiedot, jotka meillä on sinusta",
        "sv": "Uppgifter som vi har om dig",
        "en": "What we hold about you",
    },
    "at": {"fi": "Koottu", "sv": "Sammanställd", "en": "Gathered"},
    "notice": {
        "fi": "Tietosuojaselosteen tunniste",
        "sv": "Integritetsmeddelandets beteckning",
        "en": "Identifier of the privacy notice",
    },
    "record": {"fi": "Rekisterin tietue", "sv": "Registerpost", "en": "Record of the register"},
    "kept": {"fi": "Säilytysluokka", "sv": "Bevarandeklass", "en": "Kept as"},
    "period": {"fi": "Säilytysaika", "sv": "Bevaringstid", "en": "Kept for"},
    "category": {"fi": "Tietoryhmä", "sv": "Kategori", "en": "Category"},
    "field": {"fi": "Tieto", "sv": "Uppgift", "en": "Data"},
    "value": {"fi": "Arvo", "sv": "Värde", "en": "Value"},
    "row": {"fi": "Rivi", "sv": "Rad", "en": "Row"},
    "table": {"fi": "Taulu", "sv": "Tabell", "en": "Table"},
    "lookups": {
        "fi": "Kuka on katsonut tietojasi",
        "sv": "Vem har läst dina uppgifter",
        "en": "Who looked at your data",
    },
    "day": {"fi": "Päivä", "sv": "Dag", "en": "Day"},
    "purpose": {"fi": "Tarkoitus", "sv": "Ändamål", "en": "Purpose"},
    "company": {"fi": "Yhtiö", "sv": "Bolag", "en": "Company"},
    "count": {"fi": "Kertoja", "sv": "Antal", "en": "Times"},
    "elsewhere": {"fi": "Toisissa järjestelmissä", "sv": "I andra system", "en": "In other systems"},
    "withheld": {
        "fi": "Tästä ryhmästä ei anneta tietoja ({}). Tämä lukee tässä, oli tietoja tai ei; tietosuojavaltuutettua voi pyytää tarkastamaan asian.",
        "sv": "Ur denna kategori ges inga uppgifter ({}). Detta står här oavsett om det finns uppgifter; dataombudsmannen kan ombes granska saken.",
        "en": "Nothing of this category is given ({}). This stands here whether or not there is anything; the Data Protection Ombudsman may be asked to look into it.",
    },
    SOMEBODY_ELSE: {"fi": "toinen henkilö", "sv": "en annan person", "en": "somebody else"},
}
FIELDS: dict[str, dict[str, str]] = {
    "given_names": {"fi": "etunimet", "sv": "förnamn", "en": "given names"},
    "call_name": {"fi": "kutsumanimi", "sv": "tilltalsnamn", "en": "name used"},
    "family_name": {"fi": "sukunimi", "sv": "efternamn", "en": "family name"},
    "organisation_name": {"fi": "yhteisön nimi", "sv": "sammanslutningens namn", "en": "organisation's name"},
    "language": {"fi": "kieli", "sv": "språk", "en": "language"},
    "street": {"fi": "katuosoite", "sv": "gatuadress", "en": "street"},
    "care_of": {"fi": "c/o", "sv": "c/o", "en": "in care of"},
    "postcode": {"fi": "postinumero", "sv": "postnummer", "en": "postcode"},
    "city": {"fi": "postitoimipaikka", "sv": "postanstalt", "en": "city"},
    "country": {"fi": "maa", "sv": "land", "en": "country"},
    "value": {"fi": "arvo", "sv": "värde", "en": "value"},
    "as_given": {"fi": "kuten annettu", "sv": "som den gavs", "en": "as given"},
    "kind": {"fi": "laji", "sv": "slag", "en": "kind"},
    "controller": {"fi": "rekisterinpitäjä", "sv": "personuppgiftsansvarig", "en": "controller"},
    "valid_from": {"fi": "alkaen", "sv": "från", "en": "from"},
    "valid_until": {"fi": "päättyen", "sv": "till", "en": "until"},
    "recorded_at": {"fi": "kirjattu", "sv": "antecknad", "en": "recorded"},
    "superseded_at": {"fi": "korvattu", "sv": "ersatt", "en": "superseded"},
    "created_at": {"fi": "luotu", "sv": "skapad", "en": "created"},
    "changed_at": {"fi": "muutettu", "sv": "ändrad", "en": "changed"},
    "number": {"fi": "numero", "sv": "nummer", "en": "number"},
    "channel": {"fi": "kanava", "sv": "kanal", "en": "channel"},
    "purpose": {"fi": "tarkoitus", "sv": "ändamål", "en": "purpose"},
    "role": {"fi": "rooli", "sv": "roll", "en": "role"},
    "status": {"fi": "asema", "sv": "ställning", "en": "status"},
    "state": {"fi": "tila", "sv": "läge", "en": "state"},
    "amount_cents": {"fi": "määrä (senttiä)", "sv": "belopp (cent)", "en": "amount (cents)"},
    "due_at": {"fi": "eräpäivä", "sv": "förfallodag", "en": "due"},
}
"""What a reader calls a column; one that is not here is shown by its own name."""


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


def as_page(export: Export, lang: str = "fi") -> str:
    """This will write all of it as a page that a person reads, with no script and nothing from elsewhere.

    Law: GDPR 12(1), 15(3). Notice: categories, retention.
    """
    parts = [
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_word('title', lang)}</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{_word('title', lang)}</h1>",
        f"<p>{_word('at', lang)}: {_shown(export.at.isoformat(), lang)}. {_word('notice', lang)}: <code>{escape(export.notice)}</code></p>",
    ]
    for record in export.records:
        parts.append(f"<section><h2>{_word('record', lang)} {record.subject_id} ({escape(record.side)})</h2>")
        for kept in record.categories:
            parts += _page_of(kept, lang)
        parts += _page_of_lookups(record, lang)
        parts.append("</section>")
    if export.elsewhere:
        there = "".join(
            f"<li>{escape(_name(kept, lang))} ({escape(kept.master or '')})</li>" for kept in export.elsewhere
        )
        parts.append(f"<section><h2>{_word('elsewhere', lang)}</h2><ul>{there}</ul></section>")
    return "\n".join([*parts, "</main></body></html>\n"])


STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}"
    "th,td{border:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f2f2f2}.kept{color:#444;margin:0}"
)


def _page_of(kept: Kept, lang: str) -> list[str]:
    told = [f"<h3>{escape(_name(kept, lang))}</h3>"]
    if kept.retention:
        told.append(f'<p class="kept">{_word("kept", lang)}: {escape(_kept_as(kept, lang))}</p>')
    if kept.withheld and not kept.rows:
        return [*told, f"<p>{escape(WORDS['withheld'][lang].format(kept.withheld))}</p>"]
    by_table: dict[str, list[Held]] = {}
    for row in kept.rows:
        by_table.setdefault(row.table, []).append(row)
    for rows in by_table.values():
        columns = [c for c in dict.fromkeys(c for row in rows for c in row.values) if c not in INTERNAL]
        head = "".join(f'<th scope="col">{escape(_field(column, lang))}</th>' for column in columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_shown(row.values.get(c), lang))}</td>" for c in columns) + "</tr>"
            for row in rows
        )
        told.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    return told


def _page_of_lookups(record: Record, lang: str) -> list[str]:
    if not record.lookups:
        return []
    columns = ("day", "purpose", "company", "count")
    head = "".join(f'<th scope="col">{_word(column, lang)}</th>' for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_shown(getattr(look, c), lang))}</td>" for c in columns) + "</tr>"
        for look in record.lookups
    )
    return [
        f"<h3>{_word('lookups', lang)}</h3>",
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
    ]


def as_workbook(export: Export, lang: str = "fi") -> bytes:
    """This will write all of it as a spreadsheet: a line for each value, with its category and how it is kept.

    Nothing in it is a formula or a link, whatever somebody has written as their name.
    Law: GDPR 15(3), 20(1). Notice: categories, retention.
    """
    import xlsxwriter

    file = io.BytesIO()
    asked = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, asked) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(WORDS["title"][lang][:31])
        heads = ("record", "category", "kept", "period", "table", "row", "field", "value")
        for column, head in enumerate(heads):
            sheet.write_string(0, column, WORDS[head][lang], bold)
        for line, cells in enumerate(_lines(export, lang), 1):
            for column, cell in enumerate(cells):
                sheet.write_string(line, column, harmless(cell))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 2, 18)
        sheet.set_column(len(heads) - 1, len(heads) - 1, 60)
    return file.getvalue()


def _lines(export: Export, lang: str) -> Iterator[tuple[Any, ...]]:
    for record in export.records:
        whose = f"{record.subject_id} ({record.side})"
        for kept in record.categories:
            about = (
                whose,
                _name(kept, lang),
                _text(kept.retention_name, lang) or kept.retention,
                kept.period,
            )
            if kept.withheld and not kept.rows:
                yield (*about, "", "", "", WORDS["withheld"][lang].format(kept.withheld))
            for number, row in enumerate(kept.rows, 1):
                for column, value in row.values.items():
                    yield (*about, row.table, number, column, _shown(value, lang))
        for number, look in enumerate(record.lookups, 1):
            for column, value in asdict(look).items():
                yield (whose, WORDS["lookups"][lang], "", "", "", number, column, _shown(value, lang))
    for kept in export.elsewhere:
        yield (
            "",
            _name(kept, lang),
            kept.retention,
            kept.period,
            "",
            "",
            WORDS["elsewhere"][lang],
            kept.master,
        )


def _word(key: str, lang: str) -> str:
    return escape(WORDS[key][lang])


def _field(column: str, lang: str) -> str:
    return FIELDS.get(column, {}).get(lang) or column.replace("_", " ")


def _name(kept: Kept, lang: str) -> str:
    return _text(kept.name, lang) or kept.category


def _kept_as(kept: Kept, lang: str) -> str:
    name = _text(kept.retention_name, lang) or kept.retention or ""
    return f"{name}, {WORDS['period'][lang].lower()} {kept.period}" if kept.period else name


def _text(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or next(iter(texts.values()), "")


def _shown(value: Any, lang: str) -> str:
    """A value as a person reads it; a moment is Finnish time."""
    if value is None:
        return ""
    if value == SOMEBODY_ELSE:
        return WORDS[SOMEBODY_ELSE][lang]
    if isinstance(value, list):
        return ", ".join(_shown(each, lang) for each in value)
    if isinstance(value, str) and (moment := _moment(value)):
        return f"{moment:%d.%m.%Y %H:%M}"
    return str(value)


def _moment(value: str) -> datetime | None:
    if len(value) < len("2026-01-01T00:00:00+00:00") or value[4:5] != "-" or "T" not in value:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.astimezone(FINLAND) if read.tzinfo else None
