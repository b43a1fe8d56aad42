"""The reference evaluator, rule by rule, on cases that fit in a head."""

from __future__ import annotations

import pytest

from seloste.notice import read_notice
from seloste.policy.reference import Judge
from seloste.policy.reference import world as w
from unit.policy.cases import CONTRACT, DUTY, FIRM, INTEREST, ME, NOTICE, OTHER, days, fact, judge, told

# questions


def test_each_side_asks_for_itself_unless_a_purpose_crosses_the_walls():
    def asked(more):
        text = NOTICE.format(basis=DUTY, more=more, begins="unknown", ends="2090-01-01")
        of_all = text.replace("controllers: [a, b]", "controllers: [b, far, a]", 1)
        return [q for q in Judge(read_notice(of_all.encode())).questions if q.purpose == "p"]

    assert [(q.login, q.controllers) for q in asked("")] == [("p@a", {"a", "b"}), ("p@far", {"far"})]
    assert [q.login for q in asked("shared: no")] == ["p@a", "p@b", "p@far"]
    (across,) = asked("across_walls: yes")
    assert (across.scope, across.controllers, across.sides) == ("all", {"a", "b", "far"}, {"a", "far"})


def test_channels_are_told_apart_in_marketing_and_where_a_basis_names_them():
    def channels(basis, more):
        return [(q.channel, q.basis) for q in judge(basis, more).questions if q.purpose == "p"]

    assert channels(DUTY, "channels: [letter, phone]") == [(None, 0)]
    assert channels(DUTY, "channels: [letter, phone]\n    marketing: yes") == [("letter", 0), ("phone", 0)]
    named = f"{CONTRACT}, {{kind: consent, consents: [plain], channels: [phone, sms]}}"
    assert channels(named, "channels: [letter, phone]") == [("letter", 0), ("phone", 0), ("phone", 1)]
    assert channels(DUTY, "marketing: yes") == [(None, 0)]


# the rules, in their order


def test_not_in_force_is_told_first():
    assert told(judge(begins="2026-06-01"), of=99) == "not_in_force"
    assert told(judge(begins="unknown")) == "open"


@pytest.mark.parametrize("where", ["notice", "purpose", "basis"])
def test_days_begin_at_finnish_midnight(where):
    dates = "valid_from: 2026-03-10, valid_until: 2026-07-01"
    how = {
        "notice": lambda: judge(begins="2026-03-10", ends="2026-07-01"),
        "purpose": lambda: judge(more=dates.replace(", ", "\n    ")),
        "basis": lambda: judge(DUTY.replace("}", f", {dates}}}")),
    }[where]()
    assert told(how, at="2026-03-09T21:59:59") == "not_in_force"
    assert told(how, at="2026-03-09T22:00:00") == "open"
    assert told(how, at="2026-06-30T20:59:59") == "open"
    assert told(how, at="2026-06-30T21:00:00") == "not_in_force"


def test_nobody_is_known_beyond_the_wall():
    beyond = w.Subject(9, "far", "person")
    assert told(judge(), of=99) == "unknown"
    assert told(judge(), beyond, of=9) == "unknown"
    assert told(judge(more="across_walls: yes"), beyond, of=9) == "open"


def test_groups_of_the_purpose_and_of_the_basis():
    assert told(judge(), of=FIRM) == "open"
    persons = judge(DUTY.replace("}", ", subject_groups: [person]}"))
    assert (told(persons, of=ME), told(persons, of=FIRM)) == ("open", "not_in_group")
    assert told(judge(), purpose="study", of=FIRM) == "not_in_group"


def test_erasing_the_relation_leaves_legal_obligation():
    gone = fact(w.Erasure, retention_class="relation", erased_at="2026-03-01")
    assert told(judge(INTEREST), gone) == "erased"
    assert told(judge(INTEREST), gone, at="2026-02-28") == "open"
    assert told(judge(DUTY), gone) == "open"
    assert told(judge(INTEREST, "despite_erasure: yes"), gone) == "open"
    assert (
        told(judge(INTEREST), fact(w.Erasure, retention_class="contacts", erased_at="2020-01-01")) == "open"
    )


def test_restriction_by_its_scope():
    def by(*, more="", **scope):
        return told(judge(more=more), fact(w.Restriction, valid_until="2026-06-01", **scope))

    assert by() == "restricted"
    assert by(purposes=("p",)) == "restricted"
    assert by(purposes=("study",)) == "open"
    assert by(categories=("phone",)) == "open"
    assert by(more="despite_restriction: yes") == "open"
    assert days(judge(), fact(w.Restriction, valid_from="2026-02-01", valid_until="2026-06-01")) == [
        ("2026-02-01", "restricted"), ("2026-06-01", "open"), ("2089-12-31", "not_in_force"),
    ]  # fmt: skip


