"""Notice: the register itself.

A notice has a key and a title, and says since when it is in force: a day in Finland, or `unknown` where
the published text does not say. Its hash is what consents and look-ups remember.
"""

from datetime import date

import pytest

from seloste.notice import UnreadableNotice, read_notice
from spec.telling import notice


def test_a_notice_is_in_force_from_a_day():
    assert notice("").notice.in_force_from == date(2026, 1, 1)


def test_a_notice_may_not_know_since_when():
    assert (
        read_notice(b"notice: {key: old, title: {fi: Vanha}, in_force_from: unknown}").notice.in_force_from
        == "unknown"
    )


def test_a_notice_without_its_head_is_none():
    with pytest.raises(UnreadableNotice, match="'notice' is missing"):
        read_notice(b"controllers: {}")


def test_two_notices_that_say_the_same_have_one_hash():
    assert notice("dpo: {designated: no}").hash == notice("# who?\ndpo:\n  designated: {answer: no}").hash
