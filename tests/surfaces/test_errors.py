"""What is refused says which rule, what is missing, what to do, and nothing about anybody."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest

from .conftest import NEW, Commands

CLERK, MARKETER = "customer_service.sahkolaitos", "marketer.sahkolaitos"


@pytest.mark.parametrize(
    "arguments",
    [
        ["see", "1", "--purpose", "service", "--as", CLERK, "--reason", "call:1"],
        ["policy", "bootstrap"],
        ["policy", "apply", NEW],
        ["policy", "verify"],
        ["populate"],
        ["demo", "--no-serve"],
    ],
    ids=lambda arguments: " ".join(map(str, arguments[:2])),
)
def test_no_database_is_four(seloste: Commands, arguments: list[Any]) -> None:
    answer = seloste(*arguments)
    assert answer.code == 4
    assert "DATABASE_URL" in answer.err
    assert "Traceback" not in answer.err


def test_wrong_usage_is_two(register: Commands) -> None:
    for arguments in (
        ["frobnicate"],
        ["see"],
        ["see", "1"],
        ["see", "1", "--purpose", "service", "--as", CLERK],
        ["see", "1", "--purpose", "service", "--reason", "call:1"],
        ["see", "no-such-name", "--purpose", "service", "--as", CLERK, "--reason", "task:1"],
        ["may", "1", "--purpose", "service", "--as", CLERK, "--reason", "task:1", "--at", "soon"],
        ["ban", "set", "1", "--channel", "pigeon", "--as", CLERK, "--reason", "task:1"],
        ["bench", "no-such-bench"],
    ):
        answer = register(*arguments)
        assert answer.code == 2, arguments
        assert answer.out == ""
        assert len(answer.err) > 20


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"--as": "nobody"}, "actor_unknown"),
        ({"--as": MARKETER}, "role_missing"),
        ({"--purpose": "no_such_purpose"}, "purpose_unknown"),
        ({"--reason": "call:999999"}, "reason_missing"),
        ({"--reason": "because I want to"}, "reason_missing"),
        ({"--controller": "sahkoverkko"}, "wrong_controller"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_refusal_is_three_with_its_verdict(
    register: Commands, reason: Any, change: dict[str, str], rule: str
) -> None:
    asked = {"--purpose": "service", "--as": CLERK, "--reason": reason("task"), **change}
    arguments = [part for pair in asked.items() for part in pair]
    answer = register("see", "aino", *arguments, "--format", "json")
    assert answer.code == 3
    assert answer.json["verdict"]["allowed"] is False
    assert answer.json["verdict"]["reason"] == rule
    assert answer.json["verdict"]["notice"]
    assert answer.json["visible"] == {}
    told = register("see", "aino", *arguments)
    assert told.code == 3
    assert rule in told.err
    assert "Kuusilampi" not in told.err + told.out


def test_a_lapsed_training_is_refused(register: Commands, populated: Any, reason: Any) -> None:
    lapsed = next(name for name in populated["staff"] if name.endswith("sahkolaitos.lapsed"))
    role = lapsed.partition(".")[0]
    purpose = {"analyst": "product_development", "customer_service": "service"}[role]
    answer = register(
        "see", "aino", "--purpose", purpose, "--as", lapsed, "--reason", reason("task"), "--format", "json"
    )
    assert answer.code == 3
    assert answer.json["verdict"]["reason"] == "training_expired"
    assert "seloste staff train" in answer.json["error"]["message"]


def test_a_closed_case_is_no_reason(register: Commands, reason: Any) -> None:
    task = reason("task")
    opened = register(
        "case", "open", "call", "--subject", "eero", "--as", CLERK, "--reason", task, "--format", "json"
    )
    assert opened.code == 0, opened.out + opened.err
    call = opened.json["reason"]
    look = ["see", "eero", "--purpose", "service", "--as", CLERK, "--reason", call]
    assert register(*look).code == 0
    assert register("case", "close", call, "--as", CLERK, "--reason", task).code == 0
    answer = register(*look, "--format", "json")
    assert answer.code == 3
    assert answer.json["verdict"]["reason"] == "reason_closed"
    assert register("case", "close", call, "--as", CLERK, "--reason", task).code == 1


def test_a_call_about_one_is_no_reason_to_look_at_another(register: Commands, reason: Any) -> None:
    call = reason("call", "aino")
    answer = register(
        "see", "saara", "--purpose", "service", "--as", CLERK, "--reason", call, "--format", "json"
    )
    assert answer.code == 3
    assert answer.json["verdict"]["reason"] == "reason_elsewhere"
    assert answer.json["visible"] == {}


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("command", ["see", "may"])
def test_hidden_and_unknown_are_answered_byte_for_byte_alike(
    register: Commands, populated: Any, reason: Any, command: str, form: str
) -> None:
    beyond, banned = populated["names"]["aino@network"], populated["names"]["tauno"]
    nobody = [10 ** len(str(key)) * 9 for key in (beyond, banned)]
    service = ["--purpose", "service", "--as", CLERK, "--reason", reason("task"), "--format", form]
    marketing = [
        "--purpose",
        "direct_marketing",
        "--as",
        MARKETER,
        "--reason",
        reason("campaign"),
        "--format",
        form,
    ]
    compared = [(beyond, nobody[0], service)]
    if command == "see":
        compared.append((banned, nobody[1], marketing))
    for key, missing, how in compared:
        hidden, unknown = register(command, key, *how), register(command, missing, *how)
        assert hidden.code == unknown.code == (3 if command == "see" else 1)
        # a key as a word of its own: its digits may stand in the notice's hash as well
        assert re.sub(rf"\b{key}\b", "KEY", hidden.out) == re.sub(rf"\b{missing}\b", "KEY", unknown.out)
        assert hidden.err == unknown.err == ""


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_operation_tells_nothing_of_who_is_hidden(
    register: Commands, populated: Any, reason: Any, form: str
) -> None:
    beyond = populated["names"]["aino@network"]
    missing = 10 ** len(str(beyond)) * 9
    acts = ["--as", CLERK, "--reason", reason("task"), "--format", form]
    for operation in (["ban", "set"], ["ban", "lift"]):
        hidden = register(*operation, beyond, "--channel", "email", *acts)
        unknown = register(*operation, missing, "--channel", "email", *acts)
        assert hidden == unknown
        assert hidden.code == 3


def test_what_contradicts_is_one_and_changes_nothing(register: Commands, reason: Any) -> None:
    acts = ["--as", CLERK, "--reason", reason("task")]
    answer = register("ban", "lift", "eero", "--channel", "sms", *acts)
    assert answer.code == 1
    assert "no ban on sms is in force" in answer.err
    assert register("populate", "--persons", "60").code == 1


def test_nobody_says_who_acts_where_people_are_real(register: Commands, one_server: Any, reason: Any) -> None:
    """Without its mark a database is taken for a real one."""
    import os

    name = os.environ["SELOSTE_DATABASE"]
    with psycopg.connect(one_server.admin, autocommit=True) as admin:
        row = admin.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        assert row
        admin.execute(f'COMMENT ON DATABASE "{name}" IS NULL')
        try:
            look = register("see", "1", "--purpose", "service", "--as", CLERK, "--reason", reason("task"))
            assert look.code == 2
            assert "--as" in look.err
            assert register("demo", "--no-serve").code == 1, "it must not be made anew"
            assert register("populate", "--persons", "60").code == 1
        finally:
            admin.execute(f'COMMENT ON DATABASE "{name}" IS ' + psycopg.sql.quote(row[0]))
    assert (
        register("see", "aino", "--purpose", "service", "--as", CLERK, "--reason", reason("task")).code == 0
    )
