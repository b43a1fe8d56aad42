"""By what of their agreements subjects are found: its number, the GSRN or number of its point."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seloste.kernel import folding
from seloste.kernel.folding import Asked
from seloste.register.subjects.findable import number, plain
from seloste.register.subjects.port import Findable, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

HELD = """(
  SELECT a.id, a.subject_id FROM register.agreement a WHERE a.subject_id = ANY(%(ids)s)
  UNION SELECT p.agreement_id, p.subject_id FROM register.agreement_party p
  WHERE p.subject_id = ANY(%(ids)s) AND p.superseded_at IS NULL) h JOIN register.agreement a ON a.id = h.id"""
"""Agreements with whoever holds them, alone or together."""


def asked_gsrn(text: str) -> Iterable[Asked]:
    """This will read the 18 digits of an accounting point, or ten or more of its first."""
    told = re.sub(r"\s", "", text)
    if re.fullmatch(r"[0-9]{10,18}", told):
        yield Asked(told, told)


POINTS = (
    "SELECT h.subject_id, a.controller, m.{0} FROM {1} JOIN register.metering_point m ON m.id = a.metering_point_id"
    " WHERE m.{0} IS NOT NULL"
)
TABLES = ("agreement", "agreement_party")

WAYS = (
    Findable(
        "agreement",
        "agreements",
        (Standing(f"SELECT h.subject_id, a.controller, a.number FROM {HELD}", TABLES),),
        number,
        folding.asked_number,
        rank=0,
    ),
    Findable(
        "gsrn",
        "metering_points",
        (Standing(POINTS.format("gsrn", HELD), (*TABLES, "metering_point")),),
        plain,
        asked_gsrn,
        rank=0,
    ),
    Findable(
        "point",
        "metering_points",
        (Standing(POINTS.format("number", HELD), (*TABLES, "metering_point")),),
        number,
        folding.asked_number,
        rank=0,
    ),
)
"""Ways in which subjects are found by what this folder keeps."""
