"""The commands, put together."""

from __future__ import annotations

import typer

from . import looking, notices, policies, retention, running
from .agreements import agreement
from .lawfulness import ban, consent, objection, restriction
from .ledger import ledger
from .protection import case, staff

app = typer.Typer(
    help="The privacy notice is the program: what it does not say cannot happen.",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
NOTICE, DATABASE, PEOPLE, RUN = "Notice", "Database", "People", "Try"


@app.callback(invoke_without_command=True)
def _nothing_asked(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command("demo", rich_help_panel=RUN)(running.demo)
app.command("populate", rich_help_panel=RUN)(running.populate)
app.command("bench", rich_help_panel=RUN)(running.bench)
app.command("check", rich_help_panel=NOTICE)(notices.check)
app.add_typer(notices.notice, name="notice", rich_help_panel=NOTICE)
app.add_typer(policies.policy, name="policy", rich_help_panel=DATABASE)
app.add_typer(ledger, name="ledger", rich_help_panel=DATABASE)
app.command("see", rich_help_panel=PEOPLE)(looking.see)
app.command("may", rich_help_panel=PEOPLE)(looking.may)
app.command("lookups", rich_help_panel=PEOPLE)(looking.lookups)
app.add_typer(consent, name="consent", rich_help_panel=PEOPLE)
app.add_typer(ban, name="ban", rich_help_panel=PEOPLE)
app.add_typer(objection, name="objection", rich_help_panel=PEOPLE)
app.add_typer(restriction, name="restriction", rich_help_panel=PEOPLE)
app.add_typer(agreement, name="agreement", rich_help_panel=PEOPLE)
app.command("erase", rich_help_panel=PEOPLE)(retention.erase)
app.add_typer(staff, name="staff", rich_help_panel=PEOPLE)
app.add_typer(case, name="case", rich_help_panel=PEOPLE)
