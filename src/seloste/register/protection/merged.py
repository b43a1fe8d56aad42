"""Records of one human, as far as the session's purpose sees the merges that join them.

A merge rewrites no row: whoever reads follows it here. A purpose to which the notice gives no merges meets
each record by itself; what it may do with them is decided together all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seloste.policy.merges import IN_FORCE, records
from seloste.register.protection.backend.gate import run
from seloste.register.protection.backend.reading import key_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet

    from seloste.register.protection.backend.logins import Login
    from seloste.register.protection.session import Session

_READ = {"subject_id", "into_id", "valid_from", "valid_until", "superseded_at"}


def follows(login: Login) -> bool:
    """Whether a purpose reads merges."""
    return login.may("select", "subject_merge") >= _READ


def keys(login: Login) -> str:
    """The SQL of the keys of all records of `%(subject)s` that a login sees, as an array in their order."""
    if not follows(login):
        return "ARRAY[%(subject)s::bigint]"
    found = records("SELECT %(subject)s::bigint AS id", IN_FORCE)
    return f"ARRAY(SELECT s.id FROM register.subject s WHERE s.id IN ({found}) ORDER BY s.id)"


def records_of(session: Session, subject_id: int) -> list[int]:
    """This will tell which records are of one human with a subject's, its own among them."""
    [(found,)] = run(session, f"SELECT {keys(session.login)}", {"subject": subject_id}).fetchall()
    return sorted({subject_id, *found})


def again(session: Session, audience: QuerySet[Any]) -> int:
    """This will count the rows of an audience by which somebody is in it a second time, as another record.

    Each row of an audience is about a subject; of two records of one human one is counted.
    """
    key = key_field(audience.model._meta.db_table)
    if key is None or not follows(session.login):
        return 0
    asked = audience.order_by().values_list(key.attname).distinct()
    sql, params = asked.query.get_compiler(session.alias).as_sql()
    [(twice,)] = run(
        session,
        f"SELECT count(*) - count(DISTINCT coalesce(m.into_id, a.key)) FROM ({sql}) a(key)"
        f" LEFT JOIN register.subject_merge m ON m.subject_id = a.key AND {IN_FORCE.format('m')}",
        params,
    ).fetchall()
    return int(twice)


def roots(session: Session) -> dict[int, int]:
    """This will tell of every merged record that the purpose sees, and of each root, which root is its human's."""
    if not follows(session.login):
        return {}
    rows = run(
        session,
        f"SELECT m.subject_id, m.into_id FROM register.subject_merge m WHERE {IN_FORCE.format('m')}",
    )
    return {record: root for merged, root in rows.fetchall() for record in (merged, root)}


def first_of_each(known: Mapping[int, int]) -> Callable[[int], bool]:
    """This will tell of one subject after the other whether no other record of the same human came before it.

    `known`: the roots of merged records.
    """
    first: dict[int, int] = {}
    return lambda key: key not in known or first.setdefault(known[key], key) == key
