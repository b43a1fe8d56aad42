"""Whether giving data is required, and what follows if not.

Law: GDPR 13(2)(e). Notice: provision.
"""

from __future__ import annotations

from typing import Literal

from .parts import Declared, Key, Texts


class Provision(Declared):
    """Whether giving data is required, and what follows if not. Law: GDPR 13(2)(e)."""

    required: Literal["by_law", "by_contract", "to_enter_contract", "voluntary"]
    categories: tuple[Key, ...] = ()
    consequence: Texts | None = None
