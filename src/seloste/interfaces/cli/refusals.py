"""What an error means to whoever called: an exit code, the rule, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from . import codes
from .desk import Format
from .house import NoDatabase, NotDone, NotUsable

if TYPE_CHECKING:
    from collections.abc import Callable

    from .desk import Desk


@dataclass(frozen=True)
class Refusal:
    """An error, as it is told."""

    code: int
    rule: str
    message: str
    verdict: dict[str, Any] | None = None
    place: tuple[int, int] | None = None
    """Line and column of the file that was read."""


HEADINGS = {
    codes.NO: "No",
    codes.UNREADABLE: "Not understood",
    codes.REFUSED: "Refused by policy",
    codes.NO_DATABASE: "No database",
    codes.OUR_FAULT: "A fault of ours",
}


class Refused(Exception):
    """The policy or the session refuses; `shape` says how its verdict is answered to a program."""

    def __init__(self, refusal: Refusal, shape: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """`refusal` carries a verdict."""
        super().__init__(refusal.message)
        self.refusal = refusal
        self.shape = shape


STAFF_RULES = {
    "actor_unknown": ("protection.staff", "GDPR 29"),
    "purpose_unknown": ("purposes", "GDPR 5(1)(b)"),
    "role_missing": ("purposes.roles", "GDPR 32(4)"),
    "training_expired": ("roles.trainings", "GDPR 32(4)"),
    "wrong_controller": ("purposes.controllers", "GDPR 26, 29"),
    "reason_missing": ("purposes.reasons", "GDPR 5(2)"),
    "reason_closed": ("purposes.reasons", "GDPR 5(2)"),
    "reason_elsewhere": ("purposes.reasons", "GDPR 5(1)(b)"),
    "ground_not_declared": ("purposes.break_glass", "GDPR 6(1)(d)"),
    "opening_over": ("purposes.break_glass", "GDPR 6(1)(d)"),
    "second_person_needed": ("purposes.break_glass", "GDPR 32(4)"),
    "no_such_opening": ("purposes.break_glass", "GDPR 32(4)"),
    "no_such_finding": ("purposes", "GDPR 5(1)(b)"),
    "not_yet_open": ("purposes.opens_after", "759/2004 21 §"),
    "not_finding": ("purposes.finds", "GDPR 5(1)(c)"),
    "hetu_elsewhere": ("categories", "Tietosuojalaki 1050/2018 29 §"),
    "not_recorded": ("protection.lookups", "GDPR 5(2)"),
    "insufficient_privilege": ("protection", "GDPR 32(1)(b)"),
}
"""Rule to the notice's term and the article behind it."""


def judge(error: Exception) -> Refusal:
    """This will tell what an error means; one that nobody foresaw is a fault of ours."""
    if isinstance(error, typer.TyperException):
        return Refusal(codes.UNREADABLE, "wrong_usage", _usage(error))
    if isinstance(error, Refused):
        return error.refusal
    if isinstance(error, NoDatabase):
        return Refusal(codes.NO_DATABASE, "no_database", str(error))
    if isinstance(error, NotDone):
        return Refusal(codes.NO, "not_done", str(error))
    if isinstance(error, NotUsable) or type(error).__name__ == "ImproperlyConfigured":
        return Refusal(codes.UNREADABLE, _rule(error), str(error))
    found = _of_notice(error) or _of_policy(error) or _of_register(error) or _of_database(error)
    return found or Refusal(codes.OUR_FAULT, type(error).__name__, _unforeseen(error))


