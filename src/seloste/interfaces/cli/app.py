"""The commands, put together."""

from __future__ import annotations

import typer

from . import (
    conflicts,
    extracts,
    find,
    looking,
    merging,
    notices,
    offers,
    operations,
    policies,
    records,
    retention,
    running,
    status,
)
from .break_glass import break_glass
from .datahub import datahub
from .interactions import interaction
from .keys import keys
from .lawfulness import ban, consent, objection, restriction
from .ledger import ledger
from .protection import case, staff
from .receivables import receivable
from .reviews import reviews
from .sources import source
from .subjects import representation, subject, turvakielto
from .tasks import task
from .ties import household, persona

app = typer.Typer(
    help="The privacy notice is the program: what it does not say cannot happen.",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
conflicts.add_to(source)
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
app.add_typer(keys, name="keys", rich_help_panel=DATABASE)
app.add_typer(ledger, name="ledger", rich_help_panel=DATABASE)
app.command("sweep", rich_help_panel=DATABASE)(retention.sweep)
policies.policy.command("rotate-passwords")(operations.rotate_passwords)
app.command("backup", rich_help_panel=DATABASE)(operations.backup)
app.command("restore", rich_help_panel=DATABASE)(operations.restore)
app.command("status", rich_help_panel=DATABASE)(status.status)
app.command("serve", rich_help_panel=RUN)(status.serve)
app.command("find", rich_help_panel=PEOPLE)(find.find)
app.command("see", rich_help_panel=PEOPLE)(looking.see)
app.command("may", rich_help_panel=PEOPLE)(looking.may)
app.command("origin", rich_help_panel=PEOPLE)(conflicts.origin)
app.command("lookups", rich_help_panel=PEOPLE)(looking.lookups)
app.command("extract", rich_help_panel=PEOPLE)(extracts.extract)
app.add_typer(consent, name="consent", rich_help_panel=PEOPLE)
app.add_typer(ban, name="ban", rich_help_panel=PEOPLE)
app.add_typer(objection, name="objection", rich_help_panel=PEOPLE)
app.add_typer(restriction, name="restriction", rich_help_panel=PEOPLE)
app.add_typer(turvakielto, name="turvakielto", rich_help_panel=PEOPLE)
for name, command in records.COMMANDS.items():
    subject.command(name)(command)
app.add_typer(subject, name="subject", rich_help_panel=PEOPLE)
subject.command("merge")(merging.merge)
subject.command("unmerge")(merging.unmerge)
app.add_typer(representation, name="representation", rich_help_panel=PEOPLE)
app.add_typer(household, name="household", rich_help_panel=PEOPLE)
app.add_typer(persona, name="persona", rich_help_panel=PEOPLE)
app.add_typer(offers.agreement, name="agreement", rich_help_panel=PEOPLE)
app.add_typer(receivable, name="receivable", rich_help_panel=PEOPLE)
app.add_typer(source, name="source", rich_help_panel=PEOPLE)
app.add_typer(datahub, name="datahub", rich_help_panel=PEOPLE)
app.add_typer(interaction, name="interaction", rich_help_panel=PEOPLE)
app.add_typer(task, name="task", rich_help_panel=PEOPLE)
app.command("erase", rich_help_panel=PEOPLE)(retention.erase)
app.add_typer(staff, name="staff", rich_help_panel=PEOPLE)
app.add_typer(case, name="case", rich_help_panel=PEOPLE)
app.add_typer(break_glass, name="break-glass", rich_help_panel=PEOPLE)
app.add_typer(reviews, name="reviews", rich_help_panel=PEOPLE)
