"""Agreements from the command line: offered, moved in, changed, confirmed, withdrawn from, moved out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Commands

CLERK, BOOKKEEPER = "customer_service.sahkolaitos", "bookkeeper.sahkolaitos"
WITH = ("--with", "sahkolaitos")


@pytest.fixture
def agreement(register: Commands, reason: Any) -> Any:
    """An `agreement` command that must be done; `code` when it must not."""

    def done(command: str, *arguments: object, staff: str = CLERK, code: int = 0) -> Any:
        how = ["--as", staff, "--reason", reason("task"), "--format", "json"]
        answer = register("agreement", command, *arguments, *how)
        assert answer.code == code, answer.out + answer.err
        assert code or answer.json["done"] == f"agreement.{command}"
        return answer.json

    return done


@pytest.fixture
def offered(agreement: Any) -> str:
    names = ("--fi", "Kaukolämpö", "--sv", "Fjärrvärme", "--en", "District heat")
    agreement("offer", "KL1", *WITH, "--kind", "heat", "--from", "2020-01-01", *names)
    agreement("offer", "KL12", *WITH, "--kind", "heat", "--months", 12, "--from", "2020-01-01", *names)
    codes = {each["code"] for each in agreement("products", *WITH)["products"]}
    assert {"KL1", "KL12"} <= codes
    return "KL1"


def test_somebody_moves_in_changes_their_mind_and_moves_out(
    agreement: Any, offered: str, tmp_path: Path
) -> None:
    home = ("--street", "Kokeilukatu 1", "--postcode", "33100", "--city", "Tampere")
    supply = ("--supply", "heat=KL-555", "--supply", "cooling=JK-555", "--product", f"heat={offered}")
    moved = agreement("move-in", "eero", *WITH, *supply, *home, "--distance")
    heat, cooling = moved["agreements"]
    assert len(moved["confirmations"]) == 2
    assert agreement("move-in", "eero", *WITH, *supply, *home, "--distance")["agreements"] == [heat, cooling]

    pdf = tmp_path / "vahvistus.pdf"
    shown = agreement("confirmation", heat, "-o", pdf)
    assert (shown["about"], shown["language"]) == ("moved_in", "fi")
    assert "VAHVISTUS SISÄÄNMUUTOSTA" in shown["text"]
    assert "Kokeilukatu 1" in shown["text"]
    assert pdf.read_bytes().startswith(b"%PDF")

    agreement("change", heat, "--product", "KL12", "--distance")
    assert agreement("end", heat, "--because", "notice", code=1)["error"]["rule"] == "still_bound"
    for _ in range(2):
        agreement("withdraw", heat, "--key", "withdrawn-1")
    assert agreement("withdraw", cooling, code=1)["error"]["rule"] == "no_right_of_withdrawal"
    gone = agreement("move-out", heat, cooling)
    assert gone["agreements"] == [heat, cooling]
    agreement("stay", heat, cooling)
    told = agreement("confirmation", heat)
    assert (told["about"], len(told["of"])) == ("stays", 5)
    when = ("--since", "2020-01-01", "--until", "2020-02-01")
    assert len(agreement("vacancies", "KL-555", "--kind", "heat", *when)["vacancies"]) == 1
    agreement("vacancies", "KL-999", "--kind", "heat", *when, code=2)
    names = ("--fi", "Hetki", "--sv", "Stund", "--en", "Moment")
    agreement("offer", "KL0", *WITH, "--kind", "heat", "--from", "2020-01-01", *names)
    agreement("withdraw-product", "KL0", *WITH)
    assert "KL0" not in {each["code"] for each in agreement("products", *WITH)["products"]}
    assert agreement("change", heat, "--product", "KL0", code=1)["error"]["rule"] == "not_offered"


def test_what_is_undone_says_what_stood_on_it(agreement: Any, offered: str) -> None:
    opened = agreement("open", "eero", *WITH, "--kind", "heat", "--at-point", "KL-777", "--product", offered)
    agreement("join", opened["agreement"], "--party", "liisa")
    left = agreement("cancel", opened["agreement"])
    assert [each["kind"] for each in left["left_behind"]] == ["parties"]
    assert left["not_asked"] == ["receivables", "contacts"]
    found = agreement("left-behind", opened["agreement"], "--since", "2020-01-01", staff=BOOKKEEPER)
    assert (found["left_behind"], found["not_asked"]) == ([], ["parties", "contacts", "tasks"])


def test_words_that_are_not_understood_change_nothing(agreement: Any) -> None:
    for wrong in ("gas=KL-1", "heat=", "KL-1"):
        agreement("move-in", "eero", *WITH, "--supply", wrong, code=2)
    agreement("move-in", "eero", *WITH, "--supply", "sale=643006000000000127", code=2)
    agreement("invoice-by", 1, "pigeon", code=2)
    agreement("invoice-by", 1, "email", code=2)


def test_supply_is_not_stopped_and_then_it_may_be(agreement: Any) -> None:
    assert agreement("stop-disconnection", "eero", "--medical-need")["stopped"] is True
    assert agreement("stop-disconnection", "eero", "--lift")["stopped"] is False
    assert agreement("stop-disconnection", "eero", "--lift", code=1)["error"]["rule"] == "not_stopped"
