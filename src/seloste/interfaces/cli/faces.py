"""How answers look on a console: calm, in columns, readable at 80 characters and without colour."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .verdicts import NOT_DECLARED, brief, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from seloste.kernel.free_text import Mark

HELSINKI = ZoneInfo("Europe/Helsinki")
SEVERITIES = {
    "fi": {"error": "virhe", "warning": "varoitus", "info": "huomio"},
    "sv": {"error": "fel", "warning": "varning", "info": "anm."},
    "en": {"error": "error", "warning": "warning", "info": "info"},
}
COUNTED = {
    "fi": {"error": "virhettä", "warning": "varoitusta", "info": "huomiota"},
    "sv": {"error": "fel", "warning": "varningar", "info": "anmärkningar"},
    "en": {"error": "errors", "warning": "warnings", "info": "notes"},
}
CLEAN = {"fi": "Ei huomautettavaa.", "sv": "Inget att anmärka.", "en": "Nothing to remark."}
NOT_JUDGED = {"fi": "Ei voitu arvioida", "sv": "Kunde inte bedömas", "en": "Could not be judged"}

STRUCTURE = frozenset(
    {
        "id",
        "side",
        "created_at",
        "changed_at",
        "recorded_at",
        "superseded_at",
        "requested_at",
        "as_given",
        "proof",
        "notice_hash",
    }
)
"""Columns that say nothing to whoever looks at a console; JSON has them all."""


def findings(answer: dict[str, Any], file: str, lang: str = "fi") -> RenderableType:
    """What is wrong with a notice: line, severity, check, and below it what to do."""
    from rich.console import Group
    from rich.text import Text

    found = answer["findings"]
    if not found:
        parts: list[RenderableType] = [Text(CLEAN[lang], style="open")]
    else:
        table = grid(None, None, None)
        table.columns[0].justify = "right"
        for each in found:
            said = Text.assemble((each["check"], "key"), ("  " + (each["article"] or ""), "quiet"))
            said.append("\n" + each["message"])
            severity = Text(SEVERITIES[lang][each["severity"]], style=each["severity"])
            table.add_row(Text(str(each["line"]), style="quiet"), severity, said)
        parts = [table, Text(f"\n{file}: {counted(found, lang)}", style="key")]
    if answer["not_judged"]:
        silent = ", ".join(f"{each['check']} ({each['what']})" for each in answer["not_judged"])
        parts.append(Text(f"{NOT_JUDGED[lang]}: {silent}", style="quiet"))
    return Group(*parts)


def explained(answer: dict[str, Any]) -> RenderableType:
    """A check: what it is about and what its findings ask for."""
    from rich.console import Group
    from rich.text import Text

    head = Text.assemble(
        (answer["check"], "key"),
        "  ",
        (answer["severity"], answer["severity"]),
        ("  " + (answer["article"] or ""), "quiet"),
    )
    return Group(
        head, Text(answer["title"] + "\n"), *(Text(f"  {message}") for message in answer["messages"])
    )


def counted(found: Iterable[dict[str, Any]], lang: str = "fi") -> str:
    """How many findings of each severity there are."""
    severities = [each["severity"] for each in found]
    told = {name: severities.count(name) for name in ("error", "warning", "info")}
    return ", ".join(f"{count} {COUNTED[lang][name]}" for name, count in told.items() if count)


def sight(seen: dict[str, Any]) -> RenderableType:
    """What a purpose sees of a subject, what not and why."""
    from rich.console import Group
    from rich.text import Text

    head = Text.assemble((str(seen["subject"]), "key"), "  as ", (seen["purpose"], "head"), " sees it\n")
    table = grid(None, None)
    for category, rows in seen["visible"].items():
        table.add_row(Text(category, style="open"), Text("\n".join(map(row, rows))))
    undeclared = [name for name in seen["hidden"] if seen["why"][name] == NOT_DECLARED]
    for category in seen["hidden"]:
        if category not in undeclared:
            table.add_row(Text(category, style="shut"), Text(brief(seen["why"][category]), style="shut"))
    if undeclared:
        table.add_row(Text("hidden", style="shut"), Text(", ".join(undeclared), style="shut"))
    return Group(head, table, Text(""), verdict(seen["verdict"])) if table.rows else verdict(seen["verdict"])


def row(values: dict[str, Any]) -> str:
    """What one row tells a person, on one line."""
    told = [
        _value(name, value)
        for name, value in values.items()
        if value not in (None, "", []) and name not in STRUCTURE and not name.endswith("_id")
    ]
    return "  ".join(filter(None, told)) or "yes"


def _value(name: str, value: object) -> str:
    if name == "record":
        return f"[{value}]"
    if name.endswith("_cents"):
        return euros(int(str(value)))
    if name == "valid_from":
        return f"since {finnish(value):%Y-%m-%d}"
    if name.endswith(("_at", "_until")):
        said = name.removesuffix("_at").removeprefix("valid_").replace("_", " ")
        return f"{said} {finnish(value):%Y-%m-%d}"
    if isinstance(value, str) and value.startswith("\\x"):
        return "sealed"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def finnish(moment: object) -> datetime:
    """A moment by Finnish clocks: what is kept as 21:00 of the day before began at midnight."""
    return datetime.fromisoformat(str(moment)).astimezone(HELSINKI)


def euros(cents: int) -> str:
    """An amount as it is written in Finland: 1 234,50 €."""
    return f"{cents / 100:,.2f} €".replace(",", " ").replace(".", ",")


def verdict(told: dict[str, Any]) -> RenderableType:
    """A verdict: yes or no, why, by what term and article, until when."""
    from rich.text import Text

    said = Text.assemble(
        ("Yes", "open") if told["allowed"] else ("No", "refused"), f"  {words(told['reason'])}"
    )
    said.append(f"\n{told['term']}", style="quiet")
    if told["article"]:
        said.append(f", {told['article']}", style="quiet")
    if told["notice"]:
        said.append(f", notice {told['notice'][:12]}", style="quiet")
    if told["until"]:
        said.append(f", until {finnish(told['until']):%Y-%m-%d %H:%M}", style="quiet")
    return said


def lookups(found: Sequence[dict[str, Any]]) -> RenderableType:
    """Who looked: day, purpose, company, how, how often."""
    from rich.text import Text

    if not found:
        return Text("Nobody has looked.", style="quiet")
    table = columns("When", "Purpose", "Company", "How", "Times")
    table.columns[-1].justify = "right"
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for each in found:
        when = f"{finnish(each['at']):%Y-%m-%d %H:%M:%S}" if each["at"] else str(each["day"])
        way = each["way"] + (", break-glass" if each["break_glass"] else "")
        table.add_row(when, each["purpose"], each["company"], way, str(each["count"]))
    return table


def bootstrapped(answer: dict[str, Any]) -> RenderableType:
    """What bootstrap made."""
    from rich.text import Text

    roles = ", ".join(answer["roles"])
    return Text.assemble(
        ("Ready  ", "open"), (answer["database"], "key"), f", with its roles {roles}\n",
        ("Next: seloste policy apply FILE", "command"),
    )  # fmt: skip


def applied(answer: dict[str, Any], file: str) -> RenderableType:
    """What apply did."""
    from rich.text import Text

    said = "In force" if answer["changed"] else "In force already; nothing changed"
    told = (
        f"notice {answer['notice'][:12]}: {answer['new_keys']} new keys, {answer['retired_keys']} retired,"
        f" {answer['subjects']} subjects decided"
    )
    return Text.assemble((f"{said}  ", "open"), (file, "key"), "\n", (told, "quiet"))


def refused_notice(answer: dict[str, Any], file: str, lang: str) -> RenderableType:
    """Why a notice is not applied."""
    from rich.console import Group
    from rich.text import Text

    found = {**answer, "findings": [f for f in answer["findings"] if f["severity"] == "error"]}
    why = (
        "\nNot applied; nothing was changed. Mend these, or suppress a check by name with a reason and an expiry;"
        " --as-published opens what the text supports and leaves the rest shut."
    )
    return Group(findings(found, file, lang), Text(why, style="refused"))


def verified(answer: dict[str, Any]) -> RenderableType:
    """What verify found."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = []
    if answer["drift"]:
        table = columns("Kind", "Object", "Expected", "Found")
        for each in answer["drift"]:
            cells = (each["kind"], each["object"], *_apart(each["expected"], each["found"]))
            table.add_row(*map(Text, cells))
        parts.append(table)
    told = f"{answer['facts']} facts compared" + (", every answer decided anew" if answer["deep"] else "")
    if answer["drift"]:
        parts.append(Text(f"Drift  {len(answer['drift'])} differences; {told}", style="refused"))
    else:
        parts.append(Text.assemble(("The database says what the notice says", "open"), f"  {told}"))
    if answer["attested"]:
        others = ", ".join(each["object"] for each in answer["attested"])
        parts.append(
            Text(
                f"Attested by whoever owns the server: {others} (not ours, nor ours to limit)", style="quiet"
            )
        )
    if answer["not_held"]:
        parts.append(Text(f"Not held here: {', '.join(answer['not_held'])}", style="quiet"))
    return Group(*parts)


