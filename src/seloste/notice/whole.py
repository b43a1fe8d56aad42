"""A notice as a whole: its terms together, its references, its sides, its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Self

import rfc8785
from pydantic import Field, ValidationError

from seloste.kernel import walls

from .arrangement import Arrangement
from .bases import Bases
from .categories import Category
from .consents import Wording
from .contact import Contact, Officer
from .controllers import Controller
from .cookies import Cookie
from .head import Head
from .interests import Interest
from .paper import Paper
from .parts import Key, Part
from .places import Listed, Located, UnreadableNotice, nearest, reached, shown
from .processors import Processors
from .profiling import Profiling
from .protection import Protection, Role, Training
from .provision import Provision
from .purposes import Purpose
from .recipients import Recipients
from .retention import Retention
from .rights import Rights
from .sources import Source
from .subject_groups import Group
from .suppressions import Suppression
from .systems import System
from .transfers import Transfers


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

        Shape: the side's key (its first member) to its members. Law: GDPR 26; SML 60. Notice: arrangement.
        """
        return walls.sides([(part.kind, part.members) for part in self.arrangement], self.controllers)

    def side_of(self, controller: str) -> str:
        """This will name the side a controller stands on.

        Raises: KeyError, for a controller that the notice does not declare.
        """
        return walls.side_of(self.sides(), controller)

    def canonical(self) -> str:
        """This will write the notice's meaning as canonical JSON, RFC 8785.

        Comments, places and the order of keys are gone; suppressions and evidence are in. What the file
        does not say is absent, so a new field of the grammar leaves the hash of older notices alone; what it
        says is in, also where it is the default, so a default that changes cannot change what was said.
        """
        meaning = self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
        return rfc8785.dumps(meaning).decode()

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal: what every consent and look-up remembers."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @classmethod
    def from_canonical(cls, text: str) -> Self:
        """This will read back what `canonical` wrote; its parts know their keys and no lines.

        Raises: UnreadableNotice, when it was written under a grammar that knew other words.
        """
        return cls.of(_located(json.loads(text), ""))

    @classmethod
    def of(cls, tree: Located) -> Self:
        """This will make a notice of a file's tree.

        Raises: UnreadableNotice, at the first value that the grammar does not know, or that refers to
        what is not declared.
        """
        try:
            notice = cls.model_validate(tree)
        except ValidationError as wrong:
            raise unreadable(tree, wrong) from None
        refuse_dangling(notice)
        return notice


