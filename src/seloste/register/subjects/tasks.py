"""Whether everybody can be found by what is kept of them: recomputed from the values, and made good."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seloste.register.protection import searching

from .port import found_by
from .tokens import Value, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from .tokens import Row

BATCH = 5_000

_NEXT = "SELECT id, side FROM register.subject WHERE id > %(last)s ORDER BY id LIMIT %(most)s"
_KEPT = """SELECT subject_id, category, controller, kind, token, spelt
FROM register.search_token WHERE subject_id = ANY(%(ids)s)"""
_PLACES = """SELECT substring(place FROM '\\[(.*)\\]') FROM policy.mask
WHERE starts_with(place, 'search_token[') AND controller = ''"""
_GONE = """SELECT s.id, substring(m.place FROM '\\[(.*)\\]') FROM register.subject s JOIN policy.mask m ON s.gone & m.gone <> 0
WHERE starts_with(m.place, 'search_token[') AND m.controller = '' AND s.id = ANY(%(ids)s)"""


@dataclass
class Compared:
    """What was compared: how many subjects; kinds by subject of which something is missing, or left of what is gone."""

    subjects: int = 0
    missing: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    left: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def is_whole(self) -> bool:
        """Whether everybody is found by what is kept of them, and nobody by what is not."""
        return not self.missing and not self.left


def compare(
    admin: psycopg.Connection[Any], progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Compared:
    """This will recompute what everybody is found by and compare it with what is kept; it changes nothing.

    As the administrator, who sees every row.
    Law: GDPR 5(1)(d), 17, 32(1)(d). Notice: categories.
    """
    compared = Compared()
    everybody = admin.execute("SELECT count(*) FROM register.subject").fetchone() or (0,)
    for ids, wanted, kept in _batches(admin):
        for subject, _, _, kind, *_ in wanted - kept:
            compared.missing[subject].add(kind)
        for subject, _, _, kind, *_ in kept - wanted:
            compared.left[subject].add(kind)
        compared.subjects += len(ids)
        progress(compared.subjects, everybody[0])
    return compared


def mend(
    admin: psycopg.Connection[Any],
    sides: tuple[str, ...],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """This will keep what subjects of some sides are not found by yet; says how many tokens were missing.

    In a session of a purpose that writes the values. Writes: search_token. Raises: NotInPurpose.
    Law: GDPR 5(1)(d). Notice: categories.
    """
    done, added = 0, 0
    everybody = admin.execute("SELECT count(*) FROM register.subject").fetchone() or (0,)
    for ids, wanted, kept in _batches(admin):
        added += searching.put([row for row in wanted - kept if ids[row[0]] in sides])
        done += len(ids)
        progress(done, everybody[0])
    return added


def _batches(admin: psycopg.Connection[Any]) -> Iterator[tuple[dict[int, str], set[Row], set[Row]]]:
    """Subjects with their sides; what they should be found by, less what is erased; what they are found by."""
    places = {category for (category,) in admin.execute(_PLACES).fetchall()}
    last = 0
    while ids := dict(admin.execute(_NEXT, {"last": last, "most": BATCH}).fetchall()):
        keys = {"ids": list(ids)}
        gone = set(admin.execute(_GONE, keys).fetchall())
        wanted = {
            row for row in rows(_values(admin, keys)) if row[1] in places and (row[0], row[1]) not in gone
        }
        yield ids, wanted, set(admin.execute(_KEPT, keys).fetchall())
        last = max(ids)


def _values(admin: psycopg.Connection[Any], keys: dict[str, Any]) -> Iterator[Value]:
    for way in found_by().values():
        for each in way.values:
            for subject, controller, *parts in admin.execute(each.sql, keys).fetchall():
                yield Value(subject, way.kind, tuple(parts), controller)
