"""What source systems bring about subjects: who they are, how they are reached, where they live."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Now

from seloste.register.ledger.queries import active
from seloste.register.protection.data_keys import data_keys, drop_data_keys, owners, sealed_category
from seloste.register.protection.keys import provided
from seloste.register.protection.operations import load, reserve
from seloste.register.protection.sealing import seal
from seloste.register.sources.claims import brought, sealed_of
from seloste.register.sources.port import Field, Form

from . import tokens
from .changing import NAMED, named, renamed
from .lived import Lived, follows
from .models import (
    Address,
    BusinessId,
    ContactPoint,
    HousingForm,
    NationalIdentifier,
    PreviousName,
    Subject,
    Turvakielto,
)
from .queries import hetu_place, indexes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from seloste.register.sources.port import Chunk, Judged, Record, Scalar, Takes, Value

TAKES: Takes = {
    "name": {
        "kind": Field(Form.WORD, ("person", "organisation"), required=True),
        "given_names": Field(Form.TEXT),
        "family_name": Field(Form.TEXT),
        "organisation_name": Field(Form.TEXT),
        "language": Field(Form.WORD, ("fi", "sv", "en")),
    },
    "business_id": {"value": Field(Form.BUSINESS_ID, required=True)},
    "address": {
        "street": Field(Form.TEXT, required=True),
        "postcode": Field(Form.POSTCODE, required=True),
        "city": Field(Form.TEXT, required=True),
        "country": Field(Form.COUNTRY),
        "valid_from": Field(Form.DAY),
    },
    "housing_form": {
        "form": Field(
            Form.WORD,
            ("detached", "semi_detached", "terraced", "flat", "holiday_home", "other"),
            required=True,
        )
    },
    "phone": {"value": Field(Form.PHONE, required=True)},
    "email": {"value": Field(Form.EMAIL, required=True)},
    "hetu": {"value": Field(Form.HETU, required=True)},
    "turvakielto": {"protected": Field(Form.FLAG, required=True)},
}
NAMES = ("given_names", "family_name", "organisation_name")
PLACED = ("street", "postcode", "city", "country")
MODELS: dict[str, Any] = {
    "subject": Subject,
    "address": Address,
    "contact_point": ContactPoint,
    "housing_form": HousingForm,
    "business_id": BusinessId,
    "national_identifier": NationalIdentifier,
    "turvakielto": Turvakielto,
    "previous_name": PreviousName,
}

Taken = dict[str, list[tuple[int, "Value"]]]
"""Values that are taken, by category: whose, and what."""


class SubjectSink:
    """Takes in subjects, their contact points, addresses and identifiers."""

    places: tuple[str, ...] = ("subject", "data_key", *MODELS)

    def takes(self) -> Takes:
        """What can be brought of a subject."""
        return TAKES

    def judge(self, chunk: Chunk) -> Iterator[Judged]:
        """This will find whom rows mean, and refuse those that mean nobody or somebody else.

        A Y-tunnus finds its organisation. A hetu finds nobody by itself: two records are never made one by a
        machine where a hetu is involved. Law: Tietosuojalaki 1050/2018 29 §, GDPR 5(1)(d), 22.
        """
        self._find_organisations(chunk)
        named = {record.key for record, _ in chunk.of("name")}
        for record in chunk.records:
            if record.key not in chunk.subjects and record.key not in named:
                yield record.number, "unknown_subject", "name"
        yield from self._kinds(chunk)
        yield from self._hetus(chunk)

    def write(self, chunk: Chunk) -> None:
        """This will create who is new, and take of each value what the master of its category decides.

        Writes: subject, previous_name, address, contact_point, housing_form, business_id, national_identifier,
        data_key, turvakielto. Law: GDPR 5(1)(d). Notice: categories.
        """
        known = sorted(set(chunk.subjects.values()))
        rows = {row.pk: row for row in self._locked(known)}
        _create(chunk)
        held = _Held(chunk, known, rows)
        taken: Taken = defaultdict(list)
        later: list[Callable[[], None]] = []
        for subject, value in _offered(chunk, held, later):
            taken[value.category].append((subject, value))
        _rename(chunk, taken["name"], rows)
        _add_turvakielto(chunk, taken["turvakielto"], held)
        for category, add in _ADD.items():
            if taken[category]:
                chunk.later.append(partial(add, chunk, taken[category], held))
        chunk.later += later

    def undo(self, place: str, did: str, keys: Sequence[int], _at: datetime) -> None:
        """This will take back rows that a chunk added or closed."""
        if place == "data_key":
            drop_data_keys(keys, but_of=sealed_of(owners(keys)))
            return
        if place == "subject":
            tokens.forget(keys)
        undo(MODELS[place], did, keys)

    def restore(self, subject_id: int, before: Mapping[str, Mapping[str, Scalar]]) -> None:
        """This will write back what a subject's own rows said before a chunk changed them."""
        if name := before.get("name"):
            Subject.objects.filter(pk=subject_id).update(**name, changed_at=Now())
        if home := before.get("housing_form"):
            HousingForm.objects.filter(subject_id=subject_id).update(**home)
        for key, until in before.get("address", {}).items():
            Address.objects.filter(pk=int(key), subject_id=subject_id).update(valid_until=until)

    def _locked(self, known: list[int]) -> list[Subject]:
        """The subjects there are, locked in the order in which everybody locks them."""
        if not known:
            return []
        locked = Subject.objects.filter(pk__in=known).order_by("pk").select_for_update(no_key=True)
        return list(locked)

    def _find_organisations(self, chunk: Chunk) -> None:
        wanted = {
            record.key: str(value.fields["value"])
            for record, value in chunk.of("business_id")
            if record.key not in chunk.subjects
        }
        if wanted:
            found = BusinessId.objects.filter(side=chunk.side, value__in=sorted(set(wanted.values())))
            known = dict(found.values_list("value", "subject_id"))
            chunk.subjects |= {key: known[value] for key, value in wanted.items() if value in known}

    def _kinds(self, chunk: Chunk) -> Iterator[Judged]:
        known = [chunk.subjects[record.key] for record, _ in chunk.of("name") if record.key in chunk.subjects]
        kinds = dict(Subject.objects.filter(pk__in=known).values_list("pk", "kind")) if known else {}
        for record, value in chunk.of("name"):
            kind = kinds.get(chunk.subjects.get(record.key, 0), value.fields["kind"])
            names = {name for name in NAMES if value.fields.get(name)}
            if kind != value.fields["kind"]:
                yield record.number, "kind_differs", "name"
            elif (kind == "person") == ("organisation_name" in names) or not names:
                yield record.number, "name_of_another_kind", "name"

    def _hetus(self, chunk: Chunk) -> Iterator[Judged]:
        """Refuses a hetu that somebody else has, here or in the same rows; and that somebody's has changed, which people say."""
        told = [(record, str(value.fields["value"])) for record, value in chunk.of("hetu")]
        if not told:
            return
        provider = provided()
        found = {code: indexes(code, chunk.side, provider) for _, code in told}
        owners: dict[bytes, int] = {}
        for column in next(iter(found.values())):
            wanted = {index[column] for index in found.values()}
            kept = NationalIdentifier.objects.filter(**{f"{column}__in": list(wanted)}, side=chunk.side)
            owners |= {bytes(value): subject for value, subject in kept.values_list(column, "subject_id")}
        known = [chunk.subjects[record.key] for record, _ in told if record.key in chunk.subjects]
        kept = NationalIdentifier.objects.filter(subject_id__in=known)
        have = set(kept.values_list("subject_id", flat=True)) if known else set()
        first: dict[str, int | str] = {}
        for record, code in told:
            owner = next((owners[value] for value in found[code].values() if value in owners), None)
            if owner is not None and owner != chunk.subjects.get(record.key):
                yield record.number, "hetu_of_another", "hetu"
            elif owner is None and chunk.subjects.get(record.key) in have:
                yield record.number, "hetu_changed", "hetu"
            elif first.setdefault(code, chunk.meant(record)) != chunk.meant(record):
                yield record.number, "hetu_of_two", "hetu"