def test_minors_and_estates_in_marketing():
    child, dead = fact(w.Status, status="minor"), fact(w.Status, status="estate")
    market = "marketing: yes"
    assert (told(judge(), child), told(judge(), dead)) == ("open", "open")
    assert (told(judge(more=market), child), told(judge(more=market), dead)) == ("minor", "estate")
    assert told(judge(more="minors: refused"), child) == "minor"
    assert told(judge(more=f"{market}\n    minors: allowed"), child) == "open"
    assert told(judge(more=market), fact(w.Status, status="minor", valid_until="2026-03-01")) == "open"


@pytest.mark.parametrize(
    ("decision", "reason"), [(None, "minor"), ("confirmed", "minor"), ("rejected", "open")]
)
def test_a_claim_counts_until_it_is_rejected(decision, reason):
    claim = fact(w.Status, status="minor", decision=decision, decided_at="2026-09-01" if decision else None)
    assert told(judge(more="marketing: yes"), claim) == reason


def test_an_objection_to_marketing_is_absolute():
    rejected = fact(
        w.Objection, purpose="p", received_at="2026-01-01", decided_at="2026-02-01", outcome="rejected"
    )
    for basis in (DUTY, INTEREST):
        assert told(judge(basis, "marketing: yes"), rejected) == "objection"
    assert told(judge(DUTY, "marketing: yes"), rejected, at="2025-12-31") == "open"
    other = fact(w.Objection, purpose="study", received_at="2026-01-01")
    assert told(judge(more="marketing: yes"), other) == "open"
    assert told(judge(more="marketing: yes\n    objections: [study]"), other) == "objection"


@pytest.mark.parametrize(
    ("outcome", "more", "expected"),
    [
        (None, "", [("2026-01-01", "objection")]),
        ("upheld", "", [("2026-01-01", "objection")]),
        ("rejected", "", [("2026-01-01", "objection"), ("2026-02-01", "open")]),
        (None, "continues_while_pending: {ground: x}", []),
        ("upheld", "continues_while_pending: {ground: x}", [("2026-02-01", "objection")]),
        ("rejected", "continues_while_pending: {ground: x}", []),
    ],
)
def test_an_objection_to_an_interest_is_decided(outcome, more, expected):
    made = fact(
        w.Objection,
        purpose="p",
        received_at="2026-01-01",
        outcome=outcome,
        decided_at="2026-02-01" if outcome else None,
    )
    assert days(judge(INTEREST, more), made)[:-1] == expected
    assert days(judge("{kind: public_interest, while: always}", more), made)[:-1] == expected
    assert told(judge(DUTY), made) == "open"


def test_one_objection_rejected_does_not_open_what_another_closes():
    rejected = fact(
        w.Objection, purpose="p", received_at="2026-01-01", decided_at="2026-01-02", outcome="rejected"
    )
    upheld = fact(
        w.Objection, purpose="p", received_at="2026-01-01", decided_at="2026-01-02", outcome="upheld"
    )
    pending = fact(w.Objection, purpose="p", received_at="2026-02-01")
    assert told(judge(INTEREST), rejected) == "open"
    assert told(judge(INTEREST), rejected, upheld) == "objection"
    assert told(judge(INTEREST), rejected, pending) == "objection"


def test_a_ban_closes_its_channel():
    def by(channel, ban, more="marketing: yes\n    channels: [letter, email]"):
        return told(judge(more=more), fact(w.Ban, channel=ban), channel=channel)

    assert by("letter", "letter") == "ban"
    assert by("email", "letter") == "open"
    assert by("email", "all") == "ban"
    assert by(None, "all", more="marketing: yes") == "open"
    assert by(None, "letter", more="channels: [letter]") == "open"


def test_turvakielto_closes_letters():
    hidden = fact(w.Turvakielto)
    market = "marketing: yes\n    channels: [letter, email]"
    assert told(judge(more=market), hidden, channel="letter") == "protected_address"
    assert told(judge(more=market), hidden, channel="email") == "open"
    assert (
        told(judge(more=f"{market}\n    sees_protected_addresses: yes"), hidden, channel="letter") == "open"
    )


# what carries


def test_an_agreement_carries_from_its_request_until_its_tail():
    held = fact(w.Period, requested_at="2025-12-01", valid_from="2026-01-15", valid_until="2026-03-31")
    assert days(judge(CONTRACT), held)[:-1] == [("2025-12-01", "open"), ("2026-09-30", "no_agreement")]
    assert told(judge("{kind: contract}"), held, at="2026-03-31") == "no_agreement"
    assert told(judge(CONTRACT), fact(w.Period, valid_from="2026-01-15"), at="2026-12-01") == "open"


