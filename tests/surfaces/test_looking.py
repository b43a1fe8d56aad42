"""`see`, `may`, `lookups`: their keys, and that they are what the database answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from .conftest import Commands

CLERK, MARKETER, CONTACT = (
    "customer_service.sahkolaitos",
    "marketer.sahkolaitos",
    "register_contact.sahkolaitos",
)
VERDICT = {
    "type": "object",
    "required": ["allowed", "reason", "basis", "term", "article", "notice", "until"],
    "additionalProperties": False,
    "properties": {
        "allowed": {"type": "boolean"},
        "reason": {"type": "string"},
        "basis": {"type": ["string", "null"]},
        "term": {"type": "string"},
        "article": {"type": ["string", "null"]},
        "notice": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "until": {"type": ["string", "null"]},
    },
}
SEEN = {
    "type": "object",
    "required": ["subject", "purpose", "visible", "hidden", "verdict"],
    "properties": {
        "subject": {"type": "integer"},
        "purpose": {"type": "string"},
        "visible": {
            "type": "object",
            "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "object"}},
        },
        "hidden": {"type": "array", "items": {"type": "string"}},
        "why": {"type": "object", "additionalProperties": {"type": "string"}},
        "verdict": VERDICT,
    },
}
LOOKUPS = {
    "type": "object",
    "required": ["subject", "lookups"],
    "properties": {
        "lookups": {
            "type": "array",
            "items": {"required": ["day", "at", "purpose", "company", "way", "count", "break_glass"]},
        }
    },
}
LOOKS = [
    ("service", CLERK, "call"),
    ("direct_marketing", MARKETER, "campaign"),
    ("bookkeeping", "bookkeeper.sahkolaitos", "task"),
    ("misuse_investigation", "investigator.sahkolaitos", "case"),
]


def test_one_human_is_four_things(register: Commands, reason: Any) -> None:
    seen = {}
    for purpose, staff, kind in LOOKS:
        why = reason(kind, "aino" if kind in {"call", "case"} else "")
        answer = register(
            "see", "aino", "--purpose", purpose, "--as", staff, "--reason", why, "--format", "json"
        )
        assert answer.code == 0
        jsonschema.validate(answer.json, SEEN)
        seen[purpose] = answer.json
        assert not answer.json["visible"].keys() & set(answer.json["hidden"])
        assert answer.json["why"].keys() == set(answer.json["hidden"])
    assert "phone" in seen["service"]["visible"]
    assert "receivables" in seen["service"]["hidden"]
    assert "receivables" in seen["bookkeeping"]["visible"]
    assert "email" in seen["bookkeeping"]["hidden"]
    assert "misuse_cases" in seen["misuse_investigation"]["visible"]
    assert "agreements" in seen["direct_marketing"]["hidden"]
    assert len({tuple(sorted(each["visible"])) for each in seen.values()}) == 4


def test_a_verdict_tells_the_basis_that_it_stands_on(register: Commands, reason: Any) -> None:
    """Direct marketing has three bases: which of them carried it is told, and its article alone."""
    how = ["--as", MARKETER, "--reason", reason("campaign"), "--format", "json"]
    stands = {}
    for name in ("aino", "maria"):
        seen = register("see", name, "--purpose", "direct_marketing", *how).json["verdict"]
        asked = register("may", name, "--purpose", "direct_marketing", *how).json
        assert (seen["basis"], seen["article"]) == (asked["basis"], asked["article"])
        stands[name] = (seen["basis"], seen["article"])
    letter = register("may", "eero", "--purpose", "direct_marketing", "--channel", "letter", *how).json
    assert (letter["basis"], letter["article"]) == ("legitimate_interest", "GDPR 6(1)(f)")
    assert stands["maria"] == ("consent", "GDPR 6(1)(a)")
    assert register("may", "tauno", "--purpose", "direct_marketing", *how).json["basis"] is None


def test_a_customer_s_metering_points_are_seen(register: Commands, reason: Any) -> None:
    acts = ["--purpose", "service", "--as", CLERK, "--reason", reason("task"), "--format", "json"]
    seen = register("see", "aino", *acts).json
    held = {row["metering_point_id"] for row in seen["visible"]["agreements"]} - {None}
    assert held
    assert {row["id"] for row in seen["visible"]["metering_points"]} == held
    assert all(row["gsrn"] for row in seen["visible"]["metering_points"])
    assert "metering_points" not in seen["hidden"]


@pytest.mark.parametrize("width", ["80", "100"])
def test_a_console_shows_the_same_in_its_width(
    register: Commands, reason: Any, width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    for purpose, staff, kind in LOOKS:
        why = reason(kind, "aino" if kind in {"call", "case"} else "")
        told = register("see", "aino", "--purpose", purpose, "--as", staff, "--reason", why)
        assert told.code == 0
        assert "Kuusilampi" in told.out
        assert max(map(len, told.out.splitlines())) <= int(width)
        assert "\x1b" not in told.out


def test_may_answers_yes_and_no(register: Commands, reason: Any) -> None:
    how = [
        "--purpose",
        "direct_marketing",
        "--as",
        MARKETER,
        "--reason",
        reason("campaign"),
        "--format",
        "json",
    ]
    yes, no = register("may", "aino", *how, "--channel", "letter"), register("may", "tauno", *how)
    jsonschema.validate(yes.json, VERDICT)
    jsonschema.validate(no.json, VERDICT)
    assert (yes.code, yes.json["allowed"]) == (0, True)
    assert (no.code, no.json["allowed"], no.json["reason"]) == (1, False, "ban")
    assert register("may", "onni", *how).json["reason"] == "minor"
    assert register("may", "kalervo", *how).json["reason"] == "estate"
    assert register("may", "saara", *how, "--channel", "letter").json["reason"] == "protected_address"
    assert register("may", "saara", *how, "--channel", "web").code == 3


def test_may_asks_of_another_moment(register: Commands, reason: Any) -> None:
    how = ["--purpose", "service", "--as", CLERK, "--reason", reason("task"), "--format", "json"]
    assert register("may", "ville", *how).json["reason"] == "open"
    assert (
        register("may", "ville", *how, "--at", f"{datetime.now(UTC).year + 5}-01-01").json["reason"]
        == "no_agreement"
    )
    assert (
        register("may", "ville", *how, "--at", "2026-02-01", "--known-at", "2001-01-01").json["allowed"]
        is False
    )


def test_every_look_is_told_to_whom_it_was_about(register: Commands, reason: Any) -> None:
    asked = ["lookups", "eero", "--as", CONTACT, "--reason", reason("request"), "--format", "json"]
    before = register(*asked)
    jsonschema.validate(before.json, LOOKUPS)
    look = ["see", "eero", "--purpose", "service", "--as", CLERK, "--reason", reason("task")]
    assert register(*look).code == 0
    after = register(*asked).json["lookups"]
    assert len([each for each in after if each["purpose"] == "service"]) == 1 + len(
        [each for each in before.json["lookups"] if each["purpose"] == "service"]
    )
    assert "rights" in {each["purpose"] for each in after}, "asking who looked is a look too"
    assert CLERK not in str(after)
    told = register(*asked[:-2])
    assert told.code == 0
    assert "service" in told.out


def test_who_may_not_ask_is_told_who_may(register: Commands, reason: Any) -> None:
    answer = register("lookups", "aino", "--as", CLERK, "--reason", reason("call", "aino"))
    assert answer.code == 3
    assert "register_contact" in answer.err


@pytest.fixture
def codes(register: Commands, reason: Any) -> Any:
    """What a purpose sees of aino's personal identity code, and all else that it sees."""

    def seen(*arguments: str) -> Any:
        how = ["--as", CONTACT, "--reason", reason("request"), *arguments]
        answer = register("see", "aino", "--purpose", "rights", *how)
        assert answer.code == 0, answer.err
        return answer

    return seen


