"""What is asked of one subject on one command line: several parts, each under the purpose that may."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from . import faces
from .acts import Act, Need, session, told_marks
from .desk import Desk, WrongUsage
from .refusals import Refused, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seloste.kernel.addresses import PostalAddress
    from seloste.kernel.free_text import Mark
    from seloste.register.protection.session import Session

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
SinceOption = Annotated[
    str | None, typer.Option("--from", metavar="MOMENT", help="Since when; by default now.")
]


class _Rehearsed(Exception):
    """A part could be done, and was undone: others are to be tried first."""


def _undo() -> NoReturn:
    raise _Rehearsed


@dataclass(frozen=True)
class Part:
    """One thing that was asked: `work` does it, given the version that must be there still, if one was named.

    `piece`: what is guarded by it; of several parts that change the same piece the first alone meets it as it was read.
    """

    what: str
    need: Need
    work: Callable[[str | None], object]
    piece: str | None = None


@dataclass
class Asked:
    """What was asked on the command line, done all of it or, as far as can be known before, nothing; one answer for all."""

    at: Desk
    act: Act
    version: str | None = None
    told: dict[str, Any] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    """What should not stand in a text that was written."""
    purposes: list[str] = field(default_factory=list)

    def to(
        self, what: str, need: Need, work: Callable[[str | None], object], piece: str | None = None
    ) -> None:
        """This will ask for one thing more."""
        self.parts.append(Part(what, need, work, piece))

    def ask(self) -> None:
        """This will make sure that the actor may do every part, before any of them is done.

        Raises: Refused, WrongUsage.
        """
        for need in dict.fromkeys(part.need for part in self.parts):
            with session(self.at, self.act, need=need):
                pass

    def rehearse(self) -> None:
        """This will do every part and undo it at once, so that what is refused is known before anything is done.

        Raises: Refused, WrongUsage, and what the work raises.
        """
        for part in self.parts if len(self.parts) > 1 else ():
            with suppress(_Rehearsed), self._session(part) as opened, opened.atomic():
                part.work(self.version if part.piece else None)
                _undo()

    def carry_out(self) -> None:
        """This will do every part in a session of its own, in order.

        Raises: Refused, which says what was done before, WrongUsage, and what the work of the first raises.
        """
        guarded = set[str | None]()
        for part in self.parts:
            version = None if part.piece is None or part.piece in guarded else self.version
            try:
                with self._session(part) as opened:
                    part.work(version)
                    purpose = opened.purpose
            except Exception as error:
                if not self.done:
                    raise
                raise self._stopped(part, error) from error
            guarded.add(part.piece)
            self.purposes.append(purpose)
            self.done.append(part.what)

    def _stopped(self, part: Part, error: Exception) -> Refused:
        refusal = judge(error)
        told = (
            f"{refusal.message} Of what was asked about subject {self.told.get('subject')}, {', '.join(self.done)} was"
            f" done before; {part.what} and what follows it was not: `seloste subject change` does it"
        )
        return Refused(replace(refusal, message=told), lambda verdict: {"verdict": verdict})

    @contextmanager
    def _session(self, part: Part) -> Iterator[Session]:
        with session(self.at, self.act, need=part.need) as opened, understood():
            yield opened

    def answer(self, name: str) -> None:
        """This will say what was done."""
        marked = {"marks": told_marks(self.marks)} if self.marks else {}
        told = {"done": name, **self.told, **marked, "what": self.done, "purposes": self.purposes}
        under = f"under {', '.join(self.purposes)}"
        self.at.answer(told, lambda: faces.done(name, self.told, under, self.marks))


@contextmanager
def understood() -> Iterator[None]:
    """This will say of words that are not written as they should be that the command was called wrongly.

    Raises: WrongUsage.
    """
    from seloste.kernel.addresses import NotAnAddress
    from seloste.kernel.identifiers import NotAnIdentifier
    from seloste.kernel.names import NotAName

    try:
        yield
    except (NotAName, NotAnAddress, NotAnIdentifier) as wrong:
        raise WrongUsage(str(wrong)) from None


def secret(told: str | None) -> str | None:
    """A code, from standard input where it was told so: a command line is seen by others."""
    return sys.stdin.readline().strip() if told == "-" else told


def place(
    street: str | None, postcode: str, city: str, country: str, care_of: str | None
) -> PostalAddress | None:
    """An address as it was told; none where no street was.

    Raises: NotAnAddress.
    """
    from seloste.kernel.addresses import postal

    return postal(street, postcode, city, country, care_of) if street else None


def require_readable(code: str | None, business_id: str | None, contacts: dict[str, str]) -> None:
    """This will make sure that identifiers are written as they should be, before any of them is used.

    Raises: NotAnIdentifier.
    """
    from seloste.kernel import identifiers

    readers = {"phone": identifiers.phone, "email": identifiers.email}
    for kind, value in contacts.items():
        readers[kind](value)
    if code:
        identifiers.hetu(code)
    if business_id:
        identifiers.business_id(business_id)
