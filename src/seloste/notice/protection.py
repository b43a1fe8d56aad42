"""How data are protected: measures, roles of the staff, their trainings.

Law: GDPR 5(1)(f), 25, 29, 32. Notice: protection, roles, trainings.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parts import Answer, Declared, Key, OnLapse, Texts


class Role(Declared):
    """A role of the staff, and the trainings it takes."""

    name: Texts
    trainings: tuple[Key, ...] = ()


class Training(Declared):
    """A training: how long it is valid and what follows when it lapses."""

    name: Texts | None = None
    valid_months: int | None = Field(None, ge=1, le=120)
    on_lapse: OnLapse | None = Field(None, description="What follows when it lapses.")
    grace_days: int = Field(
        0, ge=0, le=365, description="For how long it still counts, where its lapse raises an alarm first."
    )


class Protection(Declared):
    """How data are protected. Law: GDPR 32."""

    need_to_know: Answer | None = None
    measures: tuple[Literal["technical", "organisational", "encryption", "look_up_log"], ...] = ()
    trained: Answer | None = None
