"""`find`: its keys, what it says of whom it does not find, and that it answers nothing of what was asked."""

from __future__ import annotations

from typing import Any

import jsonschema

from .conftest import Commands

CLERK, COLLECTOR, ENGINEER = (
    "customer_service.sahkolaitos",
    "collector.sahkolaitos",
    "data_engineer.sahkolaitos",
)
LISTED = {
    "type": "object",
    "required": ["purpose", "results", "more", "searched"],
    "additionalProperties": False,
    "properties": {
        "purpose": {"type": "string"},
        "more": {"type": "boolean"},
        "searched": {"type": "array", "items": {"type": "string"}},
        "results": {
            "type": "array",
            "maxItems": 50,
            "items": {
                "type": "object",
                "required": ["subject", "kind", "name", "by"],
                "additionalProperties": False,
                "properties": {
                    "subject": {"type": "integer"},
                    "kind": {"enum": ["person", "organisation", None]},
                    "name": {"type": ["string", "null"]},
                    "by": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                },
            },
        },
    },
}


def found(register: Commands, text: str, *more: object) -> Any:
    answer = register("find", text, *more, "--format", "json")
    assert answer.code == 0, answer.err
    jsonschema.validate(answer.json, LISTED)
    return answer.json


def test_somebody_is_found_however_the_name_is_typed(register: Commands, populated: Any, reason: Any) -> None:
    as_clerk = ("--purpose", "service", "--as", CLERK, "--reason", reason("task"))
    aino = populated["names"]["aino"]
    for typed in ("Kuusilampi", "KUUSILAMPI AINO", "aino kuusi", "kuusilammpi"):
        told = found(register, typed, *as_clerk)
        assert aino in {each["subject"] for each in told["results"]}, typed
    shown = next(each for each in told["results"] if each["subject"] == aino)
    assert shown == {"subject": aino, "kind": "person", "name": "Aino Maria Kuusilampi", "by": ["name"]}
    text = register("find", "Kuusilampi Aino", *as_clerk)
    assert text.code == 0
    assert "Aino Maria Kuusilampi" in text.out


def test_whoever_is_not_found_is_told_like_whoever_is_hidden(
    register: Commands, populated: Any, reason: Any
) -> None:
    as_clerk = ("--purpose", "service", "--as", CLERK, "--reason", reason("task"))
    hidden = register("find", "Suvilahti Maria", *as_clerk, "--format", "json")
    nobody = register("find", "Olematonniminen Olga", *as_clerk, "--format", "json")
    assert (hidden.code, hidden.out) == (nobody.code, nobody.out) == (0, nobody.out)
    assert "Nobody that this purpose sees" in register("find", "Olematonniminen", *as_clerk).out


def test_what_is_asked_in_vain_is_wrong_usage(register: Commands, reason: Any) -> None:
    as_clerk = ("--as", CLERK, "--reason", reason("task"))
    for arguments in ((), ("  ", "--purpose", "service"), ("Aino",), ("Aino", "--check")):
        assert register("find", *arguments, *as_clerk).code == 2, arguments
    code = register(
        "find", "010190-999X", "--purpose", "identification", "--as", CLERK, "--reason", reason("request")
    )
    assert code.code == 2
    assert "010190" not in code.out + code.err


def test_a_purpose_that_does_not_search_is_refused(register: Commands, reason: Any) -> None:
    as_collector = (
        "--purpose",
        "collection",
        "--as",
        COLLECTOR,
        "--reason",
        reason("task"),
        "--format",
        "json",
    )
    refused = register("find", "Kuusilampi", *as_collector)
    assert refused.code == 3
    assert refused.json["verdict"]["reason"] == "not_finding"
    assert refused.json["results"] == []
    as_clerk = ("--purpose", "service", "--as", CLERK, "--reason", reason("task"), "--format", "json")
    refused = register("find", "010190-999W", *as_clerk)
    assert (refused.code, refused.json["verdict"]["reason"]) == (3, "hetu_elsewhere")
    assert "010190" not in refused.out


def test_by_what_everybody_is_found_is_recomputed(register: Commands, reason: Any) -> None:
    told = register("find", "--check", "--format", "json")
    assert told.code == 0, told.out
    assert told.json["subjects"] > 60
    assert told.json["missing"] == told.json["left"] == []
    mended = register("find", "--mend", "--as", ENGINEER, "--reason", reason("task"), "--format", "json")
    assert (mended.code, mended.json["added"]) == (0, 0)
