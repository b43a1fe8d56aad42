"""What was known, which rows are open, and until when an answer holds, by the reference evaluator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seloste.policy.reference import world as w
from seloste.policy.verdict import Reason
from unit.policy.cases import CONTRACT, ME, OTHER, day, fact, judge, told, world

if TYPE_CHECKING:
    from seloste.policy.reference import Judge

# two times


def test_what_was_known_then_decides():
    taken_back = fact(w.Ban, recorded="2026-02-01", superseded="2026-04-01", channel="all")
    market = judge(more="marketing: yes\n    channels: [email]")
    then = lambda known: told(market, taken_back, channel="email", known=known)  # noqa: E731
    assert [then("2026-01-31"), then("2026-02-01"), then("2026-03-31"), then("2026-04-01")] == [
        "open",
        "ban",
        "ban",
        "open",
    ]
    assert told(market, taken_back, channel="email") == "open"
    shared = (fact(w.Period, OTHER), fact(w.Party, recorded="2026-02-01"))
    assert told(judge(CONTRACT), *shared, known="2026-01-01") == "no_agreement"
    assert told(judge(CONTRACT), *shared, known="2026-02-01") == "open"


# rows


PHONE = w.Row("contact_point", 1, ME, "phone")
ADDRESS = w.Row("address", 1, ME, "address")


def seen(judge: Judge, row: w.Row, *facts: object, login: str = "p@a", at: str = "2026-03-01") -> bool:
    return judge.row_open(world(*facts), login, row, day(at))


def test_a_row_is_open_with_its_subject_and_within_the_purpose():
    assert seen(judge(), PHONE)
    assert not seen(judge(), PHONE, login="study@a")
    assert not seen(judge(CONTRACT), PHONE)
    assert seen(judge(CONTRACT), PHONE, fact(w.Period))
    assert judge().subject_open(world(), "p@a", ME, day("2026-03-01"))
    assert not judge().subject_open(world(), "p@a", 99, day("2026-03-01"))


def test_a_row_of_another_controller_is_closed():
    for controller, opened in (("a", True), ("b", True), ("far", False)):
        assert seen(judge(), w.Row("agreement", 7, ME, "agreements", controller, 7)) is opened


def test_a_row_is_reached_over_the_channels_of_its_category():
    assert seen(judge(more="channels: [sms]"), PHONE)
    assert not seen(judge(more="channels: [letter]"), PHONE)
    market = judge(more="channels: [letter, phone]\n    marketing: yes")
    banned = fact(w.Ban, channel="phone")
    assert (seen(market, PHONE), seen(market, PHONE, banned)) == (True, False)
    assert seen(market, ADDRESS, banned)
    assert seen(market, w.Row("subject", ME, ME, "name"), banned)


def test_a_row_is_closed_by_its_category():
    restricted = fact(w.Restriction, categories=("phone",))
    assert (seen(judge(), PHONE, restricted), seen(judge(), ADDRESS, restricted)) == (False, True)
    assert seen(judge(more="despite_restriction: yes"), PHONE, restricted)
    gone = fact(w.Erasure, retention_class="contacts", erased_at="2026-03-01")
    assert (seen(judge(), PHONE, gone), seen(judge(), ADDRESS, gone)) == (False, True)
    assert seen(judge(), PHONE, gone, at="2026-02-28")


def test_a_protected_address_is_hidden_whatever_the_channel():
    hidden = fact(w.Turvakielto)
    assert (seen(judge(), ADDRESS, hidden), seen(judge(), PHONE, hidden)) == (False, True)
    assert seen(judge(more="sees_protected_addresses: yes"), ADDRESS, hidden)


def test_an_agreement_is_seen_with_any_of_its_holders():
    row = w.Row("agreement", 7, ME, "agreements", "a", 7)
    closed = fact(w.Restriction)
    party = fact(w.Party, OTHER)
    assert not seen(judge(), row, closed)
    assert seen(judge(), row, closed, party)
    assert not seen(judge(), row, closed, party, fact(w.Restriction, OTHER))
    assert not seen(judge(), row, closed, fact(w.Party, OTHER, superseded="2026-01-01"))
    assert not seen(judge(), w.Row("agreement_party", 1, ME, "agreements", "a"), closed, party)


# verdicts


def test_a_verdict_says_until_when_it_holds():
    held = fact(w.Period, valid_from="2026-01-01", valid_until="2026-03-31")
    rule = judge(CONTRACT)
    question = rule.questions[0]
    verdict = rule.judge(world(held), question, ME, day("2026-03-01"))
    assert (verdict.allowed, verdict.reason, verdict.article) == (True, Reason.OPEN, "GDPR 6(1)(b)")
    assert (verdict.until, verdict.notice, verdict.basis) == (day("2026-09-30"), rule.notice.hash, 0)
    after = rule.judge(world(held), question, ME, day("2026-10-01"))
    assert (after.reason, after.until) == (Reason.NO_AGREEMENT, day("2089-12-31T22:00"))