LONG = 60
"""Characters of a fact beyond which a console shows only where two differ; JSON has them whole."""


def _apart(expected: str | None, found: str | None) -> tuple[str, str]:
    """Two facts as they differ: of long ones that share words only the words that one alone has."""
    if not expected or not found or max(len(expected), len(found)) <= LONG:
        return expected or "nothing", found or "nothing"
    words_of = expected.split(), found.split()
    alone = [
        " ".join(word for word in mine if word not in other) for mine, other in (words_of, words_of[::-1])
    ]
    return alone[0] or "less", alone[1] or "less"


def bench(answer: dict[str, Any]) -> RenderableType:
    """What was measured: ours, the baseline, the ratio."""
    from rich.console import Group

    table = columns("Case", "Ours", "Baseline", "Ratio")
    for column in table.columns[1:]:
        column.justify = "right"
    for each in answer["rows"]:
        numbers = (f"{each['ours']:,.3f} {each['unit']}", f"{each['baseline']:,.3f} {each['unit']}")
        table.add_row(each["case"], *numbers, f"{each['ratio']:.2f}")
    return Group(table, pairs("", answer.get("figures") or {}))


def pairs(head: str, told: dict[str, Any]) -> RenderableType:
    """Names and values, a pair a line."""
    from rich.console import Group
    from rich.text import Text

    table = grid(None, None)
    for name, value in told.items():
        shown = f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)
        table.add_row(Text(name.replace("_", " "), style="quiet"), Text(shown))
    return Group(Text(head, style="open"), table) if head else table


