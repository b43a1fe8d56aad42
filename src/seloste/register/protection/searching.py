"""Searching by what subjects are found by, and keeping that: one statement each, recorded before it is let out.

A search meets the rows of an index that holds what its login may see and nothing else, so that neither the
answer nor the time it takes tells of anybody hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seloste.policy.merges import IN_FORCE
from seloste.register.protection.backend.gate import run
from seloste.register.protection.merged import follows
from seloste.register.protection.operations import acted
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.see import decide_due

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from seloste.register.protection.session import Session

TABLE = "search_token"
COLUMNS = ("subject_id", "category", "controller", "kind", "token", "spelt")
CANDIDATES = 500
"""Rows of one range that are ranked: of more the first in the order of the index, which are the shortest words."""


class NotFinding(NotInPurpose):
    """The notice does not declare that this purpose searches."""


@dataclass(frozen=True)
class Sought:
    """A range of what is kept: tokens of a kind from `begin` up to `until`, with words that begin with `others`.

    What is spelt as `spelt` comes first among those of its `rank`.
    """

    kind: str
    begin: str
    until: str
    spelt: str
    others: tuple[str, ...]
    rank: int


@dataclass(frozen=True)
class Hit:
    """A subject that was found, and by which kinds of what it is found by."""

    subject_id: int
    by: tuple[str, ...]
    names: dict[str, str | None]


_RANGE = """(SELECT subject_id, category, kind, token, {rank} - (spelt >= %s AND spelt < %s)::int AS rank
   FROM register.search_token WHERE kind = %s AND token >= %s AND token < %s{others}
   ORDER BY token LIMIT {candidates})"""

_SEARCH = """
SELECT f.subject_id, f.kinds, f.categories, f.records{names} FROM (
  SELECT {shown} AS subject_id, min(rank) AS rank, min(token) AS token, array_agg(DISTINCT each.kind) AS kinds,
    array_agg(DISTINCT each.category) AS categories, array_agg(DISTINCT each.subject_id) AS records
  FROM ({ranges}) each{merged} GROUP BY 1 ORDER BY 2, 3, 1 LIMIT {most}) f{subject}
ORDER BY f.rank, f.token, f.subject_id"""

_MERGED = f" LEFT JOIN register.subject_merge m ON m.subject_id = each.subject_id AND {IN_FORCE.format('m')}"
_ROOT = "coalesce((SELECT r.id FROM register.subject r WHERE r.id = m.into_id), each.subject_id)"
"""A merged record is told as its root, where the purpose sees that one."""

NAMES = ("kind", "given_names", "family_name", "organisation_name")


def searches(session: Session, category: str) -> bool:
    """Whether the session's purpose searches by values of a category."""
    held = f"{TABLE}[{category}]"
    return "token" in session.login.may("select", TABLE) and any(
        held in places for places in session.login.claims.values()
    )


def search(session: Session, sought: Sequence[Sought], most: int) -> tuple[list[Hit], bool]:
    """This will find subjects by what they are found by, the nearest first, and tell whether there are more.

    Whoever is let out is in the look-up log before that, as listed; so is a search that finds nobody.
    Raises: NotFinding, NotInPurpose, NotRecorded. Law: GDPR 5(1)(c), 25, 32. Notice: purposes.
    """
    if "token" not in session.login.may("select", TABLE):
        raise NotFinding(
            f"{session.purpose} does not search: act for a purpose that the notice declares with `finds`, or name the key"
        )
    shown = [name for name in NAMES if name in session.login.may("select", "subject")]
    rows: list[tuple[Any, ...]] = []
    if sought:
        decide_due(session)
        asked = statement(sought, shown, most + 1, merges=follows(session.login))
        rows = run(session, *asked).fetchall()
    told = rows[:most]
    held = {category for row in told for category in row[2]}
    read = {(TABLE, "token"), *(("subject", name) for name in shown)}
    subjects = {key for row in told for key in (row[0], *row[3])}
    session.record("listed", subjects, len(told), session.categories_of(read, held) if told else ())
    hits = [Hit(row[0], tuple(row[1]), dict(zip(shown, row[4:], strict=True))) for row in told]
    return hits, len(rows) > most


