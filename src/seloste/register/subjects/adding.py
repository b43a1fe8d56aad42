"""Adding persons and organisations: nobody twice, and nobody beyond what the acting purpose may keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seloste.kernel import identifiers, names
from seloste.register.ledger.operations import replace
from seloste.register.ledger.queries import active
from seloste.register.protection.keys import provided
from seloste.register.protection.once import once
from seloste.register.protection.operations import insert_reserved, is_here, note, settable, side

from . import tokens
from .models import BusinessId, Preparation, Subject
from .queries import indexes, require_subject, visible_holders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class HiddenTwin(Exception):
    """Somebody with this identifier is in the register already, and this purpose does not see whom."""


class AlreadyHere(Exception):
    """Somebody with this identifier is in the register already; `subject_id` is whose it is."""

    def __init__(self, subject_id: int) -> None:
        """`subject_id`: whom this purpose sees with the identifier."""
        self.subject_id = subject_id
        super().__init__(
            f"somebody with this identifier is in the register already, as subject {subject_id}: nobody was added; go"
            " on with that one"
        )


@dataclass(frozen=True)
class Identifiers:
    """What tells one human or organisation from all others, as it was given."""

    hetu: str | None = None
    business_id: str | None = None
    email: str | None = None


NONE = Identifiers()
ADD = "subjects.add"


def add_person(
    name: names.Name,
    *,
    at: datetime,
    language: str = "fi",
    known_by: Identifiers = NONE,
    key: str | None = None,
) -> Subject:
    """This will add a person on the side of the acting controller, unless they are in the register already.

    Under a purpose that prepares agreements, one is being prepared with them from now on. Of what they are known by
    a trader's Y-tunnus is kept here; the rest is looked for, and kept by `record_hetu` and `add_contact_point` for the
    purposes that may. `key`: an idempotency key, under which a second call tells whom the first one added.
    Writes: subject, preparation, business_id, search_token, idempotency.
    Raises: AlreadyHere, HiddenTwin, AskedTooOften, NotAnIdentifier, OutOfReach, NotInPurpose.
    Law: GDPR 5(1)(c), 5(1)(d), 6(1)(b). Notice: subject_groups, categories.
    """
    told = {"given_names": name.given, "call_name": name.call, "family_name": name.family}

    def add() -> Subject:
        require_nobody(known_by)
        return _with_business_id(_add("person", told, at=at, language=language), known_by)

    return once(ADD, key, side=side(), at=at).making(add, require_subject)


def add_organisation(
    name: str,
    *,
    at: datetime,
    language: str = "fi",
    known_by: Identifiers = NONE,
    key: str | None = None,
) -> Subject:
    """This will add an organisation on the side of the acting controller, unless it is in the register already.

    Who speaks for it is a person of their own: `represent`. `key`: an idempotency key.
    Writes: subject, preparation, business_id, search_token, idempotency.
    Raises: AlreadyHere, HiddenTwin, AskedTooOften, NotAnIdentifier, NotAName, OutOfReach, NotInPurpose.
    Law: GDPR 5(1)(d). Notice: subject_groups, categories.
    """
    told = {"organisation_name": names.organisation(name)}

    def add() -> Subject:
        require_nobody(known_by)
        return _with_business_id(_add("organisation", told, at=at, language=language), known_by)

    return once(ADD, key, side=side(), at=at).making(add, require_subject)


def require_nobody(known_by: Identifiers) -> None:
    """This will make sure that nobody on this side has an identifier, seen or unseen: a code or a Y-tunnus.

    An e-mail address may be a couple's: it is asked for only where nothing better was given. Beyond the wall
    nothing is compared.
    Writes: event. Raises: AlreadyHere, HiddenTwin, AskedTooOften, NotAnIdentifier. Law: GDPR 5(1)(d), 5(1)(f).
    """
    for by, value in _asked(known_by):
        if seen := visible_holders(by, value, side()):
            raise AlreadyHere(seen[0])
        if is_here(by, value):
            raise HiddenTwin(
                "this person is already in the register; ask the register contact. Nobody was added, and nothing"
                " more is told here"
            )


def _asked(known_by: Identifiers) -> list[tuple[str, str]]:
    """The identifiers that nobody shares, as the register writes them; else the e-mail address."""
    asked = []
    if known_by.hetu:
        code = identifiers.hetu(known_by.hetu)
        asked.append(("hetu", ",".join(value.hex() for value in indexes(code, side(), provided()).values())))
    if known_by.business_id:
        asked.append(("business_id", identifiers.business_id(known_by.business_id)))
    if known_by.email and not asked:
        asked.append(("email", identifiers.email(known_by.email)))
    return asked


def _add(kind: str, name: Mapping[str, Any], *, at: datetime, language: str) -> Subject:
    told = {"side": side(), "kind": kind, **name, "language": language, "created_at": at}
    key = insert_reserved("subject", settable("subject", told))
    tokens.put(key, "customer", str(key))
    tokens.put(key, "name", *(name.get(c) for c in ("given_names", "family_name", "organisation_name")))
    note(ADD, key)
    return require_subject(key)


def _with_business_id(added: Subject, known_by: Identifiers) -> Subject:
    if known_by.business_id:
        value = identifiers.business_id(known_by.business_id)
        BusinessId.objects.create(subject_id=added.pk, side=added.side, value=value)
        tokens.put(added.pk, "business_id", value)
    return added


def prepare(subject_id: int, controller: str, *, at: datetime, until: datetime) -> Preparation:
    """This will record that an agreement with a controller is being prepared at a subject's request; told again, it stays.

    So the register contact lets a returning customer, or one of a sister company, be served by whom they turned
    to: what a clerk of that controller sees from then on is what the notice gives the purpose, and no more.
    Where one is being prepared already, nothing changes but a new end.
    Writes: preparation. Raises: UnknownSubject, NotInPurpose. Law: GDPR 6(1)(b). Notice: purposes.
    """
    require_subject(subject_id)
    known = Preparation.objects.filter(active(at), subject_id=subject_id, controller=controller).first()
    if known and known.valid_until == until:
        return known
    if known:
        prepared = replace(known, at=at, valid_until=max(until, known.valid_from))
    else:
        prepared = Preparation.objects.create(
            subject_id=subject_id, controller=controller, valid_from=at, valid_until=until
        )
    note("subjects.prepare", subject_id)
    return prepared
