"""A street's line as the register keeps it, and the parts in which the market has it.

The line is not taken apart for good: put together again, the parts are the line. What does not part
for certain stays whole, as the name of a street.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 10
"""Characters of a number, a stairwell or a room in a message."""

_PARTS = re.compile(
    rf"(?P<street>\D.*?) (?P<building>\d[\w/–-]{{0,{LONGEST - 1}}})"
    rf"(?: (?P<stairwell>[A-ZÅÄÖ]{{1,2}}))?(?: (?P<room>(?:as |bst )?\d{{1,5}}[a-zåäö]?))?"
)
_BOX = re.compile(r"(?P<po_box>(?:PL|PB|Box|P\.O\. Box) \d{1,6})")


@dataclass(frozen=True)
class Parts:
    """A street's line in parts."""

    street: str | None = None
    building: str | None = None
    stairwell: str | None = None
    room: str | None = None
    po_box: str | None = None

    @property
    def line(self) -> str:
        """The parts as one line."""
        told = (self.street, self.building, self.stairwell, self.room, self.po_box)
        return " ".join(part for part in told if part)


def parts(line: str) -> Parts:
    """This will part a street's line: `Keksittykatu 7 B 12` is street, number, stairwell and room."""
    told = " ".join(line.split())
    if box := _BOX.fullmatch(told):
        return Parts(**box.groupdict())
    if found := _PARTS.fullmatch(told):
        made = Parts(**found.groupdict())
        if made.line == told and len(made.room or "") <= LONGEST:
            return made
    return Parts(street=told)
