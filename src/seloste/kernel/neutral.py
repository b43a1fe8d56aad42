"""Cells of an export that a spreadsheet must show and not work out."""

from __future__ import annotations

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet would work out instead of showing."""


def harmless(value: Any) -> str:
    """This will write a cell so that a spreadsheet shows it and does not work it out.

    Law: GDPR 32(1).
    """
    told = "" if value is None else str(value)
    return f"'{told}" if told.startswith(FORMULA) else told