def keys(answer: dict[str, Any]) -> RenderableType:
    """The versions of keys: whether they are those that the register knows, and what uses them."""
    from rich.console import Group
    from rich.text import Text

    table = grid(None, None, None, None)
    for each in answer["versions"]:
        table.add_row(
            Text(f"{each['key']} {each['version']}", style="key"),
            Text(each["state"], style="open" if each["state"] == "right" else "error"),
            Text("current" if each["current"] else "", style="quiet"),
            Text(f"used by {each['used']:,}".replace(",", " ")),
        )
    said = "Everything that is sealed can be opened." if answer["well"] else KEYS_UNWELL
    return Group(table, Text(said, style="open" if answer["well"] else "error"))


def swept(answer: dict[str, Any]) -> RenderableType:
    """Where bytes of what was erased are gone, and until when they are elsewhere."""
    from rich.text import Text

    table = grid(None, None, None)
    for each in answer["places"]:
        gone = each["state"] == "gone"
        until = "gone" if gone else f"until {each['until'].astimezone(HELSINKI):%Y-%m-%d}"
        table.add_row(
            Text(each["place"].replace("_", " "), style="key"),
            Text(until, style="open" if gone else "shut"),
            Text(each["why"] or "", style="quiet"),
        )
    return table


KEYS_UNWELL = "Something that is sealed cannot be opened: restore the file of keys from its backup. Nothing was changed."


def grid(*widths: int | None) -> Table:
    """Columns without lines; the last one wraps."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for number, width in enumerate(widths, 1):
        table.add_column(width=width, no_wrap=number < len(widths), overflow="fold")
    return table


def columns(*heads: str) -> Table:
    """Columns under a head and a line."""
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1),
        header_style="head",
        border_style="quiet",
    )
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def done(name: str, told: dict[str, Any], under: str, marks: Sequence[Mark] = ()) -> Text:
    """That an operation is done, and what should not stand in what was written with it."""
    from rich.text import Text

    said = "  ".join(f"{what} {value}" for what, value in told.items() if value not in (None, [], ()))
    answer = Text.assemble(("Done  ", "open"), (name, "key"), f"  {said}\n", (under, "quiet"))
    if marks:
        where = ", ".join(f"{each.kind} at {each.start}-{each.end}" for each in marks)
        answer.append(f"\nThis should not be written here: {where}.", style="warning")
    return answer
