"""Contradictions and corrections from the command line: listed, resolved, told to a system, waited for; and origins."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seloste.project.main import ProjectHouse

if TYPE_CHECKING:
    from .conftest import Commands

ENGINEER, CLERK = "data_engineer.sahkolaitos", "customer_service.sahkolaitos"
GIVEN = {"value": "(050) 100 0009"}
THEIRS = {"value": "+358501000009"}


@pytest.fixture
def ask(register: Commands, reason: Any) -> Any:
    """A command of the data engineer, answered as JSON."""

    def asked(*arguments: object, code: int = 0) -> Any:
        how = ["--as", ENGINEER, "--reason", reason("task"), "--format", "json"]
        answer = register(*arguments, *how)
        assert answer.code == code, answer.out + answer.err
        return answer.json

    return asked


@pytest.fixture
def brought(register: Commands, reason: Any, populated: Any) -> Any:
    """Somebody of whom Generis says another number, and whose invoice was corrected here; her key."""
    person = populated["named"]["Aino"] if "named" in populated else next(iter(populated["names"].values()))
    house, now = ProjectHouse(register.home), datetime.now(UTC)
    with house.register():
        from seloste.register.protection.session import acting
        from seloste.register.sources.claims import Offer, offer
        from seloste.register.sources.corrections import correct

        with acting(ENGINEER, "upkeep", reason("task")):
            said = Offer(person, "sahkolaitos", "phone", "", THEIRS, GIVEN, "generis", 1, "K-1")
            assert offer([said], at=now) == ["different"]
            invoice = Offer(
                person,
                "sahkolaitos",
                "receivables",
                "L-1",
                {"number": "L-1", "amount_cents": 100},
                {},
                "ax",
                2,
                "A-1",
            )
            assert offer([invoice], at=now) == ["take"]
            assert correct(person, "receivables", "L-1", {"number": "L-1", "amount_cents": 90}, at=now)
    return person


def test_from_the_list_to_the_origin(
    register: Commands, ask: Any, brought: int, reason: Any, tmp_path: Path
) -> None:
    from seloste.register.ledger.signing import NotSigned, signed_text
    from seloste.register.ledger.verifier import PublicKey

    found = ask("source", "conflicts", "--subject", brought, "--system", "generis")
    [conflict] = found["conflicts"]
    assert (conflict["category"], conflict["theirs"], conflict["as_given"]) == ("phone", THEIRS, GIVEN)
    assert conflict["ours"]
    assert found["more"] is False
    text = register("source", "conflicts", "--subject", brought, "--as", ENGINEER, "--reason", reason("task"))
    assert THEIRS["value"] in text.out

    how = ["--purpose", "service", "--as", CLERK, "--reason", reason("task"), "--format", "json"]
    origins = register("origin", brought, *how).json["origins"]
    phone = next(each for each in origins if each["category"] == "phone")
    assert phone["system"] == "seloste"
    assert [(each["system"], each["value"]) for each in phone["different"]] == [("generis", THEIRS)]
    assert not any(each["category"] == "receivables" for each in origins)

    task = ask("source", "resolve", conflict["claim"], "--keep", "ask")["task"]
    assert task.startswith("task:")
    ask("source", "resolve", conflict["claim"], "--keep", "theirs")
    assert ask("source", "conflicts", "--subject", brought)["conflicts"] == []
    assert (
        ask("source", "resolve", conflict["claim"], "--keep", "ours", code=3)["error"]["rule"]
        == "unknown_conflict"
    )
    phone = next(
        each for each in register("origin", brought, *how).json["origins"] if each["category"] == "phone"
    )
    assert (phone["system"], phone["value"], phone["as_given"]) == ("generis", THEIRS, GIVEN)

    assert [each["state"] for each in ask("source", "reconcile", "--system", "ax")["waiting"]] == ["waiting"]
    told = ask("source", "push", "ax", "--to", tmp_path)
    [sent] = told["told"]
    file = tmp_path / f"{sent['correction']}.task"
    note = file.read_text()
    assert file.stat().st_mode & 0o077 == 0, "it names a customer and a value"
    key = PublicKey.parse(told["key"])
    assert '"amount_cents": 90' in signed_text(note, key)
    with pytest.raises(NotSigned):
        signed_text(note.replace("90", "9"), key)
    late = ask("source", "reconcile", "--days", 0, code=1)
    assert [(each["state"], each["is_late"]) for each in late["waiting"]] == [("tasked", True)]
    assert ask("source", "reconcile", "--system", "ax")["late"] == 0
    assert "pending" not in ask("source", "push", "ax", "--to", tmp_path)["told"]
