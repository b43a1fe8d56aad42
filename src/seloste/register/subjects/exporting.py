"""Everything that is held about one human, gathered by the notice's claims, for that human.

One human may be several subjects: personas, and the record beyond a wall, which only a purpose that reaches
across walls brings together. Nobody else's data go out with it: a row that somebody holds together with the
human keeps its values and loses whose it is too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seloste.register.protection import held
from seloste.register.protection.keys import provided
from seloste.register.protection.operations import acted, note, reads, sides

from .merging import group_of
from .models import Representation, Subject
from .queries import UnknownSubject, hetu_of, indexes, require_subject, visible_holders
from .ties import ever_personas_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from seloste.register.protection.held import Held
    from seloste.register.protection.lookups import LookUp

EVIDENCE = frozenset({"event", "event_subject"})
"""Who looked at whom is told as the subject may see it: without the names of staff."""
SOMEBODY_ELSE = "somebody else"
"""What stands in place of another person's key. Law: GDPR 15(4)."""


@dataclass(frozen=True)
class Kept:
    """What a category keeps of one subject; `withheld` is the law under which its rows are left out."""

    category: str
    name: Mapping[str, str]
    retention: str | None
    retention_name: Mapping[str, str]
    period: str | None
    master: str | None
    rows: tuple[Held, ...] = ()
    withheld: str | None = None


@dataclass(frozen=True)
class Record:
    """One subject that is the human: on which side, and all that is kept under it."""

    subject_id: int
    side: str
    categories: tuple[Kept, ...]
    lookups: tuple[LookUp, ...]


@dataclass(frozen=True)
class Export:
    """Everything held about one human at a moment, under a notice.

    `elsewhere`: categories that other systems keep, which are asked for there; `unread`: categories that the
    acting purpose does not read, and which this therefore lacks.
    """

    at: datetime
    notice: str
    records: tuple[Record, ...]
    elsewhere: tuple[Kept, ...]
    unread: tuple[str, ...]
    names: Mapping[str, Mapping[str, Mapping[str, str]]]
    """What the notice calls its own words: term, key, language."""


def export(subject_id: int, *, at: datetime, whole: bool = False) -> Export:
    """This will gather everything that is held about the human who a subject is; recorded as an opening of each.

    `whole`: with what is withheld from the person, for whoever decides on that.
    Writes: event. Raises: UnknownSubject, NotReadable, KeysMissing, WrongKey, NotInPurpose.
    Law: GDPR 15, 20; Tietosuojalaki 1050/2018 34 §. Notice: categories, retention, rights.
    """
    human = same_human(require_subject(subject_id), at)
    names = _organisations(human)
    records = tuple(_record(key, side, human, names, whole=whole) for key, side in sorted(human.items()))
    note("subjects.export", *human)
    session = acted()
    kept = session.in_force.part("categories")
    elsewhere = tuple(_kept(name, ()) for name, category in kept.items() if not category.get("held_in"))
    unread = sorted(
        name
        for name, category in kept.items()
        if name not in session.login.categories
        and not category.get("withheld")
        and _is_about_subjects(category.get("held_in") or {})
    )
    return Export(at, session.in_force.hash, records, elsewhere, tuple(unread), _names())


def same_human(subject: Subject, at: datetime) -> dict[int, str]:
    """This will tell which subjects are one human with a subject, and the side of each.

    By ties of personas that are or were; by merges in force; and by the whole personal identity code, on the sides that the acting
    purpose reaches, which is more than one only where the notice lets it answer that human.
    Law: GDPR 15; SML 60. Notice: arrangement.
    """
    found, asked = {subject.pk}, set[int]()
    while more := found - asked:
        for key in sorted(more):
            found |= ever_personas_of([key]) | _by_code(key) | _merged_with(key, at)
        asked |= more
    return {each.pk: each.side for each in Subject.objects.filter(pk__in=found)}


def _merged_with(subject_id: int, at: datetime) -> set[int]:
    return set(group_of(subject_id, at=at)) if reads("subject_merge", "subject_id", "into_id") else set()


def _by_code(subject_id: int) -> set[int]:
    if not reads("national_identifier", "blind_index", "blind_index_even", "ciphertext"):
        return set()
    code = hetu_of(subject_id)
    if code is None:
        return set()
    keys, found = provided(), set[int]()
    for side in sides():
        asked = ",".join(value.hex() for value in indexes(code, side, keys).values())
        found |= set(visible_holders("hetu", asked, side))
    return found


def _record(
    subject_id: int, side: str, human: Mapping[int, str], names: Mapping[int, str], *, whole: bool
) -> Record:
    session = acted()
    found = held.held(session, subject_id, without=EVIDENCE)
    if not found:
        raise UnknownSubject("for this purpose there is no such subject: nothing was gathered")
    kept = []
    for category, declared in session.in_force.part("categories").items():
        rows = tuple(_redacted(row, human, names) for row in found.get(category, ()))
        withheld = declared.get("withheld")
        if withheld and not (rows and whole):
            # told whether or not there is anything: else its absence would tell
            kept.append(_kept(category, (), withheld))
        elif rows:
            kept.append(_kept(category, rows, withheld))
    looks = session.lookups(subject_id) if reads("event_subject", "subject_id") else []
    return Record(subject_id, side, tuple(kept), tuple(looks))


def _kept(category: str, rows: Iterable[Held], withheld: str | None = None) -> Kept:
    declared = acted().in_force.part("categories", category)
    retention = declared.get("retention")
    ends = acted().in_force.part("retention", retention) if retention else {}
    return Kept(
        category,
        _texts(declared.get("name")),
        retention,
        _texts(ends.get("name")),
        ends.get("period"),
        declared.get("master"),
        tuple(rows),
        withheld,
    )


def _names() -> dict[str, dict[str, dict[str, str]]]:
    part = acted().in_force.part
    terms = ("controllers", "purposes", "categories", "retention", "systems")
    return {term: {key: _texts(each.get("name")) for key, each in part(term).items()} for term in terms}


def _texts(told: Mapping[str, Any] | str | None) -> dict[str, str]:
    if isinstance(told, str):
        return {"fi": told}
    return {lang: text for lang, text in (told or {}).items() if lang in {"fi", "sv", "en"}}


def _redacted(row: Held, human: Mapping[int, str], names: Mapping[int, str]) -> Held:
    """A row without the key of anybody else; an organisation's stays, with its name."""
    columns = held.whom(row.table)
    values = {
        column: _of_another(value, human, names) if column in columns else value
        for column, value in row.values.items()
    }
    return held.Held(row.table, values)


def _of_another(key: Any, human: Mapping[int, str], names: Mapping[int, str]) -> Any:
    if key is None or key in human:
        return key
    return names.get(key, SOMEBODY_ELSE)


def _organisations(human: Iterable[int]) -> dict[int, str]:
    """The names of organisations that the human stands for: whom one represents is about oneself too."""
    if not reads("representation", "organisation_id"):
        return {}
    stood_for = {each.organisation_id for each in Representation.objects.filter(subject_id__in=list(human))}
    organisations = Subject.objects.filter(pk__in=stood_for, kind="organisation")
    return {each.pk: each.organisation_name or SOMEBODY_ELSE for each in organisations}


def _is_about_subjects(places: Mapping[str, Iterable[str]]) -> bool:
    return any("subject_id" in columns for columns in places.values())