class _Held:
    """What is held of those whom a chunk is about, as far as it speaks of that."""

    def __init__(self, chunk: Chunk, known: list[int], rows: Mapping[int, Subject]) -> None:
        """Asked once a category, and only of those who are not new."""
        self.known = known
        self.rows = rows
        brought = {value.category for record in chunk.records for value in record.values}
        self.at = at = chunk.at
        self.addresses: dict[tuple[int, str], list[Lived]] = defaultdict(list)
        if known and "address" in brought:
            lived = Address.objects.filter(subject_id__in=known, metering_point_id__isnull=True).order_by(
                "pk"
            )
            columns = ("subject_id", "kind", "pk", "valid_from", "valid_until", *PLACED)
            for subject, kind, key, begins, ends, *placed in lived.values_list(*columns):
                self.addresses[subject, kind].append(Lived(key, begins, ends, tuple(placed)))
        self.contacts: set[tuple[int, str, str]] = set()
        if known and brought & {"phone", "email"}:
            points = ContactPoint.objects.filter(subject_id__in=known, valid_until__isnull=True)
            self.contacts = set(points.values_list("subject_id", "category", "value"))
        self.reached = {(subject, category) for subject, category, _ in self.contacts}
        self.identified = self._subjects(NationalIdentifier, "hetu" in brought)
        self.numbered = self._subjects(BusinessId, "business_id" in brought)
        self.housed: dict[int, tuple[int, str]] = {}
        if known and "housing_form" in brought:
            homes = HousingForm.objects.filter(subject_id__in=known)
            self.housed = {
                subject: (key, form) for key, subject, form in homes.values_list("pk", "subject_id", "form")
            }
        self.protected: set[int] = set()
        if known and "turvakielto" in brought:
            guarded = Turvakielto.objects.filter(active(at), subject_id__in=known)
            self.protected = set(guarded.values_list("subject_id", flat=True))

    def _subjects(self, model: Any, wanted: bool) -> set[int]:
        if not (wanted and self.known):
            return set()
        return set(model.objects.filter(subject_id__in=self.known).values_list("subject_id", flat=True))

    def has(self, subject: int, value: Value) -> bool:
        """Whether anything of a value's category and kind is held of a subject."""
        if subject not in self.rows:
            return False
        return {
            "name": True,
            "address": any(not each.is_over(self.at) for each in self.addresses[subject, _kind(value)]),
            "phone": (subject, "phone") in self.reached,
            "email": (subject, "email") in self.reached,
            "hetu": subject in self.identified,
            "business_id": subject in self.numbered,
            "housing_form": subject in self.housed,
            "turvakielto": subject in self.protected,
        }[value.category]