def _located(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        found = Located(key)
        for name, inner in value.items():
            found[name] = _located(inner, name)
            found.places[name] = (0, 0)
        return found
    if isinstance(value, list):
        items = Listed()
        items.extend(_located(inner, "") for inner in value)
        items.places = [(0, 0)] * len(items)
        return items
    return value


_WRITE = {
    "dict_type": "write a mapping here, or leave the key out",
    "model_type": "write a mapping here",
    "tuple_type": "write a list here, or leave the key out",
    "string_type": "write words here",
    "string_pattern_mismatch": "a name is at most 31 small letters, digits and _, and begins with a letter",
    "literal_error": "write {expected}",
    "missing": "{missing!r} is missing here",
}
"""What to write, where Pydantic would say what it found."""


def unreadable(tree: Located, wrong: ValidationError) -> UnreadableNotice:
    """This will tell the first thing that the grammar refused, at the deepest place of the file that is known."""
    error = wrong.errors(include_url=False, include_input=False)[0]
    place, steps = reached(tree, error["loc"])
    told = _WRITE.get(error["type"], error["msg"].removeprefix("Value error, "))
    told = told.format(missing=error["loc"][-1], **error.get("ctx", {}))
    return UnreadableNotice(*place, f"{'.'.join(steps) or 'the notice'}: {told}")


def refuse_dangling(notice: Notice) -> None:
    """This will refuse a notice of which a part names another that is not declared, or a controller twice.

    Raises: UnreadableNotice.
    """
    _refuse_two_sides(notice)
    _refuse_emergencies_of_recipients(notice)
    for part, path, name, known, what in _references(notice):
        if name not in known:
            told = f"{what} {shown(name)} is not declared{nearest(name, list(known))}"
            raise UnreadableNotice(*part.place_of(*path), told)


def _refuse_two_sides(notice: Notice) -> None:
    """A controller on two sides of a wall would be the hole in it."""
    placed: dict[str, int] = {}
    for arrangement in notice.arrangement:
        for number, member in enumerate(arrangement.members):
            place = arrangement.place_of("members", number)
            if member in placed:
                told = (
                    f"controller {shown(member)} stands in an arrangement already, on line {placed[member]}"
                )
                raise UnreadableNotice(*place, told)
            placed[member] = place[0]


def _refuse_emergencies_of_recipients(notice: Notice) -> None:
    """What is done for partners, bonus or collection is never broken open."""
    business = {"debt_collection", "loyalty_programme", "service_partner", "supplier", "bank", "estate_agent"}
    for key, recipient in (notice.recipients.to if notice.recipients else {}).items():
        for name in recipient.purposes if recipient.kind in business else ():
            purpose = notice.purposes.get(name)
            if purpose and purpose.break_glass:
                told = f"break_glass is for emergencies: {shown(name)} serves the recipient {shown(key)}"
                raise UnreadableNotice(*purpose.place_of("break_glass"), told)


Reference = tuple[Part, tuple[str | int, ...], str, Mapping[str, Any], str]
"""A part, the path to one of its values, the name that stands there, where it is declared, what it is."""


def _references(notice: Notice) -> Iterator[Reference]:
    for arrangement in notice.arrangement:
        yield from _names(arrangement, "members", notice.controllers, "controller")
    for purpose in notice.purposes.values():
        yield from _of_purpose(notice, purpose)
    for wording in notice.consents.values():
        yield from _names(wording, "purpose", notice.purposes, "purpose")
    for category in notice.categories.values():
        yield from _names(category, "subject_groups", notice.subject_groups, "subject group")
        yield from _names(category, "retention", notice.retention, "retention class")
        yield from _names(category, "source", notice.sources, "source")
        yield from _names(category, "master", notice.systems, "system")
    for role in notice.roles.values():
        yield from _names(role, "trainings", notice.trainings, "training")
    for provision in notice.provision:
        yield from _names(provision, "categories", notice.categories, "category")
    for cookie in notice.cookies.values():
        yield from _names(cookie, "consent", notice.consents, "wording of consent")
    yield from _outwards(notice)


def _of_purpose(notice: Notice, purpose: Purpose) -> Iterator[Reference]:
    yield from _names(purpose, "controllers", notice.controllers, "controller")
    for field in ("categories", "writes", "erases"):
        yield from _names(purpose, field, notice.categories, "category")
    yield from _names(purpose, "subject_groups", notice.subject_groups, "subject group")
    yield from _names(purpose, "roles", notice.roles, "role")
    yield from _names(purpose, "objections", notice.purposes, "purpose")
    for extract in purpose.extracts.values():
        yield from _names(extract, "holder", dict.fromkeys(purpose.roles), "role of the purpose")
    for basis in purpose.bases:
        yield from _names(basis, "consents", notice.consents, "wording of consent")
        yield from _names(basis, "interest", notice.interests, "interest")
        yield from _names(basis, "subject_groups", notice.subject_groups, "subject group")


def _outwards(notice: Notice) -> Iterator[Reference]:
    if notice.paper:
        yield from _names(notice.paper, "retention", notice.retention, "retention class")
    for recipient in (notice.recipients.to if notice.recipients else {}).values():
        yield from _names(recipient, "categories", notice.categories, "category")
        yield from _names(recipient, "purposes", notice.purposes, "purpose")
    for processor in (notice.processors.to if notice.processors else {}).values():
        yield from _names(processor, "systems", notice.systems, "system")
    for transfer in (notice.transfers.to if notice.transfers else {}).values():
        yield from _names(transfer, "categories", notice.categories, "category")
    for right in (notice.rights.each if notice.rights else {}).values():
        yield from _names(right, "covers", {**notice.purposes, **notice.consents}, "purpose or consent")


def _names(part: Part, field: str, known: Mapping[str, Any], what: str) -> Iterator[Reference]:
    named: str | tuple[str, ...] | None = getattr(part, field)
    if isinstance(named, tuple):
        for number, name in enumerate(named):
            yield part, (field, number), name, known, what
    elif named:
        yield part, (field,), named, known, what
