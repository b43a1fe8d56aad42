"""By what they owe subjects are found: the number that stands on the invoice."""

from __future__ import annotations

from seloste.kernel import folding
from seloste.register.subjects.findable import number
from seloste.register.subjects.port import Findable

WAYS = (
    Findable(
        "invoice",
        "receivables",
        "SELECT DISTINCT subject_id, controller, number FROM register.receivable"
        " WHERE subject_id = ANY(%(ids)s) AND superseded_at IS NULL",
        number,
        folding.asked_number,
        rank=0,
    ),
)
"""Ways in which subjects are found by what this folder keeps."""