def _kind(value: Value) -> str:
    """Which of its category a value is; an address of which nobody says that is where somebody lives."""
    return value.kind or ("home" if value.category == "address" else "")


def _create(chunk: Chunk) -> None:
    """Makes the subjects whom nobody knew; their names come with the row."""
    named: dict[str, Value] = {}
    for record, value in chunk.of("name"):
        if record.key not in chunk.subjects:
            named.setdefault(record.key, value)
    if not named:
        return
    keys = reserve("subject", len(named))
    values = list(named.values())
    load(
        "subject",
        {
            "id": keys,
            "side": [chunk.side] * len(keys),
            "kind": [value.fields["kind"] for value in values],
            **{name: [value.fields.get(name) for value in values] for name in NAMES},
            "language": [value.fields.get("language") or "fi" for value in values],
        },
    )
    chunk.did("subject", "added", keys)
    chunk.subjects |= dict(zip(named, keys, strict=True))
    chunk.new |= named.keys()


def _offered(chunk: Chunk, held: _Held, later: list[Callable[[], None]]) -> list[tuple[int, Value]]:
    """The values that are taken, each once for a subject: of several the last that the source told."""
    told: dict[tuple[int, str, str, str], tuple[Record, Value]] = {}
    for record, value in chunk.of(*TAKES):
        subject = chunk.subjects[record.key]
        # a subject has several numbers and addresses, and one of everything else
        which = str(value.fields["value"]) if value.category in {"phone", "email"} else ""
        told[subject, value.category, _kind(value), which] = record, value
    said = [
        (record, value, _kind(value), not held.has(subject, value))
        for (subject, _, _, _), (record, value) in told.items()
    ]
    outcomes = brought(chunk, said, later)
    values = [(subject, value) for (subject, _, _, _), (_, value) in told.items()]
    return [each for each, outcome in zip(values, outcomes, strict=True) if outcome == "take"]


def _rename(chunk: Chunk, taken: list[tuple[int, Value]], rows: Mapping[int, Subject]) -> None:
    """Changes names and languages of those who were known, who are found by what they were called too."""
    changed = []
    about = {chunk.subjects[record.key]: record for record, _ in chunk.of("name")}
    borne = []
    for subject, value in taken:
        row = rows.get(subject)
        if row is None:
            continue
        was = {**named(row), "language": row.language}
        now = {**renamed(row, value.fields), "language": value.fields.get("language") or row.language}
        if now == was:
            continue
        chunk.before.append((about[subject], {"name": dict(was)}))
        if any(now[part] != was[part] for part in NAMED):
            borne.append((subject, *(was[part] for part in NAMED), chunk.at))
        for part, told in now.items():
            setattr(row, part, told)
        row.changed_at = Now()
        changed.append(row)
    if changed:
        Subject.objects.bulk_update(changed, [*NAMED, "language", "changed_at"], batch_size=200)
    _added(chunk, "previous_name", ("subject_id", *NAMED, "valid_until"), borne)


