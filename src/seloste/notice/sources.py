"""Where data come from.

Law: GDPR 14(2)(f). Notice: sources.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parts import Declared, Flag, Texts


class Source(Declared):
    """Where data come from. Law: GDPR 14(2)(f)."""

    name: Texts
    kind: Literal[
        "data_subject", "employer", "market", "meter", "camera", "telephony", "website", "register", "other"
    ]
    as_given: Flag = Field(False, description="Data are kept as they were given.")
    only: Flag = Field(False, description="The notice says that there is no other source.")
