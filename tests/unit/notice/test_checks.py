"""Each check fires on the fault of 2018 and on another's, and is silent on a notice done right."""

from __future__ import annotations

import dataclasses
import re
from datetime import date

import pytest

from conftest import EXAMPLES, NOTICES
from seloste.notice import read_notice
from seloste.notice.checks import check, checks, engine
from seloste.notice.dated_facts import MECHANISMS, DatedFact

FIXTURES = NOTICES / "checks"
OLD = EXAMPLES / "tampereen-sahkolaitos" / "2018.yaml"
NEW = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
DAY = date(2026, 1, 1)

TWELVE = {
    "ANSWER_LEFT_OPEN",
    "CONSENT_WITHOUT_PROOF",
    "DISCLOSURE_WITHOUT_GROUND",
    "GROUP_AS_ONE_CONTROLLER",
    "LEGAL_OBLIGATION_NOT_LISTED",
    "OBJECTION_CONDITIONAL",
    "PROVISION_NOT_TOLD",
    "PURPOSE_WITHOUT_BASIS",
    "RETENTION_NOT_TOLD",
    "SOURCES_CONTRADICTED",
    "TRANSFER_WITHOUT_SAFEGUARDS",
    "WITHDRAWAL_LIMITED",
}


def judged(name, fixture):
    """What one check finds in one of its notices, and whether it had something to judge."""
    report = check(read_notice(FIXTURES / name / f"{fixture}.yaml"), DAY)
    found = [finding for finding in report.findings if finding.check == name]
    return found, name not in dict(report.not_judged)


def fixtures_of(name):
    """Every way in which a check's own notices are not judged as they should be."""
    for fixture in ("seed", "other"):
        found, _ = judged(name, fixture)
        if not found:
            yield f"{fixture}.yaml commits the fault, and nothing is found"
    found, was_judged = judged(name, "right")
    if found:
        yield f"right.yaml does it right, and this is found: {found[0].message('en')}"
    if not was_judged:
        yield "right.yaml gives nothing to judge"


@pytest.mark.parametrize("name", checks())
def test_a_check_fires_on_two_and_is_silent_on_the_third(name):
    assert list(fixtures_of(name)) == []


@pytest.mark.parametrize("name", checks())
def test_a_check_that_judges_nothing_is_noticed(name, monkeypatch):
    emptied = dataclasses.replace(checks()[name], judge=lambda notice, at: iter(()))
    monkeypatch.setattr(engine, "checks", lambda: {name: emptied})
    assert len(list(fixtures_of(name))) == 2


@pytest.mark.parametrize("name", checks())
def test_a_fault_stands_at_its_line_with_its_article(name):
    for fixture in ("seed", "other"):
        for finding in judged(name, fixture)[0]:
            assert finding.line > 0
            assert finding.severity == checks()[name].severity or name == "GROUP_AS_ONE_CONTROLLER"
            assert finding.article or name in {"ANSWER_LEFT_OPEN", "IDENTIFIER_FAILS"}


@pytest.mark.parametrize("name", checks())
def test_every_message_is_said_in_three_languages(name):
    one = checks()[name]
    for words in (one.title, *one.messages.values()):
        assert set(words) == {"fi", "sv", "en"}
        assert len(set(words.values())) == 3
        assert all(words.values())
        assert len({frozenset(re.findall(r"\{\w+\}", text)) for text in words.values()}) == 1
    for fixture in ("seed", "other"):
        for finding in judged(name, fixture)[0]:
            assert not [text for text in finding.words.values() if "{" in text]


def test_no_check_knows_the_words_of_2018():
    told = " ".join(path.read_text() for path in (OLD.parents[2] / "src/seloste/notice/checks").glob("*.py"))
    for word in ("Lindorff", "Tampere", "Ratina", "Enemix", "Privacy Shield", "sahko"):
        assert word.lower() not in told.lower()


def test_the_folders_of_fixtures_are_those_of_the_checks():
    assert {path.name for path in FIXTURES.iterdir()} == set(checks())


def test_the_other_notices_are_of_another_utility():
    for path in FIXTURES.glob("*/other.yaml"):
        assert not re.search("tampere|sähkö|sahko", path.read_text(), re.IGNORECASE), path


def test_the_twelve_fire_on_2018_and_the_identifiers_are_right():
    found = {finding.check for finding in check(read_notice(OLD), DAY).findings}
    assert found == TWELVE == set(checks()) - {"IDENTIFIER_FAILS"}


