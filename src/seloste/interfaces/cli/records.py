"""One subject at the desk: `subject show|add|change|prepare|export`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import codes, faces
from .acts import Act, Done, Need, declared, now, operate, session, told_marks
from .desk import Desk, Format, WrongUsage, desk
from .extracts import whole_bytes
from .looking import sight
from .notices import Language
from .options import (
    FormatOption,
    ReasonOption,
    StaffOption,
    SubjectArgument,
    UnderOption,
    moment,
    whom,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from seloste.kernel.free_text import Mark
    from seloste.register.protection.session import Session
    from seloste.register.subjects.exporting import Export

GivenOption = Annotated[
    str | None, typer.Option("--given", metavar="NAMES", help="All given names, in order.")
]
CallOption = Annotated[str | None, typer.Option("--call", metavar="NAME", help="Which of them is used.")]
FamilyOption = Annotated[
    str | None, typer.Option("--family", metavar="NAME", help="Family name; or the one name there is.")
]
OrganisationOption = Annotated[
    str | None,
    typer.Option("--organisation", metavar="NAME", help="An organisation's name, instead of a person's."),
]
SpokenOption = Annotated[
    str | None, typer.Option("--language", metavar="fi|sv|en", help="In which they are served.")
]
HetuOption = Annotated[
    str | None,
    typer.Option("--hetu", metavar="HETU|-", help="Personal identity code; - reads it from standard input."),
]
PhoneOption = Annotated[str | None, typer.Option("--phone", metavar="NUMBER", help="As it was given.")]
EmailOption = Annotated[str | None, typer.Option("--email", metavar="ADDRESS", help="As it was given.")]
StreetOption = Annotated[
    str | None, typer.Option("--street", metavar="TEXT", help="Street and number, or a post office box.")
]
PostcodeOption = Annotated[
    str, typer.Option("--postcode", metavar="CODE", help="As it is written in its country.")
]
CityOption = Annotated[str, typer.Option("--city", metavar="NAME", help="Post office or town.")]
CountryOption = Annotated[str, typer.Option("--country", metavar="XX", help="Two letters of ISO 3166.")]
CareOfOption = Annotated[str | None, typer.Option("--care-of", metavar="NAME", help="In whose care.")]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="MOMENT", help="Since when; by default now.")
]


class Where(StrEnum):
    """Kinds of addresses that are changed here."""

    HOME = "home"
    POSTAL = "postal"
    BILLING = "billing"
    SAFE = "safe"


def show(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show what a purpose sees of a subject, its version, and to whom letters about it go."""
    at = desk(context, form)
    with at.house.register():
        key = whom(subject, at)
        nothing: dict[str, Any] = {"subject": key, "visible": {}, "hidden": []}
        act = Act(staff, reason, under)
        with session(
            at, act, need=Need("select", "address"), shape=lambda told: nothing | {"verdict": told}
        ) as opened:
            seen = sight(opened, key)
            if seen["visible"]:
                seen |= {"version": _version(seen), "letters_to": _letters(key)}
    at.answer(seen, lambda: faces.sight(seen))
    if not seen["verdict"]["allowed"]:
        raise typer.Exit(codes.REFUSED)


def _version(seen: dict[str, Any]) -> str | None:
    return next((row.get("changed_at") for row in seen["visible"].get("name", [])), None)


def _letters(key: int) -> dict[str, Any]:
    """To whom letters go, or why to nobody."""
    from seloste.register.protection.refusals import NotInPurpose
    from seloste.register.subjects.ties import NoAddress, NoGuardian, addressee

    try:
        reader = addressee(key, now())
    except (NoAddress, NoGuardian) as nobody:
        return {"nobody": str(nobody)}
    except NotInPurpose:
        return {"nobody": "this purpose does not read what tells to whom letters go"}
    told = {"subject": reader.subject_id, "name": reader.name, "lines": list(reader.address.lines)}
    return told | {"language": reader.language, "on_behalf_of": reader.on_behalf_of}