def _add_addresses(chunk: Chunk, taken: list[tuple[int, Value]], held: _Held) -> None:
    new, ended = [], defaultdict(list)
    about = {chunk.subjects[record.key]: record for record, _ in chunk.of("address")}
    for subject, value in taken:
        kind, placed = _kind(value), tuple(str(value.fields.get(name) or "FI") for name in PLACED)
        begins = value.fields.get("valid_from")
        told = datetime.fromisoformat(str(begins)) if begins else chunk.at
        begun = follows(held.addresses[subject, kind], placed, told, at=chunk.at)
        if begun is None:
            continue
        for each in begun.ended:
            ended[begun.since].append(each.pk)
            if each.valid_until:
                until: dict[str, Scalar] = {str(each.pk): each.valid_until.isoformat()}
                chunk.before.append((about[subject], {"address": until}))
        new.append((subject, kind, *placed, begun.since, begun.until))
    for since, keys in ended.items():
        Address.objects.filter(pk__in=keys).update(valid_until=since)
        chunk.did("address", "closed", keys)
    _added(chunk, "address", ("subject_id", "kind", *PLACED, "valid_from", "valid_until"), new)


def _add_contacts(chunk: Chunk, taken: list[tuple[int, Value]], held: _Held) -> None:
    new = []
    for subject, value in taken:
        told = str(value.fields["value"])
        if (subject, value.category, told) not in held.contacts:
            held.contacts.add((subject, value.category, told))
            new.append((subject, value.category, told, value.given["value"], chunk.at))
    _added(chunk, "contact_point", ("subject_id", "category", "value", "as_given", "valid_from"), new)


def _add_housing(chunk: Chunk, taken: list[tuple[int, Value]], held: _Held) -> None:
    new = []
    about = {chunk.subjects[record.key]: record for record, _ in chunk.of("housing_form")}
    for subject, value in taken:
        key, form = held.housed.get(subject, (0, ""))
        if not key:
            new.append((subject, value.fields["form"]))
        elif form != value.fields["form"]:
            chunk.before.append((about[subject], {"housing_form": {"form": form}}))
            HousingForm.objects.filter(pk=key).update(form=value.fields["form"])
    _added(chunk, "housing_form", ("subject_id", "form"), new)


def _add_business_ids(chunk: Chunk, taken: list[tuple[int, Value]], held: _Held) -> None:
    new = [
        (subject, chunk.side, value.fields["value"])
        for subject, value in taken
        if subject not in held.numbered
    ]
    _added(chunk, "business_id", ("subject_id", "side", "value"), new)


def _add_hetus(chunk: Chunk, taken: list[tuple[int, Value]], held: _Held) -> None:
    """Seals the codes of those who have none, each under a key of its own."""
    new = [
        (subject, str(value.fields["value"])) for subject, value in taken if subject not in held.identified
    ]
    if not new:
        return
    kept = data_keys(
        [subject for subject, _ in new], sealed_category("national_identifier"), chunk.side, made=True
    )
    chunk.did("data_key", "added", sorted(each.row for each in kept.values() if each.is_new))
    provider = provided()
    found = [indexes(code, chunk.side, provider) for _, code in new]
    columns = tuple(found[0])
    sealed = [
        (
            subject,
            chunk.side,
            kept[subject].row,
            seal(code.encode(), kept[subject].key, hetu_place(subject)),
            *(each[name] for name in columns),
        )
        for (subject, code), each in zip(new, found, strict=True)
    ]
    _added(
        chunk, "national_identifier", ("subject_id", "side", "data_key_id", "ciphertext", *columns), sealed
    )


def _add_turvakielto(chunk: Chunk, taken: list[tuple[int, Value]], held: _Held) -> None:
    """Protects; that a system says nothing of it protects nobody less. Law: 661/2009 36 §."""
    new = [
        (subject, chunk.at)
        for subject, value in taken
        if value.fields["protected"] and subject not in held.protected
    ]
    _added(chunk, "turvakielto", ("subject_id", "valid_from"), new)


_ADD: dict[str, Callable[[Chunk, list[tuple[int, Value]], _Held], None]] = {
    "address": _add_addresses,
    "phone": _add_contacts,
    "email": _add_contacts,
    "housing_form": _add_housing,
    "business_id": _add_business_ids,
    "hetu": _add_hetus,
}
"""How what is taken is added of what carries an answer and decides none."""


def _added(
    chunk: Chunk,
    table: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
) -> range:
    """Loads rows under keys of their own, which the chunk remembers."""
    told = list(rows)
    if not told:
        return range(0)
    keys = reserve(table, len(told))
    load(table, {"id": keys, **dict(zip(columns, zip(*told, strict=True), strict=True))})
    chunk.did(table, "added", keys)
    return keys


def undo(model: Any, did: str, keys: Sequence[int]) -> None:
    """This will take back what was done to rows: delete what was added, open again what was closed.

    Writes: the table of the model. Law: GDPR 5(1)(d).
    """
    rows = model._default_manager.filter(pk__in=list(keys))
    if did == "added":
        rows.delete()
    elif did == "closed":
        rows.update(valid_until=None)
