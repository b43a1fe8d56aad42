"""Cells of what a spreadsheet opens."""

from __future__ import annotations

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet would work out instead of showing."""


def harmless(value: Any) -> str:
    """This will write a cell so that a spreadsheet shows it and does not work it out."""
    told = "" if value is None else str(value)
    return f"'{told}" if told.startswith(FORMULA) else told
