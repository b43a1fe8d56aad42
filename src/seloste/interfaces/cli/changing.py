"""What is known of a subject changes: `subject change`."""

from __future__ import annotations

from enum import StrEnum
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
    SinceOption,
    SpokenOption,
    StreetOption,
    place,
    require_readable,
    secret,
    understood,
)
from .desk import Format, WrongUsage, desk
from .options import FormatOption, ReasonOption, StaffOption, SubjectArgument, UnderOption, moment, whom

if TYPE_CHECKING:
    from datetime import datetime

    from seloste.kernel.addresses import PostalAddress


class Where(StrEnum):
    """Kinds of addresses that are changed here."""

    HOME = "home"
    POSTAL = "postal"
    BILLING = "billing"
    SAFE = "safe"


def change(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    given: GivenOption = None,
    call: CallOption = None,
    family: FamilyOption = None,
    organisation: OrganisationOption = None,
    mistake: Annotated[
        bool, typer.Option("--mistake", help="Nobody ever bore the name before: it is not kept.")
    ] = False,
    language: SpokenOption = None,
    kind: Annotated[
        Where, typer.Option("--kind", help="Which address; a safe one stays usable under turvakielto.")
    ] = Where.HOME,
    street: StreetOption = None,
    postcode: PostcodeOption = "",
    city: CityOption = "",
    country: CountryOption = "FI",
    care_of: CareOfOption = None,
    begins: SinceOption = None,
    phone: PhoneOption = None,
    email: EmailOption = None,
    instead_of: Annotated[
        int | None,
        typer.Option("--instead-of", metavar="KEY", help="The number or e-mail address that ends with it."),
    ] = None,
    end_contact: Annotated[
        int | None, typer.Option("--end-contact", metavar="KEY", help="A number or e-mail address that ends.")
    ] = None,
    end_address: Annotated[
        int | None, typer.Option("--end-address", metavar="KEY", help="An address that ends.")
    ] = None,
    hetu: HetuOption = None,
    version: Annotated[
        str | None,
        typer.Option(
            "--version",
            metavar="VERSION",
            help="As `subject show` told it: refused if a part was changed since.",
        ),
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Change a name, the language, an address, a contact point or the identity code; what was before is kept."""
    asked = Asked(desk(context, form), Act(staff, reason, under), version)
    code, since = secret(hetu), moment(begins)
    moment(version.partition(",")[0] if version else None)
    contacts = {which: value for which, value in (("phone", phone), ("email", email)) if value}
    with understood():
        where = place(street, postcode, city, country, care_of)
        require_readable(code, None, contacts)
    with asked.at.house.register():
        key = asked.told["subject"] = whom(subject, asked.at)
        if given or family or call or organisation:
            name = organisation or (given, family, call)
            asked.to(
                "name", Need("update", "subject"), partial(_renamed, key, name, borne=not mistake), "name"
            )
        if language:
            asked.to("language", Need("update", "subject"), partial(_spoken, key, language), "name")
        if where:
            need = Need("insert", "safe_address" if kind is Where.SAFE else "address")
            asked.to("address", need, partial(_moved, key, kind.value, where, since or now()), "address")
        if end_address:
            asked.to("end-address", Need("update", "address"), partial(_left, key, end_address), "address")
        for which, value in contacts.items():
            need = Need("insert", "contact_point", which)
            asked.to(which, need, partial(_reached, key, which, value, instead_of), "contact")
        if end_contact:
            need = Need("update", "contact_point")
            asked.to("end-contact", need, partial(_ended, key, end_contact), "contact")
        if code:
            asked.to("hetu", Need("update", "national_identifier"), partial(_identified, key, code), "hetu")
        if not asked.parts:
            raise WrongUsage("nothing was asked for: say what is to change, as --family or --street")
        asked.rehearse()
        asked.carry_out()
    asked.answer("subject.change")


def _guard(version: str | None, part: str | None, key: int) -> None:
    """Raises: ChangedMeanwhile, NotOfThisVersion. A part that is not there is told of by what would change it."""
    from seloste.register.subjects.versions import require_version

    if version is not None and part is not None:
        require_version(version, part, key)


def _renamed(key: int, name: Any, version: str | None, *, borne: bool) -> None:
    from seloste.kernel.names import person
    from seloste.register.subjects.changing import change_name
    from seloste.register.subjects.versions import moment_of

    told = name if isinstance(name, str) else person(*_whole(key, name))
    expected = moment_of(version) if version else None
    change_name(key, told, at=now(), expected=expected, was_borne=borne)


def _whole(key: int, told: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """A name of a person with the parts that were not told as they are; a call name goes with what it was one of."""
    from seloste.register.subjects.queries import require_subject

    given, family, call = told
    was = require_subject(key)
    return (given or was.given_names, family or was.family_name, call or (None if given else was.call_name))


def _spoken(key: int, language: str, version: str | None) -> None:
    from seloste.register.subjects.changing import change_language
    from seloste.register.subjects.versions import moment_of

    change_language(key, language, expected=moment_of(version) if version else None)


def _moved(key: int, kind: str, where: PostalAddress, valid_from: datetime, version: str | None) -> None:
    from seloste.register.subjects.changing import change_address, change_safe_address

    _guard(version, kind, key)
    if kind == Where.SAFE:
        change_safe_address(key, where, valid_from=valid_from)
    else:
        change_address(key, kind, where, valid_from=valid_from)


def _left(key: int, address: int, version: str | None) -> None:
    from seloste.register.subjects.changing import end_address
    from seloste.register.subjects.versions import part_of_address

    _guard(version, part_of_address(key, address), key)
    end_address(key, address, at=now())


def _reached(key: int, kind: str, value: str, instead: int | None, version: str | None) -> None:
    from seloste.register.subjects.changing import change_contact_point
    from seloste.register.subjects.operations import add_contact_point

    _guard(version, kind, key)
    if instead is None:
        add_contact_point(key, kind, value, at=now())
    else:
        change_contact_point(key, instead, value, at=now())


def _ended(key: int, point: int, version: str | None) -> None:
    from seloste.register.subjects.changing import end_contact_point
    from seloste.register.subjects.versions import part_of_contact

    _guard(version, part_of_contact(key, point), key)
    end_contact_point(key, point, at=now())


def _identified(key: int, code: str, version: str | None) -> None:
    from seloste.register.subjects.changing import change_hetu

    _guard(version, "hetu", key)
    change_hetu(key, code)
