"""The published text of 2018 as sentences, and the walks over its notice that several tests need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seloste.notice import Notice
from seloste.notice.parts import Answered, Declared, Located, Part
from seloste.notice.reader import _tree

EXAMPLES = Path(__file__).parents[3] / "examples" / "tampereen-sahkolaitos"
TEXT = (EXAMPLES / "2018.fi.txt").read_text(encoding="utf-8")

STRUCTURE = {
    "Henkilörekisterin tiedot",
    "Henkilörekisterin henkilötiedot, tietolähteet ja tietojen luovutus",
    "Kuvaus rekisteröityjen ryhmistä ja henkilötietoryhmistä:",
    "Tietojen luovutuksen peruste",
}
"""Labels of the form that state nothing; its numbered headings are structure too."""

FORM_WORDS = {"Ei", "Kyllä", "Minne?", "A)"}
"""What the form left standing of its choices."""

HEADING = re.compile(r"\d+\. (.+)")
END = re.compile(r"(?<=[.?!])(?<!\besim\.)(?<!\bml\.) +(?=[A-ZÅÄÖ])")

PROSE = {"evidence", "note", "public", "assurance", "valid_from", "valid_until", "name", "description"}
"""Fields from which nothing follows but words."""


def sentences() -> list[str]:
    """Every sentence of the text in its order, form words among them, headings and labels left out."""
    lines = [line.strip() for line in TEXT.splitlines() if line.strip()]
    told = [line for line in lines if not HEADING.fullmatch(line) and line not in STRUCTURE]
    return [sentence for line in told for sentence in END.split(line)]


def headings() -> set[str]:
    """The numbered headings without their numbers: questions of the form, some of which assert."""
    return {found[1] for line in TEXT.splitlines() if (found := HEADING.fullmatch(line.strip()))}


def walk(value: Any, at: str = "") -> Iterator[tuple[str, Part]]:
    """All parts of a notice with their paths, outermost first."""
    if isinstance(value, Part):
        yield at, value
        for field in type(value).model_fields:
            yield from walk(getattr(value, field), f"{at}.{field}".lstrip("."))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, f"{at}.{key}")
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from walk(inner, f"{at}.{number}")


def quoting(notice: Notice) -> Iterator[tuple[str, Declared | Answered]]:
    """The parts that may quote the text: what they state is a statement of it."""
    for at, part in walk(notice):
        if isinstance(part, Declared | Answered):
            yield at, part


def has_structure(part: Part) -> bool:
    """Whether a part says more than words: a field of its own term is given."""
    return bool(part.model_fields_set - PROSE)


def tree(path: Path) -> Located:
    """A notice file as the reader sees it before the grammar does."""
    return _tree(path.read_text(encoding="utf-8"))


def without(value: Any, path: tuple[str | int, ...]) -> Any:
    """A copy of a tree from which one value is gone."""
    if isinstance(value, Located):
        copy = Located(value.key, value.line, value.column)
        copy.places = dict(value.places)
        for key, inner in value.items():
            if (key,) != path:
                copy[key] = without(inner, path[1:] if path and path[0] == key else ())
        return copy
    if isinstance(value, list):
        return [
            without(inner, path[1:] if path and path[0] == n else ())
            for n, inner in enumerate(value)
            if (n,) != path
        ]
    return value


def fields(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all structured values of a tree: each key and each item of each list."""
    if isinstance(value, Located):
        for key, inner in value.items():
            if key != "evidence":
                yield (*path, key)
                yield from fields(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield (*path, number)
            yield from fields(inner, (*path, number))
