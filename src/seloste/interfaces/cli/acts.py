"""Acting from the command line: who, under which purpose, for what; refusals come with a verdict."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import faces
from .desk import WrongUsage
from .options import who, why
from .refusals import Refused, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seloste.kernel.free_text import Mark
    from seloste.register.protection.backend.logins import InForce, Login
    from seloste.register.protection.session import Session

    from .desk import Desk


@dataclass(frozen=True)
class Act:
    """Who acts and what for, as it was asked on the command line."""

    staff: str | None
    reason: str | None
    purpose: str | None = None
    controller: str | None = None
    channel: str | None = None
    ground: str | None = None


@dataclass(frozen=True)
class Need:
    """What an act must be allowed to do: `insert`, `update`, `select` or `delete` on a table.

    `category`: rows of this category, where a table holds several. `restricted`: also with subjects
    whose processing is restricted.
    """

    command: str
    table: str
    category: str | None = None
    restricted: bool = False


@contextmanager
def session(
    at: Desk,
    act: Act,
    *,
    need: Need | None = None,
    shape: Callable[[dict[str, Any]], dict[str, Any]] = lambda verdict: {"verdict": verdict},
) -> Iterator[Session]:
    """This will act, in the register open now; `shape` is how a refusal's verdict is answered.

    Without a purpose the narrowest is taken that may do what `need` says and that the actor may
    act for.
    Raises: Refused, WrongUsage.
    """
    from seloste.register.protection import actors
    from seloste.register.protection.backend.logins import in_force
    from seloste.register.protection.refusals import NotInPurpose
    from seloste.register.protection.session import acting

    staff, reason = who(act.staff, at), why(act.reason)
    try:
        notice = in_force(actors.staff(staff)[0])
        for term, name in (("purposes", act.purpose), ("controllers", act.controller)):
            if name is not None:
                word(notice, term, name)
        purpose = act.purpose or narrowest(staff, act, need)
        where = {"controller": act.controller, "channel": act.channel, "ground": act.ground}
        with acting(staff, purpose, reason, **where) as opened:
            yield opened
    except NotInPurpose as error:
        raise Refused(refusal_of(error, actors.staff(staff)[0]), shape) from None


def narrowest(staff: str, act: Act, need: Need | None) -> str:
    """This will choose the purpose that reads the fewest categories among those that would do.

    Marketing comes last: it does not see whom a ban or an objection has closed to it. An emergency is
    never chosen: whoever has one says so.
    Raises: PurposeUnknown, ActorUnknown. Law: GDPR 5(1)(c).
    """
    from seloste.register.protection import actors
    from seloste.register.protection.backend.logins import in_force

    notice_hash, known = actors.staff(staff)
    notice = in_force(notice_hash)
    if known is None:
        raise actors.ActorUnknown("no staff of this user name: have them employed (`seloste staff add`)")
    able = [
        login
        for login in notice.logins
        if (need is None or may(login, need, notice))
        and not notice.part("purposes", login.purpose, "break_glass")
    ]
    kind = actors.parse(act.reason or "")[0]
    fitting = [
        login
        for login in able
        if set(login.roles) & known.roles
        and kind in login.reasons
        and (login.across_walls or known.employer in login.controllers)
    ]
    if fitting:

        def breadth(login: Login) -> tuple[bool, int, str]:
            marketing = notice.part("purposes", login.purpose).get("marketing")
            return bool(marketing), len(login.categories), login.purpose

        return min(fitting, key=breadth).purpose
    raise actors.RoleMissing(_nobody(able, kind))


def _nobody(able: list[Login], kind: str) -> str:
    if not able:
        return "the notice in force declares no purpose that may do this: nobody may"
    told = "; ".join(
        f"{purpose} ({', '.join(roles) or 'no role'}; reason {', '.join(reasons) or 'none'})"
        for purpose, roles, reasons in sorted({(a.purpose, a.roles, a.reasons) for a in able})
    )
    return f"this actor may do this under no purpose, for a reason of kind {kind or 'unknown'}. Purposes that may: {told}"


def may(login: Login, need: Need, notice: InForce) -> bool:
    """Whether a login is granted what an act needs."""
    purpose = notice.part("purposes", login.purpose)
    if need.restricted and not purpose.get("despite_restriction"):
        return False
    if need.category:
        place = f"{need.table}[{need.category}]"
        written = (notice.part("categories", name) for name in purpose.get("writes") or ())
        if not any(place in (category.get("held_in") or ()) for category in written):
            return False
    if need.command == "delete":
        return bool(login.columns.get(need.table, {}).get("delete"))
    return bool(login.may(need.command, need.table))


@dataclass(frozen=True)
class Done:
    """What an operation did: its name, as ban.set, and what of it is worth telling.

    `marks`: what should not stand in a text that was written; None where none can be.
    """

    name: str
    told: dict[str, Any] = field(default_factory=dict)
    marks: Sequence[Mark] | None = None


def operate(at: Desk, act: Act, need: Need, do: Callable[[Session], Done]) -> None:
    """This will do an operation in the register and say that it is done.

    Raises: Refused, WrongUsage, and what the operation raises.
    """
    with at.house.register(), session(at, act, need=need) as opened:
        done = do(opened)
        purpose = opened.purpose
    marked = {} if done.marks is None else {"marks": told_marks(done.marks)}
    at.answer(
        {"done": done.name, **done.told, **marked, "purpose": purpose},
        lambda: faces.done(done.name, done.told, f"under {purpose}, for {act.reason}", done.marks or ()),
    )


def told_marks(found: Iterable[Mark]) -> list[dict[str, Any]]:
    """Marks, as they are answered."""
    return [{"kind": each.kind, "from": each.start, "to": each.end} for each in found]


def now() -> datetime:
    """The moment at which something is done; below here nothing has a clock."""
    return datetime.now(UTC)


def declared(session: Session, term: str, name: str) -> str:
    """This will make sure that the notice in force declares something of this name.

    Raises: WrongUsage, naming what it declares.
    """
    return word(session.in_force, term, name)


def word(notice: InForce, term: str, name: str) -> str:
    """This will make sure that a notice declares something of this name.

    A word that it does not declare is wrong usage; one that it declares and does not permit is refused.
    Raises: WrongUsage, naming the nearest that it declares.
    """
    from difflib import get_close_matches

    known = notice.part(term)
    if name in known:
        return name
    near = get_close_matches(name, list(known), n=3) or sorted(known)
    raise WrongUsage(
        f"the notice in force declares no {name!r} under {term}; it declares {', '.join(near) or 'none'}"
    )


@contextmanager
def taken_back(session: Session, words: dict[str, Iterable[str]]) -> Iterator[None]:
    """This will let words of an earlier notice be taken back: they are judged when there is nothing to.

    `words`: under each term. Raises: WrongUsage, and what the operation raises. Law: GDPR 7(3), 21.
    """
    try:
        yield
    except Exception:
        for term, names in words.items():
            for name in names:
                declared(session, term, name)
        raise
