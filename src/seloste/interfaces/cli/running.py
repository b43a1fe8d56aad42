"""Made-up people and measurements: `populate`, `bench`, `demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from . import faces
from .desk import Format, WrongUsage, desk
from .options import FormatOption


def populate(
    context: typer.Context,
    *,
    persons: Annotated[int, typer.Option("--persons", min=1, metavar="N", help="How many people.")] = 2_000,
    seed: Annotated[
        int, typer.Option("--seed", metavar="S", help="The same seed makes the same people.")
    ] = 1,
    form: FormatOption = Format.TEXT,
) -> None:
    """Fill the register with made-up people, through the purpose that keeps it up."""
    at = desk(context, form)
    with at.house.register(), at.progress("Making people") as progress:
        answer = at.house.populate(persons, seed, progress)
    at.answer(answer, lambda: faces.pairs("Made", answer))


def bench(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What is measured.")],
    persons: Annotated[
        int, typer.Option("--persons", min=1, metavar="N", help="On how many people.")
    ] = 100_000,
    form: FormatOption = Format.TEXT,
) -> None:
    """Measure ours against the same on plain tables, in the same run."""
    at = desk(context, form)
    if name not in at.house.benches():
        raise WrongUsage(f"there is no bench {name!r}; there is {', '.join(at.house.benches()) or 'none'}")
    answer = at.house.bench(name, persons, lambda said: at.err.print(said, style="quiet"))
    at.answer(answer, lambda: faces.bench(answer))


def demo(
    context: typer.Context,
    *,
    persons: Annotated[int, typer.Option("--persons", min=1, metavar="N", help="How many people.")] = 2_000,
    _serve: Annotated[
        bool, typer.Option("--no-serve", help="Serve nothing afterwards; there is nothing to serve yet.")
    ] = False,
) -> None:
    """Show everything on made-up people, in a database of its own."""
    at = desk(context)
    at.house.demo(at.out, persons=persons)
