"""By what they owe subjects are found: the number that stands on the invoice, and the reference it is paid with."""

from __future__ import annotations

from seloste.kernel import folding
from seloste.register.subjects.findable import number
from seloste.register.subjects.port import Findable

WAYS = (
    Findable(
        "invoice",
        "receivables",
        "SELECT DISTINCT r.subject_id, r.controller, n.number FROM register.receivable r,"
        " unnest(ARRAY[r.number, r.reference]) n(number)"
        " WHERE r.subject_id = ANY(%(ids)s) AND r.superseded_at IS NULL AND n.number IS NOT NULL",
        number,
        folding.asked_number,
        rank=0,
    ),
)
"""Ways in which subjects are found by what this folder keeps."""
