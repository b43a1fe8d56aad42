"""A street's line and the market's parts of it: put together again, it is the line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seloste.connectors.datahub.addresses import Parts, parts


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Keksittykatu 7 B 12", Parts("Keksittykatu", "7", "B", "12")),
        ("Keksittykatu 7 B 12a", Parts("Keksittykatu", "7", "B", "12a")),
        ("Keksittykatu 7 as 3", Parts("Keksittykatu", "7", room="as 3")),
        ("Keksitty tie 7-9", Parts("Keksitty tie", "7-9")),
        ("Åkervägen 12a", Parts("Åkervägen", "12a")),
        ("Sulvantie 130 A", Parts("Sulvantie", "130", "A")),
        ("Rautatienkatu", Parts("Rautatienkatu")),
        ("PL 15", Parts(po_box="PL 15")),
        ("Box 7", Parts(po_box="Box 7")),
        # what does not part for certain stays whole
        ("1066 Keksitty Avenue", Parts("1066 Keksitty Avenue")),
        ("Kylä 4 Talo 5 yläkerta", Parts("Kylä 4 Talo 5 yläkerta")),
    ],
)
def test_a_line_in_parts(line, told):
    assert parts(line) == told
    assert told.line == line


@given(st.text(min_size=1, max_size=80))
def test_no_line_is_changed(line):
    assert parts(line).line == " ".join(line.split())


@given(
    st.from_regex(
        r"[A-ZÅÄÖ][a-zåäö]{1,12}(katu|tie|vägen) [1-9][0-9]{0,3}[a-d]?( [A-H])?( [1-9][0-9]{0,2})?",
        fullmatch=True,
    )
)
def test_a_usual_line_is_parted(line):
    told = parts(line)
    assert told.line == line
    assert told.building == line.split()[1]
    assert all(len(part or "") <= 10 for part in (told.building, told.stairwell, told.room))