@dataclass
class Asked:
    """What was asked on the command line to be done, each under the purpose that may; one answer for all."""

    at: Desk
    act: Act
    told: dict[str, Any] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    purposes: list[str] = field(default_factory=list)

    def do(self, what: str, need: Need, work: Callable[[], object]) -> None:
        """This will do one thing in a session of its own.

        Raises: WrongUsage, where the words are not written as they should be, and what the work raises.
        """
        from seloste.kernel.addresses import NotAnAddress
        from seloste.kernel.identifiers import NotAnIdentifier
        from seloste.kernel.names import NotAName

        with session(self.at, self.act, need=need) as opened:
            try:
                work()
            except (NotAName, NotAnAddress, NotAnIdentifier) as wrong:
                raise WrongUsage(str(wrong)) from None
            self.purposes.append(opened.purpose)
        self.done.append(what)

    def answer(self, name: str) -> None:
        """This will say what was done."""
        marked = {"marks": told_marks(self.marks)} if self.marks else {}
        told = {"done": name, **self.told, **marked, "what": self.done, "purposes": self.purposes}
        self.at.answer(
            told, lambda: faces.done(name, self.told, f"under {', '.join(self.purposes)}", self.marks)
        )


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
        str | None, typer.Option("--business-id", metavar="Y-TUNNUS", help="Of an organisation.")
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
    code = _secret(hetu)
    if (given or family) and organisation:
        raise WrongUsage("a subject is a person or an organisation: name one of them")
    with asked.at.house.register():
        if consent:
            if code or street or business_id or organisation:
                raise WrongUsage("of a prospect nothing is kept but a name, --phone and --email")
            contacts = {kind: value for kind, value in (("phone", phone), ("email", email)) if value}
            add_one = partial(_prospect, asked, (given, family, call), contacts, language=language)
            asked.do("add", Need("insert", "consent"), partial(add_one, wording=consent, proof=proof))
        else:
            known = {"hetu": code, "business_id": business_id, "email": email}
            called = organisation or (given, family, call)
            asked.do("add", Need("insert", "subject"), partial(_added, asked, called, known, language))
            key = asked.told["subject"]
            if street:
                where = (street, postcode, city, country, care_of)
                asked.do("address", Need("insert", "address"), partial(_moved, key, "home", where, now()))
            for kind, value in (("phone", phone), ("email", email)):
                if value:
                    asked.do(kind, Need("insert", "contact_point", kind), partial(_reached, key, kind, value))
            if code:
                asked.do("hetu", Need("insert", "national_identifier"), partial(_identified, key, code))
    asked.answer("subject.add")


def _secret(told: str | None) -> str | None:
    """A code, from standard input where it was told so: a command line is seen by others."""
    return sys.stdin.readline().strip() if told == "-" else told


def _added(asked: Asked, name: Any, known: dict[str, str | None], language: str | None) -> None:
    from seloste.kernel.names import person
    from seloste.register.subjects.adding import Identifiers, add_organisation, add_person

    how: dict[str, Any] = {"at": now(), "language": language or "fi", "known_by": Identifiers(**known)}
    added = add_organisation(name, **how) if isinstance(name, str) else add_person(person(*name), **how)
    asked.told["subject"] = added.pk


def _prospect(
    asked: Asked,
    name: tuple[str | None, ...],
    contacts: dict[str, str],
    *,
    wording: str,
    proof: str | None,
    language: str | None,
) -> None:
    from seloste.kernel.names import person
    from seloste.register.lawfulness.operations import Wording, add_prospect
    from seloste.register.protection.operations import declared
    from seloste.register.subjects.queries import marks_in

    words = declared("consents").get(wording)
    if not words or not proof:
        raise WrongUsage("a prospect is added by --consent WORDING of the notice in force and --proof TEXT")
    to = Wording(words["purpose"], wording, proof)
    asked.told["subject"] = add_prospect(person(*name), to, contacts, at=now(), language=language or "fi")
    asked.marks += marks_in(proof, asked.told["subject"])


def _moved(
    key: int, kind: str, told: tuple[Any, ...], valid_from: datetime, expected: int | None = None
) -> None:
    from seloste.kernel.addresses import postal
    from seloste.register.subjects.changing import change_address, change_safe_address

    address = postal(*told)
    if kind == "safe":
        change_safe_address(key, address, valid_from=valid_from, expected=expected)
    else:
        change_address(key, kind, address, valid_from=valid_from, expected=expected)


def _reached(key: int, kind: str, value: str, instead: int | None = None) -> None:
    from seloste.register.subjects.changing import change_contact_point
    from seloste.register.subjects.operations import add_contact_point

    if instead is None:
        add_contact_point(key, kind, value, at=now())
    else:
        change_contact_point(key, instead, value, at=now())


