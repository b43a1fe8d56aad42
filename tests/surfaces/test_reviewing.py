"""Emergencies and look-ups afterwards: what is told, what becomes of it, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from conftest import EXAMPLES

from .conftest import Answer, Commands

if TYPE_CHECKING:
    from pathlib import Path

STAFF_NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "staff-2026.yaml"
OFFICER, AUDITOR, INVESTIGATOR, CLERK, CONTACT = (
    f"{role}.sahkolaitos"
    for role in ("duty_officer", "auditor", "investigator", "customer_service", "register_contact")
)
TEXT = {"type": ["string", "null"]}
OPENINGS = {
    "type": "object",
    "required": ["openings"],
    "properties": {
        "openings": {
            "type": "array",
            "items": {
                "required": ["id", "opened_at", "staff", "controller", "login", "ground", "reason", "review_by",
                             "reviewed_at", "reviewed_by", "finding", "told", "overdue", "subjects"],
                "properties": {"finding": TEXT, "told": {"type": "boolean"}, "overdue": {"type": "boolean"},
                               "subjects": {"type": "array", "items": {"type": "integer"}}},
            },
        }
    },
}  # fmt: skip


@pytest.fixture
def do(register: Commands, reason: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A command as somebody, for a reason that concerns nobody."""
    monkeypatch.delenv("SELOSTE_MAIL", raising=False)
    monkeypatch.delenv("SELOSTE_STAFF_NOTICE", raising=False)

    def done(staff: str, kind: str, *arguments: object, about: str = "") -> Answer:
        how = ["--as", staff, "--reason", reason(kind, about), "--format", "json"]
        return register(*arguments, *how)

    return done


def test_an_emergency_is_opened_listed_reviewed_and_told(
    do: Any, register: Commands, populated: Any, reason: Any
) -> None:
    see = ["see", "aino", "--purpose", "emergency"]
    refused = do(OFFICER, "call", *see, about="aino")
    assert (refused.code, refused.json["error"]["rule"]) == (3, "ground_not_declared")
    assert refused.json["verdict"]["term"] == "purposes.break_glass"
    assert "danger_to_life, outage_of_protected_customer" in refused.json["error"]["message"]
    assert do(OFFICER, "call", *see, "--ground", "danger_to_life", about="aino").code == 0

    listed = do(AUDITOR, "task", "break-glass", "list")
    assert listed.code == 0, listed.err
    jsonschema.validate(listed.json, OPENINGS)
    [opening] = listed.json["openings"]
    assert (opening["ground"], opening["told"], opening["overdue"]) == ("danger_to_life", False, False)
    assert opening["subjects"] == [populated["names"]["aino"]]
    assert do(AUDITOR, "task", "break-glass", "list", "--overdue").json == {"openings": []}
    drawn = register("break-glass", "list", "--as", AUDITOR, "--reason", reason("task")).out
    assert "danger_to_life" in drawn
    assert "alarm not sent" in " ".join(drawn.split())

    review = ["break-glass", "review", opening["id"], "--finding", "justified"]
    assert do(OFFICER, "task", *review).code == 3
    assert do(AUDITOR, "task", *review).json["finding"] == "justified"
    again = do(AUDITOR, "task", *review)
    assert (again.code, again.json["error"]["rule"]) == (1, "already_reviewed")
    assert do(AUDITOR, "task", "break-glass", "review", "12", "--finding", "unclear").code == 2

    told = do(CONTACT, "request", "lookups", "aino").json["lookups"]
    assert [each["purpose"] for each in told if each["break_glass"]] == ["emergency"]


def test_an_emergency_is_never_chosen_for_anybody(do: Any) -> None:
    """A duty officer who names no purpose has none that would do, though the emergency reads most."""
    answer = do(OFFICER, "call", "lookups", "aino", about="aino")
    assert (answer.code, answer.json["error"]["rule"]) == (3, "role_missing")
    assert "emergency (" not in answer.json["error"]["message"]


