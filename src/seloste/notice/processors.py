"""Who processes data on the controller's behalf.

Law: GDPR 28. Notice: processors.
"""

from __future__ import annotations

from pydantic import Field

from .parts import Answer, Day, Declared, Flag, Key, OnLapse, Text, Texts


class Processor(Declared):
    """Who processes on the controller's behalf. Law: GDPR 28."""

    name: Text | None = None
    task: Texts | None = None
    systems: tuple[Key, ...] = ()
    country: Text | None = None
    contract_until: Day | None = None
    training_attested: Day | None = None
    on_lapse: OnLapse | None = None


class Processors(Declared):
    """Whether processing is outsourced, and to whom."""

    outsourced: Answer | None = None
    by_contract: Flag | None = None
    kinds: tuple[Text, ...] = Field((), description="Kinds of processors where none is named.")
    to: dict[Key, Processor] = Field(default_factory=dict)
