"""Data keys: the key of what one category keeps of a subject; to erase it is to shut every copy of that.

A purpose gets at a key only where it sees the row, and so only if it uses the category.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .backend.logins import ask
from .keys import KeysMissing, WrongKey, kek, new_data_keys, provided
from .many import Asked
from .models import DataKey
from .operations import acted
from .refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .keys import KeyProvider

REWRAPPED_AT_ONCE = 500


@dataclass(frozen=True)
class Kept:
    """A data key of a subject, and the row that keeps it wrapped; `is_new`: it was made just now."""

    row: int
    key: bytes
    is_new: bool = False


def data_keys(subjects: Collection[int], category: str, side: str, *, made: bool = False) -> dict[int, Kept]:
    """This will give the keys of what a category keeps of many subjects; `made`: those that have none yet get one.

    Shape: subject to key. Writes: data_key. Raises: KeysMissing, WrongKey, NotInPurpose.
    Law: GDPR 25, 32(1)(a). Notice: categories.
    """
    found = _kept(subjects, category, side)
    lacking = sorted(set(subjects) - found.keys()) if made else []
    if lacking:
        version, wrapped = wrapped_now(new_data_keys(len(lacking)), side)
        columns = ("subject_id", "category", "wrapped", "kek_version")
        count = len(lacking)
        acted().load("data_key", columns, [lacking, [category] * count, wrapped, [version] * count])
        made_now = _kept(lacking, category, side)
        found |= {subject: replace(kept, is_new=True) for subject, kept in made_now.items()}
    return found


def _kept(subjects: Collection[int], category: str, side: str) -> dict[int, Kept]:
    asked = Asked("data_key", ("id", "wrapped", "kek_version"), (category,))
    [rows] = acted().rows(subjects, [asked])
    provider, name = provided(), kek(side)
    return {
        subject: Kept(row, provider.unwrap(name, version, bytes(wrapped)))
        for subject, row, wrapped, version in rows
    }


def sealed_categories() -> frozenset[str]:
    """The categories of the notice in force whose values are sealed.

    Raises: NotInPurpose.
    """
    claims = acted().in_force.claims
    return frozenset(category for category, places in claims.items() if f"data_key[{category}]" in places)


def opened_key(row: DataKey, side: str) -> bytes:
    """This will unwrap a data key.

    Raises: KeysMissing, WrongKey.
    """
    return provided().unwrap(kek(side), row.kek_version, bytes(row.wrapped))


def data_key(subject_id: int, category: str, side: str) -> tuple[DataKey, bytes]:
    """This will give the key of what a category keeps of a subject, made when there is none yet.

    Shape: its row, the key. Writes: data_key. Raises: KeysMissing, WrongKey, NotInPurpose.
    Law: GDPR 25, 32(1)(a). Notice: categories, retention.
    """
    found = DataKey.objects.filter(subject_id=subject_id, category=category).first()
    if found:
        return found, opened_key(found, side)
    [key] = new_data_keys(1)
    version, [wrapped] = wrapped_now([key], side)
    return DataKey.objects.create(
        subject_id=subject_id, category=category, wrapped=wrapped, kek_version=version
    ), key


def owners(rows: Sequence[int]) -> list[int]:
    """This will tell whose some data keys are."""
    found = DataKey.objects.filter(pk__in=list(rows)).values_list("subject_id", flat=True)
    return sorted(set(found))


def drop_data_keys(rows: Sequence[int], *, but_of: Collection[int] = ()) -> None:
    """This will drop keys under which nothing is kept any more; those of `but_of` still keep something.

    Writes: data_key. Raises: NotInPurpose. Law: GDPR 5(1)(e).
    """
    DataKey.objects.filter(pk__in=list(rows)).exclude(subject_id__in=list(but_of)).delete()


def wrapped_now(keys: Sequence[bytes], side: str) -> tuple[int, list[bytes]]:
    """This will wrap data keys under the current version of a side's key-encryption key.

    Shape: the version, the wrapped keys. Raises: KeysMissing, WrongKey.
    """
    provider, name = provided(), kek(side)
    version = provider.current(name)
    require_right(provider, name, version)
    return version, [provider.wrap(name, version, key) for key in keys]


def require_right(provider: KeyProvider, name: str, version: int) -> None:
    """This will make sure that a key is the one that this register knows, before anything is made under it.

    Raises: KeysMissing, WrongKey. Law: GDPR 32(1)(b).
    """
    value = provider.check_value(name, version)
    known = ask(
        "SELECT check_value FROM register.key_version WHERE name = %s AND version = %s", [name, version]
    )
    if not known:
        raise KeysMissing(
            f"this register does not know version {version} of {name}: `seloste keys make` makes the first keys of a"
            " register, and `seloste keys rotate` brings in a next version. Nothing was changed"
        )
    if bytes(known[0][0]) != value:
        raise WrongKey(
            f"version {version} of {name} is another key than the one that this register knows: restore the file from"
            " the backup of the keys. Nothing was sealed and nothing was changed"
        )


def rewrap(side: str, after: int, version: int) -> tuple[int | None, int]:
    """This will wrap the next data keys after a row anew, under a version of the key-encryption key.

    What is sealed under them is not touched. Running it again goes on where it stopped.
    Shape: the last row looked at, none at the end; how many were wrapped anew.
    Writes: data_key. Raises: KeysMissing, WrongKey. Law: GDPR 32(1)(a).
    """
    provider, name = provided(), kek(side)
    require_right(provider, name, version)
    rows = list(DataKey.objects.filter(pk__gt=after).order_by("pk")[:REWRAPPED_AT_ONCE])
    old = [row for row in rows if row.kek_version != version]
    for row in old:
        row.wrapped = provider.wrap(name, version, opened_key(row, side))
        row.kek_version = version
    if old:
        DataKey.objects.bulk_update(old, ["wrapped", "kek_version"])
    return (rows[-1].pk if rows else None), len(old)


def sealed_category(table: str) -> str:
    """The category of the notice in force that keeps its sealed values in a table.

    Raises: NotInPurpose.
    """
    session = acted()
    for category, places in session.in_force.claims.items():
        if table in places and f"data_key[{category}]" in places:
            return category
    raise NotInPurpose(
        f"{session.purpose} uses no category that keeps sealed values in {table}: the notice names it under"
        " `categories`, with its data_key"
    )
