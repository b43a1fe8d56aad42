"""How values stand, read for many subjects at once: what is held here, what systems say, what waits.

What is held is found by the notice's claims: a value's fields are columns of a place of its category.
No table above is known here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from seloste.policy.schema import STRUCTURE, parted
from seloste.register.protection.data_keys import data_keys, sealed_categories
from seloste.register.protection.many import Asked
from seloste.register.protection.operations import acted, declared
from seloste.register.protection.sealing import Place, opened, seal
from seloste.register.protection.see import BESIDE

from .precedence import OURS, Claim, Standing, Waiting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from seloste.register.protection.backend.logins import InForce, Login

CLAIMED = ("category", "kind", "system", "source_key", "value", "ciphertext", "state", "batch_id", "id")
CORRECTED = ("category", "kind", "system", "value", "before", "ciphertext", "id")
BESIDE_THE_POINT = frozenset({"valid_from"})
"""Fields that are not compared with what is held: since when it is so is no part of what is so."""
PERIOD = frozenset({"valid_from", "valid_until"})
IDENTITY = ("number", "gsrn", "organisation_id")
"""Fields that tell values of one category of a subject apart, beside their kind: two of two numbers do not contradict."""


class Key(NamedTuple):
    """Which value: of whom, of which category, which one of them."""

    subject_id: int
    category: str
    kind: str
    identity: tuple[str, ...] = ()

    @classmethod
    def of(cls, subject_id: int, category: str, kind: str, value: Mapping[str, Any]) -> Key:
        """The key of a value that somebody says."""
        told = tuple(str(value[name]) for name in IDENTITY if name in value and value[name] is not None)
        return cls(subject_id, category, kind, told)


class Said(NamedTuple):
    """A value that somebody says of a subject, as it is written here.

    `is_first`: whoever asks knows that nothing of it is held; `is_held`: that something is, where it cannot be compared.
    """

    key: Key
    value: Mapping[str, Any]
    is_first: bool = False
    is_held: bool = False


def standings(said: Collection[Said], side: str, *, at: datetime, lock: bool = False) -> dict[Key, Standing]:
    """This will read how values stand, in a few statements however many they are, as one look-up.

    `lock` keeps everybody else from changing these subjects. Raises: NotInPurpose, NotRecorded.
    """
    found = {each.key: Standing() for each in said}
    if not found:
        return {}
    session = acted()
    masters = {name: each.get("master") or OURS for name, each in declared("categories").items()}
    categories = tuple(sorted({key.category for key in found}))
    shapes = {_shape(each) for each in said if not each.is_first}
    places = {
        shape: place for shape in shapes if (place := place_of(session.in_force, session.login, *shape))
    }
    asked = [Asked("source_claim", CLAIMED, categories), Asked("source_correction", CORRECTED, categories)]
    asked += [place.asked(at) for place in sorted(set(places.values()))]
    claims, corrections, *values = session.rows({key.subject_id for key in found}, asked, lock=lock)
    sealed = Sealed(side, {key.subject_id for key in found}, sealed_categories() & set(categories))
    held: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for place, read in zip(sorted(set(places.values())), values, strict=True):
        for row in read:
            held[place.name, row[0]].append(place.value(row, sealed))
    for each in said:
        standing = found[each.key]
        standing.master = masters.get(each.key.category, OURS)
        if each.is_first:
            standing.held = []
        elif place := places.get(_shape(each)):
            rows = held[place.name, each.key.subject_id]
            standing.held = [row for row in rows if _is_of(each.key, row, each.value)]
            standing.beside = BESIDE_THE_POINT
        else:
            standing.is_held = each.is_held
    _add_claims(found, claims, sealed)
    _add_corrections(found, corrections, sealed)
    return found


def _shape(said: Said) -> tuple[str, frozenset[str]]:
    """The category of a value, and its fields that are compared with what is held."""
    return said.key.category, frozenset(said.value) - BESIDE_THE_POINT


def _is_of(key: Key, row: Mapping[str, Any], fields: Iterable[str]) -> bool:
    """Whether a row holds this value, and not another of the same category, or nothing."""
    told = Key.of(key.subject_id, key.category, key.kind, row).identity
    is_kind = not key.kind or row.get("kind", key.kind) == key.kind
    return told == key.identity and is_kind and any(row.get(name) is not None for name in fields)


def _add_claims(found: dict[Key, Standing], rows: Iterable[tuple[Any, ...]], sealed: Sealed) -> None:
    for subject, category, kind, system, source_key, value, ciphertext, state, batch_id, key in rows:
        told = sealed.opened(subject, category, value, ciphertext, "source_claim")["value"]
        if standing := found.get(Key.of(subject, category, kind, told)):
            standing.claims.setdefault((system, source_key), []).append(Claim(told, state, batch_id, key))


def _add_corrections(found: dict[Key, Standing], rows: Iterable[tuple[Any, ...]], sealed: Sealed) -> None:
    for subject, category, kind, system, value, before, ciphertext, key in rows:
        told = sealed.opened(subject, category, value, ciphertext, "source_correction", before=before)
        if standing := found.get(Key.of(subject, category, kind, told["value"])):
            standing.waiting = Waiting(key, system, told["value"], told["before"])


@dataclass(frozen=True, order=True)
class Held:
    """A place of a category in which values of given fields stand; `field` is the one that is sealed there."""

    name: str
    columns: tuple[str, ...]
    category: str
    field: str = ""

    @property
    def table(self) -> str:
        """Its table."""
        return parted(self.name)[0]

    def asked(self, at: datetime) -> Asked:
        """What to read of it: what is in force `at`."""
        row = parted(self.name)[1]
        return Asked(self.table, self.columns, (row,) if row else None, at)

    def value(self, row: tuple[Any, ...], sealed: Sealed) -> dict[str, Any]:
        """The value of a row that was read."""
        if self.field:
            return {self.field: sealed.text(row[0], self.category, row[1], self.table)}
        return dict(zip(self.columns, row[1:], strict=True))


def place_of(notice: InForce, login: Login, category: str, fields: frozenset[str]) -> Held | None:
    """This will find where a category holds values of these fields, if one place of it does and the login reads it."""
    for name, columns in sorted(notice.claims.get(category, {}).items()):
        table = parted(name)[0]
        readable = set(columns) & login.may("select", table)
        if table in BESIDE or not ({"subject_id"} <= readable or table == "subject"):
            continue
        if {"data_key_id", "ciphertext"} <= readable and len(fields) == 1:
            return Held(name, ("ciphertext",), category, next(iter(fields)))
        if fields <= readable:
            # all of them: others may speak of other fields of the same value
            return Held(name, tuple(sorted(readable - STRUCTURE - PERIOD | fields)), category)
    return None


class Sealed:
    """Values of categories that are sealed, opened by the keys of their subjects."""

    def __init__(self, side: str, subjects: Collection[int], categories: Collection[str]) -> None:
        """Reads the keys there are."""
        self.side = side
        self.categories = frozenset(categories)
        self.keys = {category: data_keys(subjects, category, side) for category in sorted(self.categories)}

    def opened(
        self, subject: int, category: str, value: Any, ciphertext: Any, table: str, *, before: Any = None
    ) -> dict[str, Any]:
        """What a claim or a correction says, whether it stands in the clear or sealed."""
        if ciphertext is None:
            return {"value": _json(value), "before": _json(before)}
        told: dict[str, Any] = json.loads(self.text(subject, category, ciphertext, table))
        return {"before": None, **told}

    def text(self, subject: int, category: str, ciphertext: Any, table: str) -> str:
        """A sealed text of a table."""
        place = Place(table, "ciphertext", subject)
        return opened(bytes(ciphertext), self.keys[category][subject].key, place).decode()

    def make(self, subjects: Collection[int], category: str) -> None:
        """This will make the keys that subjects lack. Writes: data_key."""
        self.keys[category] = data_keys(subjects, category, self.side, made=True)

    def seal(self, subject: int, category: str, told: Mapping[str, Any], table: str) -> bytes:
        """What a claim or a correction says, sealed for its own place."""
        text = json.dumps(told, ensure_ascii=False)
        return seal(text.encode(), self.keys[category][subject].key, Place(table, "ciphertext", subject))


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
