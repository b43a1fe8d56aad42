"""The clerk's day by commands: contacts, tasks, what is owed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from seloste.kernel.periods import FINLAND

if TYPE_CHECKING:
    from .conftest import Commands

TODAY = datetime.now(FINLAND).date()
CLERK, BILLING = "customer_service.sahkolaitos", "billing.sahkolaitos"


@pytest.fixture
def do(register: Commands, reason: Any) -> Any:
    """A command that must be answered, or that must be refused with a code."""

    def asked(*arguments: object, staff: str = CLERK, reason_: str | None = None, code: int = 0) -> Any:
        how = ["--as", staff, "--reason", reason_ or reason("task"), "--format", "json"]
        answer = register(*arguments, *how)
        assert answer.code == code, answer.out + answer.err
        return answer.json

    return asked


@pytest.fixture
def said(tmp_path):
    """A file with what was said."""

    def written(text: str) -> str:
        file = tmp_path / f"{abs(hash(text))}.txt"
        file.write_text(text, encoding="utf-8")
        return str(file)

    return written


def test_a_call_is_taken_down_and_read_and_is_a_reason(do: Any, said: Any, register: Commands) -> None:
    words = said("Kysyi laskua. Kortti 4111 1111 1111 1111.")
    told = do("interaction", "add", "eero", "--topic", "invoice", "--identified", "strongly", "--text", words)
    assert (told["done"], told["purpose"], told["reason"][:5]) == ("interaction.add", "service", "call:")
    assert told["marks"] == [{"kind": "card", "from": 21, "to": 40}]
    listed = do("interaction", "list", "eero", reason_=told["reason"])
    [last] = [each for each in listed["interactions"] if each["reason"] == told["reason"]]
    assert (last["topic"], last["identified"]) == ("invoice", "strongly")
    assert last["texts"][0]["marks"] == told["marks"]
    shown = register("interaction", "list", "eero", "--as", CLERK, "--reason", told["reason"])
    assert "Kysyi laskua." in shown.out
    warned = register(
        "interaction", "add", "eero", "--as", CLERK, "--reason", told["reason"], "--text", words,
        "--case", told["reason"],
    )  # fmt: skip
    assert "card at 21-40" in warned.out


def test_every_free_text_is_answered_with_what_should_not_stand_in_it(
    do: Any, said: Any, register: Commands, reason: Any
) -> None:
    call = do("interaction", "add", "eero")
    card = "4111 1111 1111 1111"
    words = said(f"Kortti {card}.")
    mark = {"kind": "card", "from": 7, "to": 26}
    assert call["marks"] == []
    written = do("interaction", "write", call["reason"], "--text", words)
    assert (written["done"], written["marks"]) == ("interaction.write", [mark])
    listed = do("interaction", "list", "eero", reason_=call["reason"])["interactions"]
    assert [text["marks"] for text in listed[0]["texts"]] == [[mark]]
    due = ("--team", "customer_service", "--due", TODAY, "--text", words)
    task = do("task", "add", "eero", *due)
    assert task["marks"] == [mark]
    assert do("interaction", "write", task["reason"], "--text", words)["marks"] == [mark]
    shown = register("task", "add", "eero", *due, "--as", CLERK, "--reason", reason("task"))
    assert "card at 7-26" in shown.out
    given = do(
        "consent",
        "give",
        "eero",
        "--purpose",
        "direct_marketing",
        "--wording",
        "marketing_2026",
        "--proof",
        f"Kortti {card}",
    )
    assert given["marks"] == [mark]
    do("consent", "withdraw", "eero", "--purpose", "direct_marketing")


def test_a_file_that_is_not_there_is_told_by_the_option_that_names_it(
    register: Commands, reason: Any
) -> None:
    acts = ["--as", BILLING, "--reason", reason("task")]
    told = register("receivable", "payment", "D-0", "--cents", 1, "--payer", "/no/such/file", *acts)
    assert (told.code, "--payer names a file" in told.err + told.out) == (2, True)


def test_what_is_owed_altogether_is_told_when_it_is_about_nobody(do: Any) -> None:
    told = do("receivable", "total", staff="billing.vera", code=3)
    assert told["verdict"]["allowed"] is False


def test_a_payment_that_the_bank_took_back_is_reversed(do: Any, register: Commands, reason: Any) -> None:
    how = {"staff": BILLING}
    due = TODAY - timedelta(days=3)
    do("receivable", "book", "eero", "--number", "D-R", "--cents", 500, "--due", due, **how)
    assert do("receivable", "payment", "D-R", "--cents", 500, "--archive", "R-1", **how)["state"] == "paid"

    def head() -> Any:
        listed = do("receivable", "list", "eero", **how)["receivables"]
        return next(each for each in listed if each["number"] == "D-R")

    [came] = head()["payments"]
    acts = ["--as", BILLING, "--reason", reason("task")]
    assert str(came["key"]) in register("receivable", "list", "eero", *acts).out
    told = do("receivable", "reverse", "D-R", "--payment", came["key"], "--because", "returned", **how)
    assert (told["done"], told["state"]) == ("receivable.reverse", "open")
    assert (head()["remaining_cents"], head()["payments"][0]["reversal"]) == (500, "returned")
    again = do("receivable", "payment", "D-R", "--cents", 500, "--archive", "R-1", code=1, **how)
    assert again["error"]["rule"] == "paid_before"
    unknown = do("receivable", "reverse", "D-R", "--payment", 999_999, "--because", "returned", code=3, **how)
    assert unknown["error"]["rule"] == "unknown_payment"
    do("receivable", "write-off", "D-R", **how)


def test_asked_twice_under_a_key_it_is_taken_down_once(do: Any) -> None:
    first = do("interaction", "add", "eero", "--channel", "letter", "--key", "surface-1")
    assert do("interaction", "add", "eero", "--channel", "letter", "--key", "surface-1") == first
    assert (
        do("interaction", "add", "eero", "--channel", "letter", "--key", "a b", code=1)["error"]["rule"]
        == "no_idempotency_key"
    )


def test_a_failed_identification_ends_the_reason(do: Any) -> None:
    told = do("interaction", "add", "eero", "--identified", "failed", "--with", "other")
    assert (
        do("interaction", "list", "eero", reason_=told["reason"], code=3)["error"]["rule"] == "reason_closed"
    )


@pytest.mark.parametrize(
    "wrong",
    [["--text", "/no/such/file"], ["--case", "call"], ["--channel", "pigeon"], ["--topic", "weather"]],
)
def test_what_cannot_be_understood(do: Any, register: Commands, reason: Any, wrong: list[str]) -> None:
    assert register("interaction", "add", "eero", *wrong, "--as", CLERK, "--reason", reason("task")).code == 2


def test_a_promise_is_listed_handed_over_and_done(do: Any, said: Any) -> None:
    yesterday, today = (TODAY - timedelta(days=n) for n in (2, 0))
    call = do("interaction", "add", "eero")
    made = do(
        "task", "add", "eero", "--kind", "promise", "--team", "customer_service", "--due", yesterday,
        "--from", call["reason"], "--text", said("Soita takaisin."), reason_=call["reason"],
    )  # fmt: skip
    assert made["due"] == str(yesterday)
    late = do("task", "list", "--late")["tasks"]
    [mine] = [each for each in late if each["key"] == made["task"]]
    assert (mine["is_late"], mine["kind"], mine["reason"]) == (True, "promise", made["reason"])
    assert mine["texts"] == [], "a list is not read word by word"
    shown = do("task", "show", made["task"])
    assert [text["text"] for text in shown["texts"]] == ["Soita takaisin."]
    given = do(
        "task",
        "hand-over",
        made["task"],
        "--team",
        "customer_service",
        "--to",
        CLERK,
        "--version",
        shown["version"],
    )
    assert (
        do("task", "done", made["task"], "--version", shown["version"], code=1)["error"]["rule"]
        == "changed_meanwhile"
    )
    assert made["task"] in [each["key"] for each in do("task", "list", "--mine")["tasks"]]
    assert do("task", "done", made["task"], "--version", given["version"])["late"] is True
    assert made["task"] not in [each["key"] for each in do("task", "list", "--due-by", today)["tasks"]]
    assert do("task", "done", made["task"], code=1)["error"]["rule"] == "already_done"
    assert do("task", "show", made["task"])["done_at"]
    assert do("task", "done", 999_999, code=3)["error"]["rule"] == "unknown_task"


def test_a_complaint_has_a_day_of_its_own_and_another_task_needs_one(
    do: Any, register: Commands, reason: Any
) -> None:
    made = do("task", "add", "eero", "--kind", "complaint", "--team", "customer_service")
    assert date.fromisoformat(made["due"]) >= TODAY + timedelta(days=14)
    do("task", "done", made["task"], "--outcome", "not_needed")
    acts = ["--as", CLERK, "--reason", reason("task")]
    assert register("task", "add", "eero", "--team", "customer_service", *acts).code == 2
    assert register("task", "add", "eero", "--team", "nurse", "--due", "2030-01-01", *acts).code == 1


def test_what_is_owed_is_listed_with_what_came_and_until_when(
    do: Any, said: Any, register: Commands, reason: Any
) -> None:
    how = {"staff": BILLING}

    def head() -> Any:
        [found] = [
            each for each in do("receivable", "list", "eero", **how)["receivables"] if each["number"] == "D-1"
        ]
        return found

    due = TODAY - timedelta(days=30)
    do("receivable", "book", "eero", "--number", "D-1", "--cents", 10_000, "--due", due, "--reference", "RF34 1234 561",
       "--product", "Sähkö", "--at", due - timedelta(days=14), **how)  # fmt: skip
    assert (head()["reference"], head()["state"], head()["collectable"]) == ("1234561", "open", True)
    do("receivable", "remind", "D-1", **how)
    paid = [
        "receivable",
        "payment",
        "D-1",
        "--cents",
        2_500,
        "--archive",
        "D-1-1",
        "--payer",
        said("Maija Naapuri\n"),
    ]
    assert do(*paid, **how)["state"] == do(*paid, **how)["state"] == "open"
    assert (head()["remaining_cents"], head()["paid_by_others_cents"], len(head()["reminders"])) == (
        7_500,
        2_500,
        1,
    )
    day = TODAY + timedelta(days=30)
    assert (
        do("receivable", "instalments", "D-1", "--part", f"{day}:7400", code=1, **how)["error"]["rule"]
        == "parts_differ"
    )
    do("receivable", "instalments", "D-1", "--part", f"{day}:7000", "--part", f"{day}:500", **how)
    assert do("receivable", "collect", "D-1", code=1, **how)["error"]["rule"] == "plan_in_force"
    do("receivable", "instalments", "D-1", "--end", "cancelled", **how)
    do("receivable", "dispute", "D-1", **how)
    assert do("receivable", "collect", "D-1", code=1, **how)["error"]["rule"] == "no_such_step"
    assert do("receivable", "expire", "D-1", code=1, **how)["error"]["rule"] == "not_expired"
    shown = register("receivable", "list", "eero", "--as", BILLING, "--reason", reason("task"))
    assert "disputed" in shown.out
    assert "Naapuri" not in shown.out
    acts = ["--as", BILLING, "--reason", reason("task")]
    for wrong in (["--part", "2030-01-01"], [], ["--part", f"{day}:1", "--end", "broken"]):
        assert register("receivable", "instalments", "D-1", *wrong, *acts).code == 2
    assert (
        register(
            "receivable",
            "book",
            "eero",
            "--number",
            "D-2",
            "--cents",
            1,
            "--due",
            due,
            "--reference",
            "123",
            *acts,
        ).code
        == 2
    )


def test_late_tasks_are_on_the_status(do: Any, register: Commands) -> None:
    made = do("task", "add", "eero", "--team", "customer_service", "--due", TODAY - timedelta(days=2))
    [told] = [
        each
        for each in register("status", "--lang", "en", "--format", "json").json["checks"]
        if each["check"] == "tasks"
    ]
    assert (told["state"], "are late" in told["why"]) == ("attention", True)
    assert "task list --late" in told["run"]
    do("task", "done", made["task"])
