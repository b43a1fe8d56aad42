"""A notice as a whole: its terms together, its references, its sides, its hash."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import rfc8785
from pydantic import Field

from .parts import Key, Located, Part, UnreadableNotice, nearest
from .purposes import Purpose
from .rights import Bases, Cookie, Profiling, Provision, Rights
from .terms import (
    Arrangement,
    Category,
    Contact,
    Controller,
    Group,
    Head,
    Interest,
    Officer,
    Paper,
    Processors,
    Protection,
    Recipients,
    Retention,
    Role,
    Source,
    Suppression,
    System,
    Training,
    Transfers,
    Wording,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Notice(Part):
    """What a register says of itself; the program that the rest of Seloste runs."""

    notice: Head
    controllers: dict[Key, Controller] = Field(default_factory=dict)
    arrangement: tuple[Arrangement, ...] = ()
    contact: Contact | None = None
    dpo: Officer | None = None
    bases: Bases | None = None
    purposes: dict[Key, Purpose] = Field(default_factory=dict)
    interests: dict[Key, Interest] = Field(default_factory=dict)
    consents: dict[Key, Wording] = Field(default_factory=dict)
    subject_groups: dict[Key, Group] = Field(default_factory=dict)
    categories: dict[Key, Category] = Field(default_factory=dict)
    retention: dict[Key, Retention] = Field(default_factory=dict)
    profiling: Profiling | None = None
    systems: dict[Key, System] = Field(default_factory=dict)
    paper: Paper | None = None
    sources: dict[Key, Source] = Field(default_factory=dict)
    protection: Protection | None = None
    roles: dict[Key, Role] = Field(default_factory=dict)
    trainings: dict[Key, Training] = Field(default_factory=dict)
    recipients: Recipients | None = None
    processors: Processors | None = None
    transfers: Transfers | None = None
    provision: tuple[Provision, ...] = ()
    cookies: dict[Key, Cookie] = Field(default_factory=dict)
    rights: Rights | None = None
    suppressions: tuple[Suppression, ...] = ()

    def sides(self) -> dict[str, tuple[str, ...]]:
        """This will list the sides of the walls: controllers that act as one or jointly share one.

        Shape: the side's key (its first member) to its members. Controllers that no arrangement
        names stand alone. Law: GDPR 26; SML 60. Notice: arrangement.
        """
        found: dict[str, tuple[str, ...]] = {}
        for part in self.arrangement:
            apart = [(m,) for m in part.members] if part.kind == "separate" else [part.members]
            found.update({members[0]: members for members in apart})
        placed = {member for members in found.values() for member in members}
        return found | {name: (name,) for name in self.controllers if name not in placed}

    def side_of(self, controller: str) -> str:
        """This will name the side a controller stands on."""
        return next(side for side, members in self.sides().items() if controller in members)

    def canonical(self) -> str:
        """This will write the notice's meaning as canonical JSON, RFC 8785: comments and order of
        keys are gone, suppressions and evidence are in, defaults and absent values are out.
        """
        meaning = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
        return rfc8785.dumps(meaning).decode()

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal: what every consent and look-up remembers."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @classmethod
    def from_canonical(cls, text: str) -> Notice:
        """This will read back what `canonical` wrote; its parts know their keys and no lines."""
        return cls.model_validate(_located(json.loads(text), ""))


def _located(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        found = Located(key)
        for name, inner in value.items():
            found[name] = _located(inner, name)
            found.places[name] = (0, 0)
        return found
    return [_located(inner, "") for inner in value] if isinstance(value, list) else value


def refuse_dangling(notice: Notice) -> None:
    """This will refuse a notice of which a part names another that is not declared.

    Raises: UnreadableNotice.
    """
    for part, field, names, known, what in _references(notice):
        for name in names:
            if name not in known:
                raise UnreadableNotice(
                    part.line_of(field), 0, f"{what} {name!r} is not declared{nearest(name, list(known))}"
                )


Reference = tuple[Part, str, "tuple[str, ...]", "dict[str, Any]", str]


def _references(notice: Notice) -> Iterator[Reference]:
    for arrangement in notice.arrangement:
        yield arrangement, "members", arrangement.members, notice.controllers, "controller"
    for purpose in notice.purposes.values():
        yield from _of_purpose(notice, purpose)
    for wording in notice.consents.values():
        yield wording, "purpose", (wording.purpose,), notice.purposes, "purpose"
    for category in notice.categories.values():
        yield category, "subject_groups", category.subject_groups, notice.subject_groups, "subject group"
        yield category, "retention", _one(category.retention), notice.retention, "retention class"
        yield category, "source", category.source, notice.sources, "source"
        yield category, "master", _one(category.master), notice.systems, "system"
    for role in notice.roles.values():
        yield role, "trainings", role.trainings, notice.trainings, "training"
    yield from _outwards(notice)


def _of_purpose(notice: Notice, purpose: Purpose) -> Iterator[Reference]:
    yield purpose, "controllers", purpose.controllers, notice.controllers, "controller"
    for field in ("categories", "writes", "erases"):
        yield purpose, field, getattr(purpose, field), notice.categories, "category"
    yield purpose, "subject_groups", purpose.subject_groups, notice.subject_groups, "subject group"
    yield purpose, "roles", purpose.roles, notice.roles, "role"
    yield purpose, "objections", purpose.objections, notice.purposes, "purpose"
    for basis in purpose.bases:
        yield basis, "consents", basis.consents, notice.consents, "wording of consent"
        yield basis, "interest", _one(basis.interest), notice.interests, "interest"
        yield basis, "subject_groups", basis.subject_groups, notice.subject_groups, "subject group"


def _outwards(notice: Notice) -> Iterator[Reference]:
    if notice.paper:
        yield notice.paper, "retention", _one(notice.paper.retention), notice.retention, "retention class"
    for recipient in (notice.recipients.to if notice.recipients else {}).values():
        yield recipient, "categories", recipient.categories, notice.categories, "category"
        yield recipient, "purposes", recipient.purposes, notice.purposes, "purpose"
    for processor in (notice.processors.to if notice.processors else {}).values():
        yield processor, "systems", processor.systems, notice.systems, "system"
    for transfer in (notice.transfers.to if notice.transfers else {}).values():
        yield transfer, "categories", transfer.categories, notice.categories, "category"
    for provision in notice.provision:
        yield provision, "categories", provision.categories, notice.categories, "category"
    for cookie in notice.cookies.values():
        yield cookie, "consent", _one(cookie.consent), notice.consents, "wording of consent"


def _one(name: str | None) -> tuple[str, ...]:
    return (name,) if name else ()
