"""How checks are found, run, suppressed and told.

A check judges the declaration, never its words. It yields a `Fault` for what is wrong, or says that the
notice gives it nothing to judge; silence is not compliance.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from .reading import known_suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from seloste.notice import Notice
    from seloste.notice.parts import Part

Severity = Literal["error", "warning", "info"]
Words = dict[str, str]


@dataclass(frozen=True)
class Fault:
    """What a check found wrong: at which part and field, and which of its messages says so."""

    part: Part
    field: str = ""
    message: str = "default"
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    severity: Severity | None = None
    article: str | None = None


@dataclass(frozen=True)
class NotSaid:
    """The notice gives a check nothing to judge."""

    what: str


@dataclass(frozen=True)
class Check:
    """A named check: what it is about, how grave, by which article, and how it judges.

    `messages` say in three languages what is wrong and what to write instead; `{value}` and its kin
    are filled from the fault.
    """

    name: str
    severity: Severity
    article: str | None
    title: Words
    messages: Mapping[str, Words]
    judge: Callable[[Notice, date], Iterator[Fault | NotSaid]]


@dataclass(frozen=True)
class Finding:
    """One fault of a notice, ready to be told."""

    check: str
    severity: Severity
    article: str | None
    line: int
    words: Words
    at: str = ""
    suppressed: str | None = None

    def message(self, language: str = "fi") -> str:
        """What is wrong and what to do, in a language."""
        return self.words.get(language) or self.words["en"]


@dataclass(frozen=True)
class Report:
    """All findings by line, those that are borne for a while, and what could not be judged."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    not_judged: tuple[tuple[str, str], ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that `policy apply` refuses."""
        return tuple(f for f in self.findings if f.severity == "error")


@cache
def checks() -> dict[str, Check]:
    """This will gather the checks of this package by name, sorted."""
    package = importlib.import_module(__package__ or "")
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        made = importlib.import_module(f"{__package__}.{module.name}")
        if isinstance(one := getattr(made, "CHECK", None), Check):
            found[one.name] = one
    return dict(sorted(found.items()))


def check(notice: Notice, at: date) -> Report:
    """This will judge a notice by every check, as the world is on a day.

    Law: GDPR 5(2), 12-14.
    """
    found: list[Finding] = []
    silent: list[tuple[str, str]] = []
    for one in checks().values():
        for result in one.judge(notice, at):
            if isinstance(result, NotSaid):
                silent.append((one.name, result.what))
            else:
                found.append(_told(one, result))
    kept, borne, stale = known_suppressions(notice, found, at)
    kept += [Finding(s.name, "info", None, s.line, s.words) for s in stale]
    return Report(tuple(sorted(kept, key=lambda f: (f.line, f.check))), tuple(borne), tuple(silent))


def _told(one: Check, fault: Fault) -> Finding:
    words = {
        language: text.format(at=fault.part.key, **fault.values)
        for language, text in one.messages[fault.message].items()
    }
    return Finding(
        one.name,
        fault.severity or one.severity,
        fault.article or one.article,
        fault.part.line_of(fault.field),
        words,
        fault.part.key,
    )
