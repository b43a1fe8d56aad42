"""What the chapters share: a notice told in a few lines, and what is found wrong with it."""

from __future__ import annotations

from datetime import date

import pytest

from seloste.notice import Notice, UnreadableNotice, read_notice
from seloste.notice.checks import check

HEAD = "notice: {key: register, title: {en: Register}, in_force_from: 2026-01-01}\n"
DAY = date(2026, 6, 1)


def notice(text: str) -> Notice:
    """A notice of which only what matters is told."""
    return read_notice((HEAD + text).encode())


def found(text: str, at: date = DAY) -> list[str]:
    """The names of what is found wrong with it on a day; who must give data is another chapter."""
    told = [finding.check for finding in check(notice(text), at).findings]
    return [name for name in told if name != "PROVISION_NOT_TOLD"]


def refused(text: str, why: str) -> None:
    """It cannot be read as a notice at all."""
    with pytest.raises(UnreadableNotice, match=why):
        notice(text)
