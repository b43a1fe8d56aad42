"""What is refused says which rule, what is missing, what to do, and nothing about anybody."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from .conftest import NEW, Commands

CLERK, MARKETER, CONTACT = (
    "customer_service.sahkolaitos",
    "marketer.sahkolaitos",
    "register_contact.sahkolaitos",
)


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
    "arguments",
    [
        ["frobnicate", "--format", "json"],
        ["--frobnicate", "--format", "json"],
        ["may", "--format", "json"],
        ["may", "1", "--format=json"],
        ["may", "1", "--format", "json", "--purpose"],
        ["may", "1", "--purpose", "service", "--frobnicate", "--format", "json"],
        ["populate", "--persons", "many", "--format", "json"],
        ["populate", "--format", "json", "--persons", "0"],
        ["ban", "set", "1", "--channel", "pigeon", "--format", "json"],
        ["ban", "frobnicate", "--format", "json"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_to_programs_as_any_refusal_is(seloste: Commands, arguments: list[str]) -> None:
    answer = seloste(*arguments)
    assert answer.code == 2
    assert answer.json.keys() == {"error"}
    assert answer.json["error"].keys() == {"rule", "message"}
    assert answer.json["error"]["rule"] == "wrong_usage"
    assert len(answer.json["error"]["message"]) > 20
    assert answer.err == ""
    told = seloste(*[each for each in arguments if "json" not in each and each != "--format"])
    assert (told.code, told.out) == (2, "")


def test_what_stands_after_the_options_asks_for_no_format(seloste: Commands) -> None:
    for arguments in (["frobnicate", "--", "--format", "json"], ["frobnicate", "--format"]):
        answer = seloste(*arguments)
        assert (answer.code, answer.out) == (2, "")
        assert "wrong_usage" in answer.err


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"--as": "nobody"}, "actor_unknown"),
        ({"--as": MARKETER}, "role_missing"),
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


SPOKEN = {
    "see --purpose": (["see", "aino", "--purpose", "servise"], "purposes", "service"),
    "see --controller": (
        ["see", "aino", "--purpose", "service", "--controller", "sahkolaitoz"],
        "controllers",
        "sahkolaitos",
    ),
    "may --purpose": (["may", "aino", "--purpose", "servise"], "purposes", "service"),
    "may --controller": (
        ["may", "aino", "--purpose", "service", "--controller", "x"],
        "controllers",
        "sahkoverkko",
    ),
    "may --channel": (["may", "aino", "--purpose", "service", "--channel", "fax"], "--channel", "phone"),
    "lookups --under": (["lookups", "aino", "--under", "right"], "purposes", "rights"),
    "ban --under": (["ban", "set", "aino", "--channel", "sms", "--under", "servise"], "purposes", "service"),
    "ban --channel": (["ban", "set", "aino", "--channel", "fax"], "--channel", "phone"),
    "consent give": (
        ["consent", "give", "aino", "--purpose", "servise", "--wording", "marketing_2026", "--proof", "x"],
        "purposes",
        "service",
    ),
    "consent give --wording": (
        ["consent", "give", "aino", "--purpose", "service", "--wording", "marketing", "--proof", "x"],
        "consents",
        "marketing_2026",
    ),
    "consent withdraw": (["consent", "withdraw", "aino", "--purpose", "servise"], "purposes", "service"),
    "objection receive": (["objection", "receive", "aino", "--purpose", "servise"], "purposes", "service"),
    "objection decide": (
        ["objection", "decide", "aino", "--purpose", "servise", "--outcome", "upheld"],
        "purposes",
        "service",
    ),
    "restriction set": (["restriction", "set", "aino", "--purpose", "servise"], "purposes", "service"),
    "restriction lift": (["restriction", "lift", "aino", "--category", "adress"], "categories", "address"),
    "erase --class": (["erase", "aino", "--class", "customer"], "retention", "customership"),
    "agreement --with": (
        ["agreement", "open", "aino", "--number", "X", "--with", "sahkolaitoz", "--kind", "sale"],
        "controllers",
        "sahkolaitos",
    ),
    "staff --employer": (
        ["staff", "add", "x", "--name", "X", "--employer", "vero"],
        "controllers",
        "vera",
    ),
    "staff --role": (
        ["staff", "add", "x", "--name", "X", "--employer", "vera", "--role", "marketeer"],
        "roles",
        "marketer",
    ),
    "staff train": (["staff", "train", CLERK, "data"], "trainings", "data_protection"),
}


@pytest.mark.parametrize(("arguments", "term", "nearest"), SPOKEN.values(), ids=SPOKEN)
def test_a_word_that_the_notice_does_not_declare_is_two(
    register: Commands, reason: Any, arguments: list[str], term: str, nearest: str
) -> None:
    """And one that it declares and does not permit is three: the tests around this one."""
    staff = CLERK if arguments[0] in {"see", "may", "ban", "consent", "agreement"} else CONTACT
    who = ["--as", staff, "--reason", reason("request" if staff == CONTACT else "task")]
    if arguments[0] == "staff":
        who[-1] = reason("task")
    answer = register(*arguments, *who, "--format", "json")
    assert answer.code == 2, answer
    assert answer.json["error"]["rule"] == "wrong_usage"
    assert term in answer.json["error"]["message"]
    assert nearest in answer.json["error"]["message"]


def test_what_stands_under_an_earlier_notices_word_is_taken_back(
    register: Commands, populated: Any, reason: Any, one_server: Any
) -> None:
    """The word of a notice that is no more in force hinders nobody."""
    import os

    who = ["--as", CLERK, "--reason", reason("task")]
    withdraw = ["consent", "withdraw", "eero", "--purpose", "bonus_of_old", *who]
    assert register(*withdraw).code == 2
    database = psycopg.conninfo.make_conninfo(one_server.admin, dbname=os.environ["SELOSTE_DATABASE"])
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(
            "INSERT INTO register.consent (subject_id, purpose, wording, given_at, proof, notice_hash)"
            " VALUES (%s, 'bonus_of_old', 'bonus', now() - interval '1 year', 'form', %s)",
            [populated["names"]["eero"], "0" * 64],
        )
    assert register(*withdraw).code == 0
    assert register(*withdraw).code == 2


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
        assert hidden.out.replace(str(key), "KEY") == unknown.out.replace(str(missing), "KEY")
        assert hidden.err == unknown.err == ""


def test_look_ups_of_nobody_are_answered_as_a_look_at_nobody(register: Commands, reason: Any) -> None:
    """The purpose that reads the log reaches over every wall: what it does not see does not exist."""
    who = ["--as", CONTACT, "--reason", reason("request")]
    nobody = register("lookups", 999999999, *who, "--format", "json")
    seen = register("see", 999999999, "--purpose", "rights", *who, "--format", "json")
    assert (nobody.code, nobody.json["lookups"]) == (seen.code, []) == (3, [])
    assert nobody.json["verdict"] == seen.json["verdict"]
    told = register("lookups", 999999999, *who)
    assert (told.code, told.out) == (3, register("see", 999999999, "--purpose", "rights", *who).out)


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
