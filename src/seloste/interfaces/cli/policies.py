"""The policy: `policy bootstrap|sql|apply|verify`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import codes, faces
from .desk import Desk, Format, desk
from .notices import Language, LanguageOption, errors, findings
from .options import FileArgument, FormatOption, day, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.policy.verify import Drift

policy = typer.Typer(help="What PostgreSQL enforces.", no_args_is_help=True)

AsPublished = Annotated[
    bool, typer.Option("--as-published", help="Open what a faulty notice supports, and leave the rest shut.")
]


@policy.command("bootstrap")
def bootstrap(context: typer.Context, form: FormatOption = Format.TEXT) -> None:
    """Make the database, its roles and its tables; the only command that needs an administrator."""
    at = desk(context, form)
    from seloste.policy.bootstrap import FIXED
    from seloste.policy.bootstrap import bootstrap as make

    with at.house.database() as place:
        make(place)
        at.house.migrate(place)
        answer = {"database": place.database, "roles": [place.role(name) for name in FIXED]}
    at.answer(answer, lambda: faces.bootstrapped(answer))


@policy.command("sql")
def sql(
    context: typer.Context,
    *,
    file: FileArgument,
    database: Annotated[
        str, typer.Option("--database", metavar="NAME", help="The database whose roles it names.")
    ] = "seloste",
    as_published: AsPublished = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Print what apply would run, each statement after the line of the notice that caused it."""
    at = desk(context, form)
    from seloste.policy.compile import compile_policy, program

    notice = read(file)
    made = compile_policy(notice, at.house.tables(), database, as_published=as_published)
    if form is Format.JSON:
        statements = [
            {"sql": each.sql, "because": each.because, "line": each.line, "role": made.role(each.by)}
            for each in program(made)
        ]
        at.answer({"notice": notice.hash, "database": database, "statements": statements}, lambda: "")
        return
    sys.stdout.write(
        f"-- {file}, notice {notice.hash}\n-- what `seloste policy apply` runs in database {database}\n"
    )
    acting = ""
    for statement in program(made):
        if statement.by != acting:
            acting = statement.by
            sys.stdout.write(f'\nSET ROLE "{made.role(acting)}";\n')
        sys.stdout.write(f"\n{statement}\n")


@policy.command("apply")
def apply(
    context: typer.Context,
    *,
    file: FileArgument,
    as_published: AsPublished = False,
    lang: LanguageOption = Language.FI,
    form: FormatOption = Format.TEXT,
) -> None:
    """Bring a notice into force: prepare the answers, then switch at once."""
    at = desk(context, form)
    from seloste.policy.apply import apply as bring

    notice = read(file)
    judged = findings(notice, day(None), lang)
    if errors(judged) and not as_published:
        refused = {"applied": False, "notice": notice.hash, **judged}
        at.answer(refused, lambda: faces.refused_notice(refused, file, lang))
        raise typer.Exit(codes.NO)
    with at.house.database() as place, at.progress("Deciding for everybody") as progress:
        done = bring(place, notice, as_published=as_published, progress=progress)
    answer = {
        "applied": True,
        "notice": done.notice,
        "changed": done.changed,
        "new_keys": done.new_keys,
        "retired_keys": done.retired_keys,
        "subjects": done.subjects,
        "as_published": as_published,
    }
    at.answer(answer, lambda: faces.applied(answer, file))


@policy.command("refresh")
def refresh(context: typer.Context, form: FormatOption = Format.TEXT) -> None:
    """Decide anew the answers that have run out, so that nobody waits for them."""
    at = desk(context, form)
    with at.progress("Deciding anew") as progress:
        count = at.house.refresh(progress)
    at.answer({"refreshed": count}, lambda: faces.pairs("Decided anew", {"subjects": count}))


@policy.command("verify")
def verify(
    context: typer.Context,
    *,
    deep: Annotated[bool, typer.Option("--deep", help="Decide every subject anew and compare.")] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Compare everything that decides who can read with the notice in force."""
    at = desk(context, form)
    answer = verified(at, deep=deep)
    at.answer(answer, lambda: faces.verified(answer))
    if answer["drift"]:
        raise typer.Exit(codes.NO)


def verified(at: Desk, *, deep: bool) -> dict[str, Any]:
    """This will verify the policy in force.

    Shape: {"notice", "facts", "deep", "drift": [{"kind", "object", "expected", "found"}], "not_held",
    "attested": [{"kind", "object", "found"}]}.
    """
    from seloste.policy.deep import verify_deep
    from seloste.policy.verify import verify as compare

    with at.house.database() as place:
        found = compare(place)
        drift = list(found.drift)
        if deep:
            with at.progress("Deciding anew") as progress:
                drift += verify_deep(place, progress)
    return {
        "notice": found.notice,
        "facts": found.facts,
        "deep": deep,
        "drift": list(_told(drift)),
        "not_held": list(found.not_held),
        "attested": [
            {"kind": each.kind, "object": each.object, "found": each.found} for each in found.attested
        ],
    }


def _told(drift: list[Drift]) -> Iterator[dict[str, Any]]:
    for each in drift:
        yield {"kind": each.kind, "object": each.object, "expected": each.expected, "found": each.found}
