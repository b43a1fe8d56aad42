"""Somebody new: `subject add`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .acts import Act, Need, now
from .asked import (
    Asked,
    CallOption,
    CareOfOption,
    CityOption,
    CountryOption,
    EmailOption,
    FamilyOption,
    GivenOption,
    HetuOption,
    OrganisationOption,
    PhoneOption,
    PostcodeOption,
    SpokenOption,
    StreetOption,
    place,
    require_readable,
    secret,
    understood,
)
from .desk import Format, WrongUsage, desk
from .options import FormatOption, ReasonOption, StaffOption, UnderOption

if TYPE_CHECKING:
    from seloste.kernel.addresses import PostalAddress


def add(
    context: typer.Context,
    *,
    given: GivenOption = None,
    call: CallOption = None,
    family: FamilyOption = None,
    organisation: OrganisationOption = None,
    language: SpokenOption = None,
    hetu: HetuOption = None,
    business_id: Annotated[
        str | None,
        typer.Option(
            "--business-id", metavar="Y-TUNNUS", help="Of an organisation, or of a person who trades."
        ),
    ] = None,
    email: EmailOption = None,
    phone: PhoneOption = None,
    street: StreetOption = None,
    postcode: PostcodeOption = "",
    city: CityOption = "",
    country: CountryOption = "FI",
    care_of: CareOfOption = None,
    consent: Annotated[
        str | None,
        typer.Option("--consent", metavar="WORDING", help="Of a prospect: which words they consented to."),
    ] = None,
    proof: Annotated[
        str | None, typer.Option("--proof", metavar="TEXT", help="Of a prospect: where the proof of it is.")
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Add a person or an organisation, unless they are here; with --consent, somebody who is no customer."""
    asked = Asked(desk(context, form), Act(staff, reason, under))
    code = secret(hetu)
    if (given or family) and organisation:
        raise WrongUsage("a subject is a person or an organisation: name one of them")
    contacts = {kind: value for kind, value in (("phone", phone), ("email", email)) if value}
    with understood():
        name = _name((given, family, call), organisation)
        where = place(street, postcode, city, country, care_of)
        require_readable(code, business_id, contacts)
    with asked.at.house.register():
        if consent:
            if code or street or business_id or organisation:
                raise WrongUsage("of a prospect nothing is kept but a name, --phone and --email")
            to = partial(_prospect, asked, name, contacts, language=language, wording=consent, proof=proof)
            asked.to("add", Need("insert", "consent"), to)
        else:
            known = {"hetu": code, "business_id": business_id, "email": email}
            asked.to("add", Need("insert", "subject"), partial(_added, asked, name, known, language))
            if where:
                asked.to("address", Need("insert", "address"), partial(_lives, asked, where))
            for kind, value in contacts.items():
                reached = partial(_reached, asked, kind, value)
                asked.to(kind, Need("insert", "contact_point", kind), reached)
            if code:
                asked.to("hetu", Need("insert", "national_identifier"), partial(_identified, asked, code))
        asked.ask()
        asked.carry_out()
    asked.answer("subject.add")


def _name(told: tuple[str | None, ...], organisation: str | None) -> Any:
    from seloste.kernel import names

    return names.organisation(organisation) if organisation else names.person(*told)


def _added(
    asked: Asked, name: Any, known: dict[str, str | None], language: str | None, _version: str | None
) -> None:
    from seloste.register.subjects.adding import Identifiers, add_organisation, add_person

    how: dict[str, Any] = {"at": now(), "language": language or "fi", "known_by": Identifiers(**known)}
    added = add_organisation(name, **how) if isinstance(name, str) else add_person(name, **how)
    asked.told["subject"] = added.pk


def _prospect(
    asked: Asked,
    name: Any,
    contacts: dict[str, str],
    _version: str | None,
    *,
    wording: str,
    proof: str | None,
    language: str | None,
) -> None:
    from seloste.register.lawfulness.operations import Wording, add_prospect
    from seloste.register.protection.operations import declared
    from seloste.register.subjects.queries import marks_in

    words = declared("consents").get(wording)
    if not words or not proof:
        raise WrongUsage("a prospect is added by --consent WORDING of the notice in force and --proof TEXT")
    to = Wording(words["purpose"], wording, proof)
    asked.told["subject"] = add_prospect(name, to, contacts, at=now(), language=language or "fi")
    asked.marks += marks_in(proof, asked.told["subject"])


def _lives(asked: Asked, where: PostalAddress, _version: str | None) -> None:
    from seloste.register.subjects.changing import change_address

    change_address(asked.told["subject"], "home", where, valid_from=now())


def _reached(asked: Asked, kind: str, value: str, _version: str | None) -> None:
    from seloste.register.subjects.operations import add_contact_point

    add_contact_point(asked.told["subject"], kind, value, at=now())


def _identified(asked: Asked, code: str, _version: str | None) -> None:
    from seloste.register.subjects.operations import record_hetu

    record_hetu(asked.told["subject"], code)