def test_2018_is_judged_whole():
    assert check(read_notice(OLD), DAY).not_judged == ()


def test_the_transfer_of_2018_has_three_faults():
    found = [f for f in check(read_notice(OLD), DAY).findings if f.check == "TRANSFER_WITHOUT_SAFEGUARDS"]
    assert [f.article for f in found].count("13(1)(f)") == 2
    assert len(found) == len({f.words["en"] for f in found}) == 3


def test_a_network_company_makes_the_group_an_error():
    (seed,), _ = judged("GROUP_AS_ONE_CONTROLLER", "seed")
    (other,), _ = judged("GROUP_AS_ONE_CONTROLLER", "other")
    assert (seed.severity, other.severity) == ("error", "warning")


def test_a_wrong_identifier_is_quoted():
    for fixture, value in (("seed", "0153791-9"), ("other", "080487–1")):
        (finding,), _ = judged("IDENTIFIER_FAILS", fixture)
        assert all(value in text for text in finding.words.values())


def test_nothing_above_info_is_found_in_2026():
    report = check(read_notice(NEW), DAY)
    assert {finding.severity for finding in report.findings} <= {"info"}
    assert report.errors == ()


def test_one_day_makes_one_finding():
    notice = read_notice(OLD)
    before = set(map(told, check(notice, date(2020, 7, 15)).findings))
    after = set(map(told, check(notice, date(2020, 7, 16)).findings))
    assert before <= after
    (one,) = after - before
    assert one[0] == "TRANSFER_WITHOUT_SAFEGUARDS"
    assert "C-311/18" in one[2]


def told(finding):
    return finding.check, finding.line, finding.message("en")


FAULTY = (FIXTURES / "PROVISION_NOT_TOLD" / "seed.yaml").read_text()


def suppressing(*lines):
    listed = "".join(f"  - {{{line}}}\n" for line in lines)
    return read_notice(f"{FAULTY}suppressions:\n{listed}".encode())


def test_a_suppression_bears_a_finding_until_it_expires():
    notice = suppressing("check: PROVISION_NOT_TOLD, reason: being written, expires: 2026-06-01")
    borne = check(notice, date(2026, 5, 31))
    assert [f.check for f in borne.suppressed] == ["PROVISION_NOT_TOLD"]
    assert borne.findings == ()
    over = check(notice, date(2026, 6, 1))
    assert {f.check for f in over.findings} == {"PROVISION_NOT_TOLD", "SUPPRESSION_UNUSED"}
    assert over.suppressed == ()


def test_a_suppression_may_name_the_part_it_bears():
    there = suppressing("check: PROVISION_NOT_TOLD, reason: r, expires: 2027-01-01, at: notice")
    assert check(there, DAY).suppressed
    elsewhere = suppressing("check: PROVISION_NOT_TOLD, reason: r, expires: 2027-01-01, at: marketing")
    assert check(elsewhere, DAY).errors


def test_a_suppression_that_nothing_needs_is_told_by_name():
    notice = suppressing(
        "check: PROVISION_NOT_TOLD, reason: r, expires: 2027-01-01",
        "check: IDENTIFIER_FAILS, reason: r, expires: 2027-01-01",
    )
    (finding,) = check(notice, DAY).findings
    assert (finding.check, finding.severity, finding.line) == ("SUPPRESSION_UNUSED", "info", 4)
    assert set(finding.words) == {"fi", "sv", "en"}
    assert all("IDENTIFIER_FAILS" in text for text in finding.words.values())


@pytest.mark.parametrize("lacking", ["check", "reason", "expires"])
def test_a_suppression_needs_name_reason_and_end(lacking):
    from seloste.notice import UnreadableNotice

    whole = {"check": "PROVISION_NOT_TOLD", "reason": "r", "expires": "2027-01-01"}
    with pytest.raises(UnreadableNotice, match=lacking):
        suppressing(", ".join(f"{k}: {v}" for k, v in whole.items() if k != lacking))


@pytest.mark.parametrize("fact", MECHANISMS.values(), ids=MECHANISMS)
def test_a_dated_fact_has_its_source_and_its_days(fact):
    assert fact.source.strip()
    assert fact.until is None or fact.since < fact.until
    assert fact.holds(fact.since)
    assert not fact.until or not fact.holds(fact.until)
    assert MECHANISMS[fact.key] is fact


def test_a_dated_fact_without_a_source_is_no_fact():
    with pytest.raises(ValueError, match="source"):
        DatedFact("handshake", "A handshake", date(2020, 1, 1), None, " ")