def _unforeseen(error: Exception) -> str:
    """Where it happened and no more: messages and locals may hold somebody's data."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "an unknown place"
    return (
        f"nothing was answered; it happened at {where}. Its words are kept back, as they may hold somebody's data:"
        " set SELOSTE_TRACEBACK=1 and run it again to read them."
    )


def tell(error: Exception, at: Desk) -> int:
    """This will write what an error means: for programs as the answer, for people on the error console.

    Shape: the exit code.
    """
    refusal = judge(error)
    if at.format is Format.JSON:
        told: dict[str, Any] = {"rule": refusal.rule, "message": refusal.message}
        if refusal.place:
            told |= {"line": refusal.place[0], "column": refusal.place[1]}
        shape = error.shape if isinstance(error, Refused) else _as_verdict
        answer = shape(refusal.verdict) if refusal.verdict else {}
        at.answer(answer | {"error": told}, lambda: "")
        return refusal.code
    from rich.text import Text

    head = Text.assemble((HEADINGS[refusal.code], "refused"), ("  " + refusal.rule, "key"))
    at.err.print(head)
    at.err.print(Text(refusal.message))
    if refusal.verdict and refusal.verdict["article"]:
        ground = f"{refusal.verdict['term']}, {refusal.verdict['article']}"
        at.err.print(Text(ground, style="quiet"))
    return refusal.code


def _as_verdict(verdict: dict[str, Any]) -> dict[str, Any]:
    return {"verdict": verdict}


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    message = error.format_message()
    return f"{message}\nSee `{context.command_path} --help`." if context else message


def _of_notice(error: Exception) -> Refusal | None:
    # by name, here and below: other errors need not wait for pydantic, psycopg and Django to load
    if type(error).__name__ != "UnreadableNotice":
        return None
    place = (getattr(error, "line", 0) or 0, getattr(error, "column", 0) or 0)
    return Refusal(codes.UNREADABLE, "unreadable_notice", str(error), place=place)


def _of_policy(error: Exception) -> Refusal | None:
    if not type(error).__module__.startswith("seloste.policy"):
        return None
    rule = _rule(error)
    if rule == "nothing_applied":
        said = str(error).partition("\n")[0]
        return Refusal(codes.NO, rule, f"{said}. Bring one into force: `seloste policy apply FILE`")
    return Refusal(codes.NO_DATABASE if rule == "administrator_warned" else codes.NO, rule, str(error))


def refusal_of(error: BaseException, notice: str | None, message: str | None = None) -> Refusal:
    """This will tell why a purpose refuses, with its verdict under the notice in force.

    `message`: in other words than the error's own.
    """
    rule = _rule(error)
    term, article = STAFF_RULES.get(rule, ("purposes", "GDPR 5(1)(b)"))
    verdict = {
        "allowed": False,
        "reason": rule,
        "basis": None,
        "term": term,
        "article": article,
        "notice": notice,
        "until": None,
    }
    return Refusal(codes.REFUSED, rule, message or str(error), verdict)


def _of_register(error: Exception) -> Refusal | None:
    """What an operation says cannot be done."""
    if not type(error).__module__.startswith(("seloste.register", "seloste.connectors")):
        return None
    names = {kind.__name__ for kind in type(error).__mro__}
    if "NotReadableSource" in names:
        return Refusal(codes.UNREADABLE, _rule(error), str(error))
    if "NoConnectionFree" in names:
        return Refusal(codes.NO_DATABASE, _rule(error), str(error))
    if "NotInPurpose" in names:
        return refusal_of(error, None)
    return Refusal(codes.NO, _rule(error), str(error))


def _of_database(error: Exception) -> Refusal | None:
    """What PostgreSQL or the way to it says; messages of its own may hold values and are not told."""
    names = {kind.__name__ for kind in type(error).__mro__}
    module = type(error).__module__
    if denied := _denied(error) or _denied(error.__cause__):
        return denied
    if not module.startswith(("psycopg", "django.db")):
        return None
    if names & {"UndefinedTable", "InvalidSchemaName", "UndefinedFunction", "InvalidCatalogName"}:
        return Refusal(
            codes.NO_DATABASE,
            "nothing_there",
            "what this asks for is not in this database: run `seloste policy bootstrap`, then `seloste policy apply FILE`",
        )
    if "OperationalError" in names or "InterfaceError" in names:
        return Refusal(
            codes.NO_DATABASE,
            "no_connection",
            "there is no register here yet: run `seloste policy bootstrap` once; or the server of DATABASE_URL"
            " does not answer or does not let us in: see to it, or unset it to use the embedded server",
        )
    if "IntegrityError" in names:
        return Refusal(
            codes.NO,
            "contradiction",
            "the database refuses, as this would contradict what it holds already (another holder at the same"
            " point and time, the same number twice, or a key that is not there); nothing was changed",
        )
    return None


def _denied(error: BaseException | None) -> Refusal | None:
    """What PostgreSQL says that a role may not do; the first line of that is made of names alone."""
    if error is None or type(error).__name__ != "InsufficientPrivilege":
        return None
    diagnosis = getattr(error, "diag", None)
    what = getattr(diagnosis, "message_primary", None) or "permission denied"
    return refusal_of(
        error,
        None,
        f"PostgreSQL refused: {what}. The role that asked has lost what is its own, or was never given it:"
        " `seloste policy verify` tells what differs from the notice in force",
    )


def _rule(error: BaseException) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