def test_a_tail_is_counted_by_the_calendar():
    held = fact(w.Period, valid_from="2020-01-01", valid_until="2023-08-31")
    assert days(judge("{kind: contract, tail: P6M}"), held)[:-1] == [("2024-02-29", "no_agreement")]


def test_an_agreement_cancelled_before_it_began_leaves_no_tail():
    def cancelled(at):
        return fact(w.Period, requested_at="2026-01-01", valid_from="2026-02-01", valid_until=at)

    assert days(judge(CONTRACT), cancelled("2026-01-20"))[:-1] == [
        ("2026-01-01", "open"),
        ("2026-01-20", "no_agreement"),
    ]
    assert days(judge(CONTRACT), cancelled("2026-02-01"))[:-1] == [
        ("2026-01-01", "open"),
        ("2026-02-01", "no_agreement"),
    ]
    assert days(judge(CONTRACT), cancelled("2026-01-01"))[:-1] == []


def test_agreements_of_other_controllers_and_kinds_carry_nothing():
    assert told(judge(CONTRACT), fact(w.Period, controller="far")) == "no_agreement"
    heat = judge("{kind: contract, agreement_kinds: [heat]}")
    assert (told(heat, fact(w.Period)), told(heat, fact(w.Period, kind="heat"))) == ("no_agreement", "open")


def test_a_co_holder_is_carried_while_both_periods_last():
    held = fact(w.Period, OTHER, valid_from="2026-01-01", valid_until="2026-06-15")
    joined = fact(w.Party, valid_from="2026-02-01", valid_until="2026-04-30")
    assert days(judge(CONTRACT), held, joined)[:-1] == [
        ("2026-02-01", "open"),
        ("2026-10-30", "no_agreement"),
    ]
    late = fact(w.Party, valid_from="2026-02-01", valid_until="2027-01-01")
    assert days(judge(CONTRACT), held, late)[:-1] == [("2026-02-01", "open"), ("2026-12-15", "no_agreement")]
    assert told(judge(CONTRACT), held, fact(w.Party, agreement_id=8)) == "no_agreement"
    cancelled = fact(w.Period, OTHER, valid_from="2026-01-01", valid_until="2026-01-01")
    assert told(judge(CONTRACT), cancelled, joined) == "no_agreement"


def test_whoever_represents_the_holder_is_carried_while_representing():
    held = fact(w.Period, FIRM, valid_from="2026-01-01", valid_until="2026-03-15")
    stands = fact(w.Representation, organisation_id=FIRM, valid_from="2025-06-01", valid_until="2026-05-01")
    assert days(judge(CONTRACT), held, stands)[:-1] == [
        ("2026-01-01", "open"),
        ("2026-05-01", "no_agreement"),
    ]
    shared = fact(w.Party, FIRM)
    assert told(judge(CONTRACT), fact(w.Period, OTHER), shared, stands) == "no_agreement"


def test_a_consent_is_to_a_purpose_in_a_wording():
    given = {"purpose": "study", "wording": "plain", "given_at": "2026-01-01"}
    ask = lambda **values: told(judge(), fact(w.Consent, **{**given, **values}), purpose="study")  # noqa: E731
    assert ask() == "open"
    assert ask(given_at="2026-03-01") == "open"
    assert ask(given_at="2026-03-02") == "no_consent"
    assert ask(withdrawn_at="2026-03-01") == "no_consent"
    assert ask(valid_until="2026-03-01") == "no_consent"
    assert ask(purpose="p") == "no_consent"
    assert ask(wording="offers") == "no_consent"
    assert ask(channel="letter") == "no_consent"


def test_a_consent_lasts_no_longer_than_its_wording():
    given = fact(w.Consent, purpose="study", wording="ended", given_at="2026-01-01")
    changes = days(judge(), given, purpose="study")
    assert changes[:2] == [("2026-01-01", "open"), ("2026-05-31", "no_consent")]


@pytest.mark.parametrize(
    ("channel", "opened"), [(None, {"letter", "email"}), ("letter", {"letter"}), ("sms", set())]
)
def test_a_consent_opens_the_channels_that_it_and_its_wording_name(channel, opened):
    given = fact(w.Consent, purpose="marketing", wording="offers", given_at="2026-01-01", channel=channel)
    found = {
        c
        for c in ("letter", "email", "sms")
        if told(judge(), given, purpose="marketing", channel=c) == "open"
    }
    assert found == opened


