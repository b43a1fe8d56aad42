"""What is opened in emergencies says its grounds, and is nobody's business; what awaits something is shut."""

from __future__ import annotations

import pytest

from conftest import EXAMPLES
from seloste.notice import UnreadableNotice, read_notice
from seloste.policy.grants import MissingSentence
from seloste.policy.keys import keys, logins
from seloste.policy.supported import everything, shut, supported

NEW = (EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml").read_text()
STAFF = (EXAMPLES / "tampereen-sahkolaitos" / "staff-2026.yaml").read_text()
GLASS = "break_glass: {grounds: {danger_to_life: {fi: Hengenvaara}}}"


def purpose(more: str, glass: str = GLASS) -> bytes:
    """A notice with one purpose."""
    return (
        "notice: {key: small, title: {fi: Pieni}}\n"
        "interests: {some: {name: {fi: etu}}}\n"
        f"purposes:\n  p:\n    name: {{fi: P}}\n    {glass}\n    {more}\n"
    ).encode()


@pytest.mark.parametrize(
    "more",
    [
        "marketing: yes",
        "profiling: yes",
        "bases: [{kind: consent}]",
        "bases: [{kind: vital_interest, while: always}, {kind: legitimate_interest, interest: some, while: overdue}]",
        "bases: [{kind: legal_obligation, while: receivable}]",
    ],
)
def test_business_has_no_emergency(more: str) -> None:
    with pytest.raises(UnreadableNotice, match="break_glass is for emergencies") as refused:
        read_notice(purpose(more))
    assert refused.value.line == 4
    assert read_notice(purpose(more, "minors: allowed"))


@pytest.mark.parametrize("kind", ["debt_collection", "loyalty_programme", "service_partner"])
def test_a_purpose_that_serves_partners_bonus_or_collection_has_none(kind: str) -> None:
    to = f"recipients: {{to: {{them: {{kind: {kind}, purposes: [p]}}}}}}".encode()
    with pytest.raises(UnreadableNotice, match="serves the recipient 'them'") as refused:
        read_notice(purpose("works_on: one") + to)
    assert refused.value.line == 6
    assert read_notice(purpose("works_on: one") + to.replace(kind.encode(), b"authority"))


@pytest.mark.parametrize("grounds", ["{}", "[danger to life]", "{Danger to life: {fi: H}}", "danger"])
def test_grounds_are_keys_with_their_words(grounds: str) -> None:
    with pytest.raises(UnreadableNotice):
        read_notice(purpose("works_on: one", f"break_glass: {{grounds: {grounds}}}"))


def test_an_emergency_without_a_place_for_its_openings_is_not_compiled() -> None:
    from seloste.policy.compile import compile_policy
    from seloste.project.declared import declared_tables

    text = NEW.replace("      alarm: [id, opening_id, at, sent]\n", "")
    assert text != NEW
    with pytest.raises(MissingSentence, match="break_glass and alarm"):
        compile_policy(read_notice(text.encode()), declared_tables(), "x")


def dated(**days: str) -> str:
    """The staff's notice with days for what was done."""
    text = STAFF
    for key, day in days.items():
        text = text.replace(f"      {key}:\n", f"      {key}:\n        since: {day}\n")
    return text


@pytest.mark.parametrize(
    ("days", "awaits"),
    [
        ({}, ("dialogue_held", "staff_informed")),
        ({"staff_informed": "2026-03-02"}, ("dialogue_held",)),
        ({"staff_informed": "2026-03-02", "dialogue_held": "2026-02-02"}, ()),
    ],
)
def test_a_purpose_that_awaits_something_is_shut(days: dict[str, str], awaits: tuple[str, ...]) -> None:
    notice = read_notice(dated(**days).encode())
    assert notice.purposes["per_person_reports"].awaits == awaits
    for opened in (everything(notice), supported(notice)):
        there = any(each.purpose == "per_person_reports" for each in logins(notice, opened))
        assert there is not bool(awaits)
    assert [each.reason for each in shut(notice) if each.purpose == "per_person_reports"] == (
        ["awaits"] if awaits else []
    )


def test_a_purpose_opens_on_the_last_day_that_it_awaited() -> None:
    notice = read_notice(dated(staff_informed="2026-03-02", dialogue_held="2026-02-02").encode())
    opens = {
        key.opens_at for key in keys(notice, everything(notice)) if key.login.purpose == "per_person_reports"
    }
    assert [f"{moment:%Y-%m-%dT%H}" for moment in opens] == ["2026-03-01T22"]
