"""Profiling and automated decisions as a whole.

Law: GDPR 13(2)(f), 22, 35. Notice: profiling.
"""

from __future__ import annotations

from pydantic import Field

from .parts import Answer, Declared, Flag, Text


class Profiling(Declared):
    """What the notice says of profiling and automated decisions as a whole. Law: GDPR 22, 35."""

    automated_processing: Answer | None = None
    automated_decisions: Answer | None = None
    profiling: Answer | None = None
    aims: tuple[Text, ...] = ()
    risk_denied: Flag = False
    assessment: Text | None = Field(None, description="Reference of the impact assessment.")
