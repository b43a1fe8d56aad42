"""The notice file: `check`, `notice schema`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import codes, faces
from .desk import Format, WrongUsage, desk
from .options import FormatOption, day, read

if TYPE_CHECKING:
    from datetime import date

    from seloste.notice import Notice
    from seloste.notice.checks import Finding

notice = typer.Typer(help="What a notice file may hold.", no_args_is_help=True)


class Language(StrEnum):
    """Languages of findings."""

    FI = "fi"
    SV = "sv"
    EN = "en"


LanguageOption = Annotated[Language, typer.Option("--lang", help="The language of the findings.")]


def check(
    context: typer.Context,
    *,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A notice; - reads standard input.")
    ] = None,
    at_: Annotated[
        str | None,
        typer.Option("--at", metavar="DATE", help="Judge by the facts of that day; by default today."),
    ] = None,
    lang: LanguageOption = Language.FI,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="NAME", help="Explain a check instead.")
    ] = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Say what is wrong with a notice: each finding with its severity, article and line."""
    at = desk(context, form)
    if explain:
        answer = explained(explain, lang)
        at.answer(answer, lambda: faces.explained(answer))
        return
    if not file:
        raise WrongUsage("give the FILE of a notice, or --explain NAME")
    answer = findings(read(file), day(at_), lang)
    at.answer(answer, lambda: faces.findings(answer, file, lang))
    if errors(answer):
        raise typer.Exit(codes.NO)


def findings(notice: Notice, at: date, lang: str) -> dict[str, Any]:
    """This will judge a notice by the facts of a day.

    Shape: {"findings": [{"check", "severity", "article", "line", "message"}], "suppressed": [...],
    "not_judged": [{"check", "what"}]}.
    """
    from seloste.notice.checks import check as judge

    report = judge(notice, at)
    return {
        "findings": [_told(finding, lang) for finding in report.findings],
        "suppressed": [_told(finding, lang) for finding in report.suppressed],
        "not_judged": [{"check": name, "what": what} for name, what in report.not_judged],
    }


def explained(name: str, lang: str) -> dict[str, Any]:
    """This will explain a check: what it is about, and what each of its findings asks for.

    Shape: {"check", "severity", "article", "title", "messages"}. Raises: WrongUsage.
    """
    from difflib import get_close_matches

    from seloste.notice.checks import checks

    known = checks()
    found = known.get(name.upper())
    if not found:
        near = get_close_matches(name.upper(), list(known), n=1, cutoff=0.3) or list(known)
        raise WrongUsage(f"there is no check {name!r}; there is {', '.join(near)}")
    return {
        "check": found.name,
        "severity": found.severity,
        "article": found.article,
        "title": found.title[lang],
        "messages": [words[lang] for words in found.messages.values()],
    }


def _told(finding: Finding, lang: str) -> dict[str, Any]:
    return {
        "check": finding.check,
        "severity": finding.severity,
        "article": finding.article,
        "line": finding.line,
        "message": finding.message(lang),
    }


def errors(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings that keep a notice from being applied."""
    return [finding for finding in answer["findings"] if finding["severity"] == "error"]


@notice.command("schema")
def schema(context: typer.Context, form: FormatOption = Format.TEXT) -> None:
    """Print the JSON Schema of a notice, for editors; it is JSON in either format."""
    desk(context, form)
    from seloste.notice.schema import json_schema

    sys.stdout.write(json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n")
