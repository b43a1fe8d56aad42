"""How the demo looks: thirteen acts and a summary, calm at 100 characters and still whole at 80."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from seloste.interfaces.cli import faces
from seloste.interfaces.cli.desk import show_on
from seloste.interfaces.cli.verdicts import brief as in_brief
from seloste.project.people.named import demo_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console, RenderableType

    from seloste.notice import Notice
    from seloste.project.made_up import MadeUp

REFUSED = ":  "
"""What stands between the name of a refusal and its words."""

Rows = list[dict[str, Any]]
PEOPLE = (
    ("subject", "people and companies"),
    ("agreement", "agreements"),
    ("consent", "consents"),
    ("ban", "bans"),
)


class Stage:
    """Where the acts are shown."""

    def __init__(self, console: Console) -> None:
        """`console`: a terminal or not."""
        self.console = console
        self.acts = 0

    def title(self) -> None:
        """The first line."""
        self._show(Text.assemble("\n", ("Seloste", "head"), "  The privacy notice is the program."), indent=1)

    def act(self, name: str, where: str) -> None:
        """The head of an act."""
        self.acts += 1
        self._show(
            Text.assemble("\n", (f"{self.acts}  ", "head"), (name, "key"), (f"   {where}", "quiet")), indent=1
        )

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Something that takes a few seconds."""
        columns = (TextColumn("  "), SpinnerColumn(style="head"), TextColumn(f"[quiet]{what}"))
        with Progress(
            *columns, console=self.console, transient=True, disable=not self.console.is_terminal
        ) as shown:
            shown.add_task(what, total=None)
            yield

    def findings(self, answer: dict[str, Any]) -> None:
        """What is wrong, a line a check; `seloste check` tells each finding."""
        from seloste.notice.checks import checks

        table = faces.columns("Check", "Severity", "Lines", "What is wrong")
        table.columns[0].no_wrap = table.columns[2].no_wrap = True
        titles = checks()
        for name in dict.fromkeys(found["check"] for found in answer["findings"]):
            own = [found for found in answer["findings"] if found["check"] == name]
            severity = own[0]["severity"]
            title = titles[name].title["en"] if name in titles else own[0]["message"]
            lines = list(dict.fromkeys(str(found["line"]) for found in own))
            table.add_row(name, Text(severity, style=severity), _few(lines), title)
        self.table(table)
        counted = faces.counted(answer["findings"], "en")
        self.say(f"{counted}: `seloste policy apply` refuses it.", style="error")

    def compiled(self, notice: Notice, enforced: dict[str, int], keys: int, seconds: float) -> None:
        """What the notice became."""
        said = (
            f"{len(notice.purposes)} purposes became {enforced['logins']} database logins, {keys} keys and"
            f" {enforced['policies']} row policies in {seconds:.1f} s. No login may become another."
        )
        self.say(said)
        self.say(f"notice {notice.hash[:16]}, in force", style="quiet")

    def people(self, rows: dict[str, int], seconds: float) -> None:
        """Who was made."""
        told = ", ".join(f"{spaced(rows.get(table, 0))} {name}" for table, name in PEOPLE)
        self.say(f"{told}; in {seconds:.1f} s.")

    def sights(
        self,
        heads: Sequence[str],
        seen: list[dict[str, Any]],
        asked: Sequence[tuple[str, str, str]],
        only: Sequence[str] = (),
    ) -> None:
        """One human in as many columns as purposes asked; `only`: of these categories."""
        table = faces.columns("", *heads)
        for category in only or _shown(seen):
            table.add_row(Text(category, style="quiet"), *(cell(category, each) for each in seen))
        self.table(table)
        for purpose, staff, reason in asked:
            self.say(f"{purpose}: {staff}, for {reason}", style="quiet")

    def twin(self, seen: dict[str, Any], asked: tuple[str, str], *, alike: bool) -> None:
        """The other record, and what the first company is told of it."""
        table = faces.columns("", "Network company")
        for category in seen["visible"]:
            table.add_row(Text(category, style="quiet"), cell(category, seen))
        self.table(table)
        self.say(f"service: {asked[0]}, for {asked[1]}", style="quiet")
        said = "word for word the answer for a key that does not exist" if alike else "another answer"
        self.say(f"Sähkölaitos, asking for this subject, is told {said}.")

    def audience(self, before: dict[str, int], after: dict[str, int]) -> None:
        """How many may be written to, before and after."""
        table = faces.columns("Audience by", "Before", "After", "")
        table.columns[1].justify = table.columns[2].justify = "right"
        for channel, count in before.items():
            change = after[channel] - count
            style = "refused" if change else "quiet"
            table.add_row(
                channel, str(count), str(after[channel]), Text(f"{change:+d}" if change else "", style=style)
            )
        self.table(table, last=True)

    def refusals(self, tried: Sequence[tuple[str, str]], *, last: bool = True) -> None:
        """What was tried, and what was answered."""
        told = Table.grid(padding=(0, 0))
        told.add_column(width=3)
        told.add_column(overflow="fold")
        for asked, came in tried:
            told.add_row(Text("=>", style="quiet"), Text(asked, style="command"))
            told.add_row("", Text(came, style="refused" if REFUSED in came else "key"))
        self.table(told, last=last)

    def verdicts(self, told: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """What a verifier said of copies of the ledger."""
        table = faces.columns("The copy", "Exit", "At leaf", "What the verifier says")
        for name, found in told:
            findings = found["findings"] or [{"index": None, "told": f"intact, {found['size']} leaves"}]
            style = "open" if found["intact"] else "refused"
            for each in findings:
                where = "" if each["index"] is None else str(each["index"])
                table.add_row(name, str(found["code"]), where, Text(each["told"], style=style))
        self.table(table, last=True)

    def lookups(self, found: Rows) -> None:
        """Who looked."""
        self.table(faces.lookups(found), last=True)

    def summary(
        self,
        made: MadeUp,
        staff: dict[str, str],
        wants: Sequence[str],
        *,
        facts: int,
        drift: int,
        seconds: float,
    ) -> None:
        """What was shown, and what to try."""
        held = "the database says what the notice says" if not drift else f"{drift} differences"
        self._show(Text.assemble("\n", ("Summary", "head")), indent=1)
        self.say(f"Everything in {seconds:.0f} s. Compared {spaced(facts)} facts: {held}.")
        for each in wants:
            self.say(f"To see to, says `seloste status`: {each}")
        told = demo_names()
        self._pairs("People", {f"{name} ({key})": told.get(name, "") for name, key in made.names.items()})
        self._pairs("Staff", staff)
        reasons = [
            *made.reasons[""],
            *(f"{r} ({name})" for name, own in made.reasons.items() if name for r in own),
        ]
        self._show(Text.assemble("\n", ("Reasons", "head"), "\n", ", ".join(reasons)))
        campaign, request, task = (made.reason(kind) for kind in ("campaign", "request", "task"))
        call = made.reason("call", "aino")
        self._commands(
            f"seloste see aino --purpose service --as customer_service.sahkolaitos --reason {call}",
            f"seloste may tauno --purpose direct_marketing --as marketer.vera --reason {campaign}",
            f"seloste lookups aino --as register_contact.sahkolaitos --reason {request}",
            f"seloste break-glass list --as auditor.sahkolaitos --reason {task}",
            f"seloste reviews run --as auditor.sahkolaitos --reason {task}",
            "seloste ledger verify",
            "seloste policy verify --deep",
            "seloste status --lang en",
            "seloste check examples/tampereen-sahkolaitos/2018.yaml --lang en",
        )

    def _pairs(self, head: str, told: dict[str, str]) -> None:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for name, what in told.items():
            table.add_row(Text(name, style="key"), Text(what, style="quiet"))
        self._show(Text.assemble("\n", (head, "head")))
        self._show(table)

    def _commands(self, *commands: str) -> None:
        self._show(Text.assemble("\n", ("Commands", "head")))
        for command in commands:
            # never wrapped by us, so that it can be copied whole
            self.console.print(Text(f"    {command}", style="command"), soft_wrap=True)

    def say(self, said: str, style: str = "default") -> None:
        """A line of text."""
        self._show(Text(said, style=style))

    def table(self, table: RenderableType, *, last: bool = False) -> None:
        """Columns, with room around them."""
        self._show(Padding(table, (1, 0, 0 if last else 1, 0)))

    def _show(self, shown: RenderableType, indent: int = 4) -> None:
        show_on(self.console, Padding(shown, (0, 0, 0, indent)))


def spaced(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def english(texts: Any) -> str:
    """A text of the notice in English."""
    return str(texts.en or texts.fi)


def cell(category: str, seen: dict[str, Any]) -> Text:
    """What one purpose sees of a category: the value, or why not."""
    if category in seen["visible"]:
        return Text(brief(category, seen["visible"][category]))
    why = seen["why"].get(category)
    if why is None:
        return Text("none", style="shut")
    return Text(in_brief(why), style="shut")


def brief(category: str, rows: Rows) -> str:
    """A category's rows in a few words."""
    told = BRIEFLY.get(category)
    return told(rows) if told else str(len(rows))


def _shown(seen: list[dict[str, Any]]) -> list[str]:
    """Categories that somebody sees something of, in the order in which they were seen."""
    return list(dict.fromkeys(category for each in seen for category in each["visible"]))


def _values(*names: str, between: str = " ") -> Callable[[Rows], str]:
    """The given columns of each row, a row a line; the same line once."""

    def told(rows: Rows) -> str:
        lines = (between.join(str(row[name]) for name in names if row.get(name)) for row in rows)
        return "\n".join(dict.fromkeys(filter(None, lines)))

    return told


def _emails(rows: Rows) -> str:
    """Parted before the @, where a narrow column would break it anyhow."""
    return "\n".join(str(row["value"]).replace("@", "\n@") for row in rows)


def _owed(rows: Rows) -> str:
    return "\n".join(
        f"{faces.euros(row['amount_cents'])} {row['state']}" for row in rows if not row["valid_until"]
    )


def _open(rows: Rows) -> str:
    return "\n".join(f"{row['kind']}:{row['id']}" + (", closed" if row["closed_at"] else "") for row in rows)


BRIEFLY: dict[str, Callable[[Rows], str]] = {
    "name": _values("given_names", "family_name", "organisation_name"),
    "address": _values("street", "city", between=", "),
    "housing_form": _values("form"),
    "phone": _values("value"),
    "email": _emails,
    "hetu": lambda _rows: "sealed",
    "agreements": _values("kind"),
    "consents": lambda rows: f"{len(rows)} given",
    "metering_points": lambda rows: "\n".join(f"…{row['gsrn'][-9:]}" for row in rows),
    "bans": _values("channel"),
    "turvakielto": lambda _rows: "in force",
    "receivables": _owed,
    "interactions": _open,
    "misuse_cases": _open,
}


def _few(lines: list[str], most: int = 2) -> str:
    return ", ".join(lines[:most]) + (f" +{len(lines) - most}" if len(lines) > most else "")
