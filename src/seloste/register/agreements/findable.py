"""By what of their agreements subjects are found: its number, the GSRN or number of its point."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seloste.kernel import folding
from seloste.kernel.folding import Asked
from seloste.register.subjects.findable import number, plain
from seloste.register.subjects.port import Findable

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


WAYS = (
    Findable(
        "agreement",
        "agreements",
        "agreement",
        f"SELECT h.subject_id, a.controller, a.number FROM {HELD}",
        number,
        folding.asked_number,
        rank=0,
    ),
    Findable(
        "gsrn",
        "metering_points",
        "agreement",
        f"SELECT h.subject_id, a.controller, m.gsrn FROM {HELD}"
        " JOIN register.metering_point m ON m.id = a.metering_point_id WHERE m.gsrn IS NOT NULL",
        plain,
        asked_gsrn,
        rank=0,
    ),
    Findable(
        "point",
        "metering_points",
        "agreement",
        f"SELECT h.subject_id, a.controller, m.number FROM {HELD}"
        " JOIN register.metering_point m ON m.id = a.metering_point_id WHERE m.number IS NOT NULL",
        number,
        folding.asked_number,
        rank=0,
    ),
)
"""Ways in which subjects are found by what this folder keeps."""
