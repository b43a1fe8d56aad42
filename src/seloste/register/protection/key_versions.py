"""Which versions of keys a register uses, and whether they are there: the administrator's part.

The administrator counts and compares; what is sealed stays sealed to this, since no key is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .keys import KeysMissing, WrongKey, index, kek, suppression

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

    from .keys import KeyProvider

    Administrator = psycopg.Connection[Any]


class StillUsed(Exception):
    """Something is still sealed or indexed under a version, so it cannot be retired."""


@dataclass(frozen=True)
class Version:
    """A version of a key: what the provider has of it, and how much stands under it."""

    name: str
    version: int
    key: Literal["right", "wrong", "missing", "unknown"]
    """`unknown`: it is there, but this register has not heard of it."""
    current: bool
    used: int

    @property
    def is_well(self) -> bool:
        """Whether whatever stands under it can be opened; a version that waits for its rotation is well."""
        return self.key == "right" or (self.key == "unknown" and not self.current and not self.used)


_USED = """
  SELECT 'kek:' || s.side, k.kek_version::int, count(*)
    FROM register.data_key k JOIN register.subject s ON s.id = k.subject_id GROUP BY 1, 2"""
_INDEXED = """
  SELECT 'index:' || side, count(blind_index_even), count(blind_index), count(*)
    FROM register.national_identifier GROUP BY 1"""


def used(admin: Administrator) -> dict[tuple[str, int], int]:
    """This will count data keys by the version that wraps them.

    Shape: (name, version) to how many.
    """
    return {(name, version): count for name, version, count in admin.execute(_USED).fetchall()}


def indexed(admin: Administrator) -> dict[str, tuple[int, int, int]]:
    """This will count identity codes that are indexed under even versions and under odd ones, and all.

    Shape: name of the index key to three counts.
    """
    return {name: (even, odd, rows) for name, even, odd, rows in admin.execute(_INDEXED).fetchall()}


def _suppressed(admin: Administrator) -> set[str]:
    """Names of the keys under which contact points were hashed."""
    return {
        suppression(side)
        for (side,) in admin.execute("SELECT DISTINCT side FROM register.suppression").fetchall()
    }


def make(admin: Administrator, keys: KeyProvider, sides: Iterable[str]) -> list[str]:
    """This will make keys for sides that have none, and let the register know them.

    Where something was sealed already nothing is made: a new key would open none of it.
    Shape: the names that the register knows now and did not before. Writes: key_version.
    Raises: KeysMissing, WrongKey. Law: GDPR 32(1)(b).
    """
    names = [name for side in sides for name in (kek(side), index(side), suppression(side))]
    sealed = {name for name, _ in used(admin)} | set(indexed(admin)) | _suppressed(admin)
    missing = [name for name in names if name not in keys.names()]
    if lost := [name for name in missing if name in sealed]:
        raise KeysMissing(
            f"{', '.join(lost)} is not there, but this register was sealed under it: restore the file from the backup of"
            " the keys. A new key would open nothing of what there is, so none was made"
        )
    _refuse(each for each in check(admin, keys) if each.name in names and each.key == "wrong")
    # known, but nothing was sealed under it: what was lost opens nothing that anybody has
    admin.execute("DELETE FROM register.key_version WHERE name = ANY(%s)", [missing])
    known = {name for name, _ in _known(admin)}
    keys.make(names)
    new = [name for name in names if name not in known]
    for name in new:
        introduce(admin, keys, name, keys.current(name))
    _refuse(each for each in check(admin, keys) if each.name in names and not each.is_well)
    return new


def _refuse(versions: Iterable[Version]) -> None:
    for version in versions:
        raise WrongKey(
            f"version {version.version} of {version.name} is {version.key}: see `seloste keys check`"
        )


def introduce(admin: Administrator, keys: KeyProvider, name: str, version: int) -> None:
    """This will let the register know a version by its check value; doing it again changes nothing.

    Writes: key_version.
    """
    admin.execute(
        "INSERT INTO register.key_version (name, version, check_value) VALUES (%s, %s, %s)"
        " ON CONFLICT (name, version) DO NOTHING",
        [name, version, keys.check_value(name, version)],
    )


def check(admin: Administrator, keys: KeyProvider) -> list[Version]:
    """This will compare the keys that there are with those that this register knows or uses.

    Raises: KeysExposed. Law: GDPR 32(1)(b), (d).
    """
    known, wrapped, rows = _known(admin), used(admin), indexed(admin)
    there = {(name, version) for name in keys.names() for version in keys.versions(name)}
    found = []
    for name, version in sorted({*known, *wrapped, *there}):
        if (name, version) not in there:
            state: Literal["right", "wrong", "missing", "unknown"] = "missing"
        elif (name, version) not in known:
            state = "unknown"
        else:
            state = "right" if known[name, version] == keys.check_value(name, version) else "wrong"
        current = (name, version) in there and keys.current(name) == version
        count = wrapped.get((name, version), 0)
        if name in rows:
            count = rows[name][version % 2]
        found.append(Version(name, version, state, current, count))
    return found


def retire(admin: Administrator, keys: KeyProvider, name: str, version: int) -> None:
    """This will destroy a version that nothing uses, and let the register forget it.

    A backup that was taken while it was used cannot be opened any more.
    Writes: key_version. Raises: StillUsed, KeysMissing. Law: GDPR 32(1)(a).
    """
    if version not in keys.versions(name):
        raise KeysMissing(
            f"there is no version {version} of {name}: `seloste keys check` lists those that there are"
        )
    standing = next((v for v in check(admin, keys) if (v.name, v.version) == (name, version)), None)
    if keys.current(name) == version or (standing and standing.used):
        count = standing.used if standing else 0
        raise StillUsed(
            f"version {version} of {name} is {'the current one' if keys.current(name) == version else 'still used'}, by"
            f" {count}: run `seloste keys rotate` first. Nothing was retired"
        )
    forget(admin, keys, name, version)


def forget(admin: Administrator, keys: KeyProvider, name: str, version: int) -> None:
    """This will destroy a version, whether or not anything uses it; the current one stays.

    Killed in between, a key is there that nobody knows and nothing needs.
    Writes: key_version.
    """
    admin.execute("DELETE FROM register.key_version WHERE name = %s AND version = %s", [name, version])
    keys.retire(name, version)


def _known(admin: Administrator) -> dict[tuple[str, int], bytes]:
    return {
        (name, version): bytes(value)
        for name, version, value in admin.execute(
            "SELECT name, version::int, check_value FROM register.key_version"
        ).fetchall()
    }
