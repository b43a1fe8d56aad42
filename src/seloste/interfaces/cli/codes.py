"""Exit codes of the command line: programs outside rely on them."""

from __future__ import annotations

ANSWERED = 0
NO = 1
"""The answer is no, the database has drifted, or there are findings of severity error."""
UNREADABLE = 2
"""Unreadable input or wrong usage."""
REFUSED = 3
"""The policy refuses; its verdict is told."""
NO_DATABASE = 4
OUR_FAULT = 70
"""An error that nobody foresaw."""
INTERRUPTED = 130