def _identified(key: int, code: str, *, change: bool = False) -> None:
    from seloste.register.subjects.changing import change_hetu
    from seloste.register.subjects.operations import record_hetu

    (change_hetu if change else record_hetu)(key, code)


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
    begins: FromOption = None,
    phone: PhoneOption = None,
    email: EmailOption = None,
    instead_of: Annotated[
        int | None,
        typer.Option("--instead-of", metavar="KEY", help="The number or e-mail address that ends with it."),
    ] = None,
    end_contact: Annotated[
        int | None, typer.Option("--end-contact", metavar="KEY", help="A number or e-mail address that ends.")
    ] = None,
    hetu: HetuOption = None,
    version: Annotated[
        str | None,
        typer.Option(
            "--version", metavar="MOMENT", help="As `subject show` told it: refused if changed since."
        ),
    ] = None,
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Change a name, the language, an address, a contact point or the identity code; what was before is kept."""
    asked = Asked(desk(context, form), Act(staff, reason, under))
    code, since, expected = _secret(hetu), moment(begins), moment(version)
    with asked.at.house.register():
        key = asked.told["subject"] = whom(subject, asked.at)
        if given or family or call or organisation:
            name = organisation or (given, family, call)
            asked.do(
                "name", Need("update", "subject"), partial(_renamed, key, name, expected, borne=not mistake)
            )
        if language:
            # the name's change made another version, which this call has seen
            seen = None if asked.done else expected
            asked.do("language", Need("update", "subject"), partial(_spoken, key, language, seen))
        if street:
            table = "safe_address" if kind is Where.SAFE else "address"
            told = (street, postcode, city, country, care_of)
            asked.do("address", Need("insert", table), partial(_moved, key, kind.value, told, since or now()))
        for which, value in (("phone", phone), ("email", email)):
            if value:
                need = Need("insert", "contact_point", which)
                asked.do(which, need, partial(_reached, key, which, value, instead_of))
        if end_contact:
            asked.do("end-contact", Need("update", "contact_point"), partial(_ended, key, end_contact))
        if code:
            asked.do(
                "hetu", Need("update", "national_identifier"), partial(_identified, key, code, change=True)
            )
    if not asked.done:
        raise WrongUsage("nothing was asked for: say what is to change, as --family or --street")
    asked.answer("subject.change")


def _renamed(key: int, name: Any, expected: datetime | None, *, borne: bool) -> None:
    from seloste.kernel.names import person
    from seloste.register.subjects.changing import change_name

    told = name if isinstance(name, str) else person(*_whole(key, name))
    change_name(key, told, at=now(), expected=expected, was_borne=borne)


def _whole(key: int, told: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """A name of a person with the parts that were not told as they are; a call name goes with what it was one of."""
    from seloste.register.subjects.queries import require_subject

    given, family, call = told
    was = require_subject(key)
    return (given or was.given_names, family or was.family_name, call or (None if given else was.call_name))


def _spoken(key: int, language: str, expected: datetime | None) -> None:
    from seloste.register.subjects.changing import change_language

    change_language(key, language, expected=expected)


def _ended(key: int, point: int) -> None:
    from seloste.register.subjects.changing import end_contact_point

    end_contact_point(key, point, at=now())


def prepare(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    controller: Annotated[
        str, typer.Option("--for", metavar="CONTROLLER", help="With whom an agreement is prepared.")
    ],
    until: Annotated[str, typer.Option("--until", metavar="MOMENT", help="Until when.")],
    staff: StaffOption = None,
    reason: ReasonOption = None,
    under: UnderOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Let a company serve somebody who is here unseen and asks it for an agreement."""
    at, ends = desk(context, form), moment(until)

    def do(opened: Session) -> Done:
        from seloste.register.subjects.adding import prepare as record

        key = whom(subject, at)
        record(key, declared(opened, "controllers", controller), at=now(), until=ends)
        return Done("subject.prepare", {"subject": key, "for": controller, "until": ends})

    operate(at, Act(staff, reason, under), Need("insert", "preparation"), do)


def export(
    context: typer.Context,
    *,
    subject: SubjectArgument,
    to: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Ends in .json, .html or .xlsx; must not be there yet."
        ),
    ] = None,
    lang: Annotated[
        Language, typer.Option("--lang", help="The language of the page and the spreadsheet.")
    ] = Language.FI,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="With what is withheld from the person: for whoever decides on that."),
    ] = False,
    purpose: UnderOption = "rights",
    staff: StaffOption = None,
    reason: ReasonOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Gather everything that is held about one human, by the notice's claims, with nobody else's data."""
    at = desk(context, form)
    if to is None and form is not Format.JSON:
        raise WrongUsage("name a file (-o FILE.html), or ask for --format json")
    if to is not None and to.suffix not in WRITERS:
        raise WrongUsage(f"a file ends in {', '.join(WRITERS)}")
    with at.house.register():
        key = whom(subject, at)
        with session(at, Act(staff, reason, purpose)) as opened:
            from seloste.register.subjects.exporting import export as gather

            found = gather(key, at=now(), whole=whole)
            told = {
                "subject": key,
                "purpose": opened.purpose,
                "subjects": [each.subject_id for each in found.records],
            }
            if to is not None:
                with whole_bytes(to) as file:
                    file.write(WRITERS[to.suffix](found, lang.value))
    from seloste.register.subjects.handing_out import as_json

    answer = told | ({"file": str(to)} if to else as_json(found))
    at.answer(answer, lambda: faces.pairs("Exported", answer))


def _json(export: Export, _lang: str) -> bytes:
    import json

    from seloste.register.subjects.handing_out import as_json

    return json.dumps(as_json(export), ensure_ascii=False, indent=2, default=str).encode()


def _html(export: Export, lang: str) -> bytes:
    from seloste.register.subjects.handing_out import as_page

    return as_page(export, lang).encode()


def _xlsx(export: Export, lang: str) -> bytes:
    from seloste.register.subjects.handing_out import as_workbook

    return as_workbook(export, lang)


WRITERS: dict[str, Callable[[Export, str], bytes]] = {".json": _json, ".html": _html, ".xlsx": _xlsx}
COMMANDS: dict[str, Callable[..., None]] = {
    "show": show,
    "add": add,
    "change": change,
    "prepare": prepare,
    "export": export,
}
"""The commands of `subject` that are here, by name."""
