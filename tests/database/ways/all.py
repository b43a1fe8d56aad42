"""All ways together, and the page that tells them."""

from __future__ import annotations

from . import around, reading

ALL = [*reading.WAYS.all, *around.WAYS.all]

HEAD = """# Ways of reading

Each way to read the register through Django and Python, and what comes of it. What is recorded stands in the look-up log,
committed, before anything is in the caller's hands; what is refused is refused before a row is taken. The page is made of the
ways that `tests/database/ways` tries, one by one, in a register with a few people in it; the test fails when they differ.

Whose rows are let out is known because the row carries the key of every subject that it is about; the gate
(`src/seloste/register/protection/backend`) adds the key where it was not asked for and refuses where it cannot.
"""


def page() -> str:
    """This will tell the ways as a page of the documentation."""
    recorded = sum(not way.refused for _, way in ALL)
    lines = [HEAD, f"{len(ALL)} ways: {recorded} recorded, {len(ALL) - recorded} refused."]
    heading = ""
    for under, way in ALL:
        if under != heading:
            heading = under
            lines += ["", f"## {heading}", "| way | | as what, or by which rule |", "|---|---|---|"]
        told = "; ".join(map(str, way.recorded))
        if way.refused:
            told = f"{told}; then: {way.refused}" if told else str(way.refused)
        lines.append(
            f"| {way.title} | {'refused' if way.refused else 'recorded'} | {told or 'nothing is let out'} |"
        )
    return "\n".join(lines) + "\n"
