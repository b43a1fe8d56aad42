"""Rows as they are made: one side of the wall at a time, with keys that count from 0.

Whoever loads them adds what it reserved to the keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

TABLES: dict[str, tuple[str, ...]] = {
    "subject": (
        "id",
        "side",
        "kind",
        "given_names",
        "family_name",
        "organisation_name",
        "language",
        "created_at",
    ),
    "metering_point": ("id", "side", "gsrn", "number", "kind"),
    "agreement": ("id", "number", "subject_id", "side", "controller", "kind", "metering_point_id"),
    "agreement_period": (
        "agreement_id",
        "subject_id",
        "controller",
        "kind",
        "metering_point_id",
        "requested_at",
        "valid_from",
        "valid_until",
        "end_reason",
    ),
    "agreement_party": ("agreement_id", "subject_id", "controller", "valid_from", "valid_until"),
    "representation": ("subject_id", "organisation_id", "role", "valid_from", "valid_until"),
    "subject_status": (
        "subject_id",
        "status",
        "claimed_at",
        "decided_at",
        "decision",
        "valid_from",
        "valid_until",
    ),
    "consent": (
        "subject_id",
        "purpose",
        "channel",
        "wording",
        "given_at",
        "withdrawn_at",
        "valid_until",
        "proof",
        "notice_hash",
    ),
    "ban": ("subject_id", "channel", "valid_from", "valid_until", "notice_hash"),
    "objection": ("subject_id", "purpose", "received_at", "decided_at", "outcome", "notice_hash"),
    "restriction": ("subject_id", "categories", "purposes", "valid_from", "valid_until"),
    "turvakielto": ("subject_id", "valid_from", "valid_until"),
    "receivable": (
        "number",
        "subject_id",
        "controller",
        "agreement_id",
        "amount_cents",
        "due_at",
        "state",
        "valid_from",
        "valid_until",
    ),
    "address": (
        "subject_id",
        "kind",
        "street",
        "postcode",
        "city",
        "country",
        "metering_point_id",
        "valid_from",
        "valid_until",
    ),
    "contact_point": ("subject_id", "category", "value", "as_given", "valid_from", "valid_until"),
    "data_key": ("id", "subject_id"),
    "national_identifier": ("subject_id", "side", "data_key_id", "hetu"),
    "business_id": ("subject_id", "side", "value"),
    "housing_form": ("subject_id", "form"),
    "case_file": ("id", "subject_id", "category", "kind", "opened_at", "closed_at"),
    "erasure": ("subject_id", "retention_class", "erased_at"),
}
"""Tables with their columns, in the order of loading.

What decides comes before what is scanned, so that answers are copied to rows once; erasures
come last, as they close the rest. Keys are made, and a hetu is sealed, by whoever loads them.
"""

KEYS = {
    "subject_id": "subject",
    "organisation_id": "subject",
    "agreement_id": "agreement",
    "metering_point_id": "metering_point",
    "data_key_id": "data_key",
}
"""Columns that hold a key of another table."""


@dataclass
class Side:
    """What one side of the wall knows."""

    key: str
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {table: [] for table in TABLES})

    def columns(self, table: str) -> list[Sequence[Any]]:
        """This will turn the rows of a table into its columns."""
        return list(zip(*self.rows[table], strict=True))

    def person(self, given: str | None, family: str | None, language: str, at: datetime) -> int:
        """This will add a person; without names: one whose names were erased."""
        return self._keyed("subject", self.key, "person", given, family, None, language, at)

    def organisation(self, name: str, language: str, at: datetime) -> int:
        """This will add an organisation."""
        return self._keyed("subject", self.key, "organisation", None, None, name, language, at)

    def point(self, digits: str, kind: str) -> int:
        """This will add a metering point: electricity's has a GSRN, others a number of their own."""
        named = (digits, None) if kind in {"network", "sale"} else (None, digits)
        return self._keyed("metering_point", self.key, *named, kind)

    def hetu(self, subject: int, code: str) -> None:
        """This will add a personal identity code, and the key that it will be sealed under."""
        key = self._keyed("data_key", subject)
        self.add("national_identifier", subject, self.key, key, code)

    def case(self, subject: int | None, category: str, kind: str, *times: datetime | None) -> int:
        """This will add a case; `times`: opened and closed."""
        return self._keyed("case_file", subject, category, kind, *times)

    def add(self, table: str, *values: Any) -> None:
        """This will add a row to a table whose keys nobody refers to."""
        self.rows[table].append(values)

    def _keyed(self, table: str, *values: Any) -> int:
        rows = self.rows[table]
        rows.append((len(rows), *values))
        return len(rows) - 1


@dataclass(frozen=True)
class Words:
    """What a notice calls things: its companies, wordings, purposes and classes."""

    retail: str
    services: str
    network: str
    retail_side: str
    network_side: str
    consents: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Purpose, wording and the channels it names."""
    objectable: tuple[str, ...]
    categories: tuple[str, ...]
    relation_class: str
    """The retention class whose erasure ends the relation; none if loading may not erase."""
    notice_hash: str

    @property
    def has_wall(self) -> bool:
        """Whether the network company stands on a side of its own."""
        return self.retail_side != self.network_side


@dataclass
class Batch:
    """Some people and companies, whole on both sides of the wall."""

    retail: Side
    network: Side
    named: dict[str, tuple[str, int]] = field(default_factory=dict)
    """People with a name to try: side and key there."""

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both sides."""
        return self.retail, self.network