def test_alarms_that_wait_are_sent_by_a_timer(register: Commands) -> None:
    assert register("break-glass", "alarm", "--format", "json").json == {"sent": 0}


def test_a_finding_becomes_a_case(do: Any, register: Commands, populated: Any) -> None:
    """The auditor finds and hands over without reading cases; the investigator works the case, and it alone."""
    aino = populated["names"]["aino"]
    assert do(AUDITOR, "task", "reviews", "watch", "aino").json["subject"] == aino
    assert do(CLERK, "call", "see", "aino", "--purpose", "service", about="aino").code == 0

    def watched() -> list[Any]:
        told = do(AUDITOR, "task", "reviews", "run")
        assert told.code == 0, told.err
        return [
            each for each in told.json["findings"] if (each["rule"], each["subject"]) == ("watched", aino)
        ]

    [finding] = watched()
    assert finding.keys() == {"id", "rule", "event", "subject", "looker", "at"}
    assert do(CLERK, "task", "reviews", "open-case", finding["id"]).code == 3
    opened = do(AUDITOR, "task", "reviews", "open-case", finding["id"])
    assert (opened.code, opened.json["purpose"]) == (0, "misuse_prevention"), opened.err
    case = opened.json["case"]
    how = ["--as", AUDITOR, "--reason", case, "--format", "json"]
    assert (
        "misuse_cases" not in register("see", "aino", "--purpose", "misuse_prevention", *how).json["visible"]
    )
    how[1] = INVESTIGATOR
    for name, code in (("aino", 0), ("liisa", 3)):
        seen = register("see", name, "--purpose", "misuse_investigation", *how)
        assert seen.code == code, f"a case opens whom it concerns and nobody else: {seen.out}"
        assert ("misuse_cases" in seen.out) == (name == "aino")
    for staff, kind, about in ((AUDITOR, "task", ""), (INVESTIGATOR, "case", "aino")):
        assert do(staff, kind, "reviews", "open-case", finding["id"], about=about).code == 1
    assert finding["id"] not in {each["id"] for each in watched()}
    assert register("case", "close", case, *how).code == 0
    assert register("see", "aino", "--purpose", "misuse_investigation", *how).code == 3
    assert do(AUDITOR, "task", "reviews", "unwatch", "aino").code == 0
    assert do(AUDITOR, "task", "reviews", "unwatch", "aino").code == 1


def test_somebody_s_own_record_is_linked(do: Any, populated: Any) -> None:
    linked = do(AUDITOR, "task", "reviews", "own-record", CLERK, "liisa")
    assert (linked.code, linked.json["subject"]) == (0, populated["names"]["liisa"])
    assert do(AUDITOR, "task", "reviews", "own-record", CLERK, "liisa").code == 1
    assert do(AUDITOR, "task", "reviews", "own-record", "nobody", "liisa").code == 1


def test_reports_by_person_stay_shut_until_the_days_are_set(do: Any, tmp_path: Path) -> None:
    report = ["reviews", "run", "--per-person"]
    assert do(AUDITOR, "task", *report).code == 2
    text = STAFF_NOTICE.read_text()
    shut = do(AUDITOR, "task", *report, "--staff-notice", STAFF_NOTICE)
    assert (shut.code, shut.json["error"]["rule"]) == (3, "not_yet_open")
    assert shut.json["verdict"]["term"] == "purposes.opens_after"
    assert all(key in shut.json["error"]["message"] for key in ("dialogue_held", "staff_informed"))
    for key in ("dialogue_held", "staff_informed"):
        text = text.replace(f"      {key}:\n", f"      {key}:\n        since: 2026-01-12\n")
    opened = tmp_path / "staff.yaml"
    opened.write_text(text)
    told = do(AUDITOR, "task", *report, "--staff-notice", opened)
    assert told.code == 0, told.err
    assert all(
        each.keys() == {"looker", "look_ups", "subjects", "findings"} for each in told.json["per_person"]
    )


def test_the_staff_s_own_notice_is_clean(seloste: Commands) -> None:
    assert seloste("check", STAFF_NOTICE, "--format", "json").code == 0
