"""Rotation: a next version of a key beside the one before, and what stands under it moved in batches.

Each batch is a session of its own, so that what is done stays done. Killed anywhere and run again,
it finds from the keys and the rows themselves where it was, and goes on; nothing else is remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import data_keys, key_versions
from .keys import index, kek

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from .key_versions import Administrator
    from .keys import KeyProvider

    Step = Callable[[str, int, int], tuple[int | None, int]]
    """One batch of a side after a row, for a version: the last row looked at, and how many were changed."""


@dataclass(frozen=True)
class Rotation:
    """What rotating a key of one side takes."""

    admin: Administrator
    keys: KeyProvider
    side: str
    session: Callable[[], AbstractContextManager[object]]
    """Opens a session of the purpose that keeps the register, on this side."""
    progress: Callable[[int, int], None] = lambda _done, _all: None


@dataclass(frozen=True)
class Rotated:
    """What was done, and what is left."""

    name: str
    version: int
    changed: int
    left: int
    """Rows that the purpose did not reach: somebody closed them to it, or is writing them now."""


def rotate_kek(by: Rotation) -> Rotated:
    """This will wrap a side's data keys under a next version of its key-encryption key.

    What is sealed is not touched. The version before stays until it is retired.
    Writes: data_key, key_version. Raises: KeysMissing, WrongKey, NotInPurpose.
    Law: GDPR 32(1)(a). Notice: protection.
    """
    name = kek(by.side)
    version = _version(by, name, begun=_elsewhere(by, name) > 0)
    by.keys.promote(name, version)
    changed = _whole(by, data_keys.rewrap, version, _elsewhere(by, name))
    return Rotated(name, version, changed, _elsewhere(by, name))


def rotate_index(by: Rotation, reindex: Step, drop: Step) -> Rotated:
    """This will index a side's identity codes under a next version of its index key, and not under the one before.

    `reindex` and `drop` do it batch by batch. New codes are indexed under every version that there is
    and all are searched, so that none is lost or kept twice meanwhile.
    Writes: national_identifier, key_version. Raises: KeysMissing, WrongKey, NotReadable, NotInPurpose.
    Law: GDPR 32(1)(a). Notice: protection.
    """
    name = index(by.side)
    before = by.keys.current(name)
    version = _version(by, name, begun=_indexed(by, before - 1) > 0)
    changed = _whole(by, reindex, version, _without(by, version))
    if left := _without(by, version):
        return Rotated(name, version, changed, left)
    by.keys.promote(name, version)
    # whoever began to write before the next version was there may have finished since
    changed += _whole(by, reindex, version, 0)
    for old in by.keys.versions(name):
        if old != version:
            key_versions.forget(by.admin, by.keys, name, old)
    _whole(by, drop, version - 1, _indexed(by, version - 1))
    return Rotated(name, version, changed, _without(by, version) + _indexed(by, version - 1))


def _version(by: Rotation, name: str, *, begun: bool) -> int:
    """The version to move to: the one that a rotation which was stopped had begun, else a new one."""
    current = by.keys.current(name)
    last = max(by.keys.versions(name))
    data_keys.require_right(by.keys, name, current)
    version = current if begun and last == current else by.keys.add(name)
    key_versions.introduce(by.admin, by.keys, name, version)
    data_keys.require_right(by.keys, name, version)
    return version


def _whole(by: Rotation, step: Step, version: int, expected: int) -> int:
    """Goes through all rows, again and again until nothing is left to change."""
    done = 0
    while True:
        changed, after = 0, 0
        while True:
            with by.session():
                last, count = step(by.side, after, version)
            changed += count
            by.progress(done + changed, max(expected, done + changed))
            if last is None:
                break
            after = last
        done += changed
        if not changed:
            return done


def _elsewhere(by: Rotation, name: str) -> int:
    """Data keys that another version than the current one wraps."""
    current = by.keys.current(name)
    return sum(
        n for (key, version), n in key_versions.used(by.admin).items() if key == name and version != current
    )


def _indexed(by: Rotation, version: int) -> int:
    return key_versions.indexed(by.admin).get(index(by.side), (0, 0, 0))[version % 2]


def _without(by: Rotation, version: int) -> int:
    """Identity codes that are not indexed under a version."""
    return key_versions.indexed(by.admin).get(index(by.side), (0, 0, 0))[2] - _indexed(by, version)
