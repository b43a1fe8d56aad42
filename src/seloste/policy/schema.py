"""A snapshot of the register's tables, and what their columns mean to the policy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from seloste.notice import Notice

DECISION = re.compile(r"bits\d+|decided_until|closed|gone|guarded")
"""Columns that the policy adds and keeps: the answer, and until when it holds."""

STRUCTURE = frozenset({"id", "subject_id", "side", "category", "controller", "recorded_at", "superseded_at"})
"""Columns that say what a row is; once written they are never updated by a purpose."""

WRITTEN_ONCE = frozenset({"key_version", "confirmation", "confirmation_sending"})
"""Tables of which no row is updated: what a key was known by, changed, would make every key look wrong; what
was confirmed to somebody stays word for word."""

AS_WRITTEN: dict[str, frozenset[str]] = {
    "subject": frozenset({"kind"}),
    "source_claim": frozenset(
        {"kind", "system", "batch_id", "source_key", "received_at", "value", "as_given", "ciphertext"}
    ),
    "payment": frozenset({"number", "amount_cents", "paid_at", "paid_by", "archive_id"}),
    "source_correction": frozenset({"kind", "system", "requested_at", "value", "before", "ciphertext"}),
}
"""Other columns that no purpose updates: what a subject is, what a system said, what was corrected and what came."""

SHARED = frozenset({"agreement", "agreement_period"})
"""Rows that several subjects hold together: open when the answer of any holder is."""

BEYOND_SUBJECT = frozenset({"metering_point", "event", "event_subject"})
"""Rows judged by other rows: a point by its agreements, an event by its subjects."""


FOUND = "search_token"
"""Rows by which subjects are found. They follow the values that they are made of: who writes those puts them in and takes
them out, and who is declared to search reads them."""

LOADED = frozenset(
    {"address", "agreement", "contact_point", "search_token", "source_claim", "source_identity"}
)
"""Of which an import brings many rows. None of them decides, and what is asked of a new row asks for no other table's: it
would be asked with the engine's eyes."""

ABOUT_NOBODY = frozenset({"case_file", "source_row"})
"""Tables that hold rows about nobody too: those are governed by their category alone, and their side where
they have one. Elsewhere they stay shut."""


@dataclass(frozen=True)
class Table:
    """A table of the register: its columns with their types, in order, and whether it counts its rows itself.

    `counted`: its `id` is an identity, with a sequence named after the table.
    """

    name: str
    columns: dict[str, str]
    counted: bool = False

    @property
    def about_subject(self) -> bool:
        """Whether its rows carry an answer of their own, made from their subject's."""
        about = "subject_id" in self.columns or self.name == "subject"
        return about and self.name not in BEYOND_SUBJECT

    @property
    def is_fact(self) -> bool:
        """Whether its rows decide, and are superseded but never overwritten."""
        return "superseded_at" in self.columns

    @property
    def has_categories(self) -> bool:
        """Whether each row says which category it holds."""
        return "category" in self.columns

    @property
    def has_controller(self) -> bool:
        """Whether each row belongs to one controller."""
        return "controller" in self.columns

    def place_category(self, place: str) -> str:
        """The category that rows of a place carry; the empty text elsewhere."""
        return parted(place)[1] if self.has_categories else ""


def parted(place: str) -> tuple[str, str]:
    """This will part a place, `table` or `table[category]`, into its table and the category of its rows, if any."""
    table, _, category = place.rstrip("]").partition("[")
    return table, category


@dataclass(frozen=True)
class Claim:
    """Columns of a place (`table` or `table[category]`) that a category of the notice claims."""

    category: str
    table: str
    place: str
    columns: tuple[str, ...]
    line: int


Snapshot = dict[str, Table]


def snapshot(connection: psycopg.Connection) -> Snapshot:
    """This will read the register's tables and columns from the catalogue.

    Shape: table name to table; the columns that the policy itself keeps are left out.
    """
    found: dict[str, dict[str, str]] = {}
    counted = set()
    for table, column, kind, counts in connection.execute(
        """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
             a.attname = 'id' AND a.attidentity <> ''
             AND pg_get_serial_sequence(c.oid::regclass::text, 'id')::regclass
               = to_regclass(format('register.%I', c.relname || '_id_seq'))
           FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'register'
           JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           WHERE c.relkind IN ('r', 'p') ORDER BY c.relname, a.attnum"""
    ):
        if not DECISION.fullmatch(column):
            found.setdefault(table, {})[column] = kind
        if counts:
            counted.add(table)
    return {name: Table(name, columns, name in counted) for name, columns in found.items()}


def claims(notice: Notice) -> Iterator[Claim]:
    """This will list which columns each category of the notice claims.

    Sorted by name: two spellings of one notice, with one hash, must compile to one policy.
    Notice: categories.
    """
    for name, category in sorted(notice.categories.items()):
        for place, columns in sorted((category.held_in or {}).items()):
            yield Claim(name, parted(place)[0], place, tuple(columns), category.line)


def unclaimed(notice: Notice, tables: Snapshot) -> Iterator[tuple[str, str]]:
    """This will list the columns that no category claims; nobody reads them.

    Shape: table, column.
    """
    claimed = {(claim.table, column) for claim in claims(notice) for column in claim.columns}
    for table in tables.values():
        for column in table.columns:
            if (table.name, column) not in claimed:
                yield table.name, column