def statement(
    sought: Sequence[Sought], shown: Sequence[str], most: int, *, merges: bool
) -> tuple[str, list[Any]]:
    """This will write a search as SQL with its parameters.

    `shown`: columns of the subject that are told with it; `merges`: records of one human are told as one.
    """
    ranges, params = [], list[Any]()
    for each in sought:
        others = " AND position(%s in token || ' ') > 0" * len(each.others)
        ranges.append(_RANGE.format(rank=2 * each.rank, others=others, candidates=CANDIDATES))
        spelt = (each.spelt, each.spelt + "\U0010ffff")
        params += [*spelt, each.kind, each.begin, each.until, *(f" {word}" for word in each.others)]
    joined = " JOIN register.subject s ON s.id = f.subject_id" if shown else ""
    names = "".join(f", s.{name}" for name in shown)
    sql = _SEARCH.format(
        names=names,
        shown=_ROOT if merges else "each.subject_id",
        ranges="\n  UNION ALL ".join(ranges),
        merged=_MERGED if merges else "",
        most=most,
        subject=joined,
    )
    return sql, params


def put(rows: Collection[tuple[int, str, str, str, str, str]], keys: Sequence[int] | None = None) -> int:
    """This will keep what subjects are found by, those that are not kept yet; says how many were new.

    Shape: rows of `COLUMNS`, of categories that the purpose writes; `keys` of their own, if they were reserved.
    Writes: search_token. Raises: NotInPurpose. Notice: categories.
    """
    if not rows:
        return 0
    columns = list(zip(*rows, strict=True))
    if keys is None:
        return acted().load(TABLE, COLUMNS, columns, if_new=True)
    return acted().load(TABLE, ("id", *COLUMNS), [keys, *columns], if_new=True)


def written() -> set[str]:
    """The categories by whose values subjects are found and that the acting purpose writes.

    Where the notice has nobody found by a category, there is none to keep.
    """
    return _written(acted())


def reads(tables: Collection[str]) -> bool:
    """Whether the acting purpose reads something of each table."""
    return all(acted().login.may("select", table) for table in tables)


def keeps(category: str, made_of: Collection[tuple[str, str]]) -> bool:
    """Whether the acting purpose writes a category that subjects are found by, and reads some columns."""
    session = acted()
    reads = all(column in session.login.may("select", table) for table, column in made_of)
    return reads and category in _written(session)


def values(sql: str, ids: Collection[int]) -> list[tuple[Any, ...]]:
    """This will read what tokens are made of, as far as the acting purpose sees it: it goes back into rows and nowhere else."""
    return run(acted(), sql, {"ids": sorted(ids)}).fetchall()


def owners(table: str, keys: Collection[int]) -> set[int]:
    """This will tell whose the rows of a table are."""
    column = "id" if table == "subject" else "subject_id"
    asked = f'SELECT DISTINCT {column} FROM register."{table}" WHERE id = ANY(%s)'
    return {subject for (subject,) in run(acted(), asked, [sorted(keys)])}


def takes_out(category: str) -> bool:
    """Whether the acting purpose may take out what subjects are found by; what is due is decided first.

    A row whose answer has run out is not in the index that a searching purpose meets.
    """
    session = acted()
    columns = session.login.columns.get(TABLE, {})
    if not columns.get("delete") or category not in _written(session):
        return False
    decide_due(session)
    return "kind" in session.login.may("select", TABLE)


def _written(session: Session) -> set[str]:
    """The categories by whose values subjects are found and that the purpose writes."""
    writes = session.in_force.part("purposes", session.purpose).get("writes") or ()
    places = (session.in_force.part("categories", name).get("held_in") or {} for name in writes)
    return {place[len(TABLE) + 1 : -1] for held in places for place in held if place.startswith(f"{TABLE}[")}
