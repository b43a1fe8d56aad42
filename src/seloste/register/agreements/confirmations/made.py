"""A letter as text and as a PDF whose parts are tagged, so that a screen reader reads it in order."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from .letter import Letter

HERE = Path(__file__).parent


def as_text(letter: Letter) -> str:
    """This will write a letter as plain text."""
    return _texts().get_template("letter.txt.j2").render(letter=letter)


def as_pdf(letter: Letter) -> bytes:
    """This will set a letter as a PDF; its values go in as data, never as markup.

    typst keeps threads, which a fork does not carry over: a process forked after its parent has set one waits for ever.
    Law: Laki digitaalisten palvelujen tarjoamisesta 306/2019 (PDF/UA-1).
    """
    made = typst.compile(
        str(HERE / "letter.typ"),
        root=str(HERE),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={"letter": json.dumps(asdict(letter))},
    )
    if not isinstance(made, bytes):
        raise TypeError("typst made several documents of one letter")
    return made


@cache
def _texts() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - it is plain text: an escaped name would be misspelled
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