def test_a_receivable_is_kept_until_its_tail_from_the_due_date():
    books = judge("{kind: legal_obligation, while: receivable, tail: P6Y}")
    owed = {"valid_from": "2020-02-01", "due_at": "2020-02-29"}
    assert days(books, fact(w.Receivable, state="paid", **owed))[:-1] == [
        ("2020-02-01", "open"),
        ("2026-02-28", "not_while"),
    ]
    ended = fact(w.Receivable, state="open", valid_until="2021-01-01", **owed)
    assert days(books, ended)[:-1] == [("2020-02-01", "open"), ("2021-01-01", "not_while")]
    assert told(books, fact(w.Receivable, state="written_off", **owed), at="2021-01-01") == "not_while"
    assert (
        told(books, fact(w.Receivable, state="open", controller="far", **owed), at="2021-01-01")
        == "not_while"
    )
    forever = judge("{kind: legal_obligation, while: receivable}")
    assert told(forever, fact(w.Receivable, state="paid", **owed), at="2080-01-01") == "open"


@pytest.mark.parametrize("state", ["open", "in_collection", "paid", "disputed", "written_off"])
def test_overdue_is_due_and_unpaid(state):
    late = fact(w.Receivable, state=state, due_at="2026-03-01")
    carries = judge("{kind: legal_obligation, while: overdue}")
    assert told(carries, late, at="2026-02-28") == "not_while"
    assert told(carries, late) == ("open" if state in {"open", "in_collection"} else "not_while")


def test_a_basis_lasts_as_it_says_or_not_at_all():
    assert told(judge("{kind: vital_interest, while: always}")) == "open"
    assert told(judge("{kind: vital_interest}")) == "not_while"
    duty = judge("{kind: legal_obligation, while: agreement, tail: P6M}")
    held = fact(w.Period, valid_from="2026-01-01", valid_until="2026-03-01")
    assert days(duty, held)[:-1] == [("2026-01-01", "open"), ("2026-09-01", "not_while")]


def test_an_interest_lapses_when_it_was_not_weighed_again():
    def lapses(interest):
        return days(judge(INTEREST.replace("undated", interest)))[:-1]

    assert lapses("fresh") == [("2026-05-31", "interest_lapsed")]
    assert lapses("graced") == [("2026-06-10", "interest_lapsed")]
    assert lapses("undated") == []
    unheld = judge("{kind: legitimate_interest, interest: fresh, while: agreement}")
    assert told(unheld, at="2026-07-01") == "not_while"


# merges


def test_what_closes_one_record_closes_all_and_what_opens_one_opens_it_alone():
    joined = fact(w.Merge, into_id=OTHER)
    market = judge(more="marketing: yes")
    for closing, reason in (
        (fact(w.Restriction, OTHER), "restricted"),
        (fact(w.Status, OTHER, status="minor"), "minor"),
        (fact(w.Status, OTHER, status="estate"), "estate"),
        (fact(w.Objection, OTHER, purpose="p", received_at="2026-01-01"), "objection"),
    ):
        assert told(market, closing) == "open"
        assert told(market, closing, joined) == reason
    for facts in ((fact(w.Period, OTHER), joined), (fact(w.Period, OTHER), fact(w.Merge, OTHER, into_id=ME))):
        assert told(judge(CONTRACT), *facts) == "no_agreement"
        assert told(judge(CONTRACT), *facts, of=OTHER) == "open"
    gone = fact(w.Erasure, OTHER, retention_class="relation", erased_at="2026-01-01")
    assert told(judge(INTEREST), gone, joined) == "open"


def test_records_are_judged_together_while_they_are_merged():
    closing = fact(w.Restriction, OTHER)
    joined = fact(w.Merge, into_id=OTHER, valid_from="2026-02-01", valid_until="2026-06-01")
    assert days(judge(), closing, joined) == [
        ("2026-02-01", "restricted"), ("2026-06-01", "open"), ("2089-12-31", "not_in_force"),
    ]  # fmt: skip
    taken_back = fact(w.Merge, into_id=OTHER, superseded="2026-03-01")
    assert told(judge(), closing, taken_back) == "open"
    assert told(judge(), closing, taken_back, known="2026-02-28") == "restricted"


def test_two_that_are_merged_into_one_are_judged_together():
    third = fact(w.Merge, 9, into_id=OTHER)
    closing = fact(w.Restriction, 9)
    assert told(judge(), closing, third) == "open"
    assert told(judge(), closing, third, fact(w.Merge, into_id=OTHER)) == "restricted"
