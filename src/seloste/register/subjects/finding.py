"""Finding somebody by whatever is known: what a purpose may not see of them does not find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seloste.kernel import folding, identifiers
from seloste.register.protection import searching
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.searching import Sought

from .port import found_by
from .queries import find_by_hetu

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from seloste.register.protection.searching import Hit
    from seloste.register.protection.session import Session

MOST = 50
HETU = "hetu"


class HetuElsewhere(NotInPurpose):
    """A personal identity code is searched for under a purpose that reads it, and no other."""


@dataclass(frozen=True)
class Found:
    """Somebody who was found: key, whether a person or an organisation, name, and by which kinds of value."""

    subject: int
    kind: str | None
    name: str | None
    by: tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """Who was found, the nearest first; `more`: there are others; `searched`: by which kinds of value."""

    found: tuple[Found, ...]
    more: bool
    searched: tuple[str, ...]


def find(session: Session, text: str) -> Listing:
    """This will find subjects by the beginning of any part of a name, or by a number or address in any spelling.

    At most 50, the nearest first. A personal identity code is looked for whole and as nothing else. Neither the
    list nor whether there are more tells of anybody that the purpose does not see.
    Raises: NotInPurpose, HetuElsewhere, NotAnIdentifier, KeysMissing, NotRecorded.
    Law: GDPR 5(1)(c), 25, 32, Tietosuojalaki 1050/2018 29 §. Notice: purposes, categories.
    """
    if folding.is_hetu(text):
        return _by_hetu(session, text)
    by = {way.category for way in found_by().values() if searching.searches(session, way.category)}
    sought = list(read(text, by))
    hits, more = searching.search(session, sought, MOST)
    kinds = tuple(dict.fromkeys(each.kind for each in sought))
    return Listing(tuple(map(_found, hits)), more, kinds)


def read(text: str, categories: Collection[str]) -> Iterator[Sought]:
    """This will read what a text may be, of some categories: of the rest nothing is asked."""
    for way in found_by().values():
        if way.category in categories:
            for asked in way.asked(text):
                yield Sought(way.kind, asked.folded, asked.until, asked.spelt, asked.others, way.rank)


def _found(hit: Hit) -> Found:
    names = hit.names
    person = " ".join(filter(None, (names.get("given_names"), names.get("family_name"))))
    return Found(hit.subject_id, names.get("kind"), names.get("organisation_name") or person or None, hit.by)


def _by_hetu(session: Session, text: str) -> Listing:
    if "blind_index" not in session.login.may("select", "national_identifier"):
        raise HetuElsewhere(
            f"{session.purpose} reads no personal identity codes, so none is searched for: act for a purpose that does,"
            " as for identification, for a reason of its own"
        )
    code = identifiers.hetu(text)
    found = []
    for side in session.login.sides:
        if subject := find_by_hetu(code, side):
            names = (subject.organisation_name, subject.given_names, subject.family_name)
            name = " ".join(filter(None, names)) or None
            found.append(Found(subject.pk, subject.kind, name, (HETU,)))
    if not found:
        session.record("listed", (), 0, session.categories_of([("national_identifier", "blind_index")]))
    return Listing(tuple(found), more=False, searched=(HETU,))