def test_an_identity_code_is_shown_opened_and_recorded(codes: Any, register: Commands, reason: Any) -> None:
    told = codes("--format", "json").json["visible"]
    [row] = told["hetu"]
    assert row.keys() == {"hetu"}
    assert len(row["hetu"]) == 11
    assert row["hetu"][7:10] >= "900"
    drawn = codes().out
    assert row["hetu"] in drawn
    for sealed in ("sealed", "\\x", "wrapped", "kek_version"):
        assert sealed not in drawn + str(told)
    how = ["--as", CLERK, "--reason", reason("call", "aino"), "--format", "json"]
    identified = register("see", "aino", "--purpose", "identification", *how)
    assert identified.json["visible"]["hetu"] == [row]
    served = register("see", "aino", "--purpose", "service", *how)
    assert served.code == 0
    assert row["hetu"] not in served.out
    assert "hetu" in served.json["hidden"]
    looked = register("lookups", "aino", "--as", CONTACT, "--reason", reason("request"), "--format", "json")
    assert "identification" in {each["purpose"] for each in looked.json["lookups"]}


@pytest.mark.parametrize("lost", ["file", "key", "version", "another"])
def test_a_lost_key_costs_the_code_and_nothing_else(codes: Any, register: Commands, lost: str) -> None:
    whole = codes("--format", "json").json["visible"]
    [path] = register.home.glob("keys-*.json")
    text = path.read_text()
    held = json.loads(text)
    kek = held["kek:sahkolaitos"]
    if lost == "key":
        del held["kek:sahkolaitos"]
    elif lost == "version":
        kek["versions"] = {"99": next(iter(kek["versions"].values()))}
    elif lost == "another":
        kek["versions"] = dict.fromkeys(kek["versions"], "00" * 32)
    try:
        path.unlink()
        if lost != "file":
            path.write_text(json.dumps(held))
            path.chmod(0o600)
        told = codes("--format", "json").json["visible"]
        drawn = " ".join(codes().out.split())
    finally:
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o600)
    assert told.pop("hetu") == [{"hetu": "cannot be opened: see `seloste keys check`"}]
    assert "cannot be opened: see `seloste keys check`" in drawn
    whole.pop("hetu")
    assert {name for name in whole if name != "lookups"} <= told.keys()
