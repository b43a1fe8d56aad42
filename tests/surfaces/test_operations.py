"""The operations: what they change is what the next look sees."""

from __future__ import annotations

from typing import Any

import pytest

from seloste.notice import read_notice

from .conftest import NEW, Commands

CLERK, MARKETER, CONTACT, BILLING = (
    "customer_service.sahkolaitos",
    "marketer.sahkolaitos",
    "register_contact.sahkolaitos",
    "billing.sahkolaitos",
)
OF_NOBODY = {
    "source_batch",
    "source_step",
    "event",
    "event_subject",
    "erasure",
    "ledger_leaf",
    "ledger_disposal",
    "checkpoint",
    "break_glass",
    "alarm",
}
"""Evidence, and what is the register's own."""
ERASED = {
    "bookkeeping": {"subject"},
    "consent_proof": {"consent"},
    "misuse": {"watch"},
    "rights_file": {"objection", "restriction", "case_file"},
    "staff_access": {"own_record"},
    "suppression": {"ban"},
}


@pytest.fixture
def may(register: Commands, reason: Any) -> Any:
    """The reason of a verdict."""

    def asked(subject: str, purpose: str, staff: str, kind: str, *more: str) -> str:
        how = ["--purpose", purpose, "--as", staff, "--reason", reason(kind), "--format", "json", *more]
        return str(register("may", subject, *how).json["reason"])

    return asked


@pytest.fixture
def do(register: Commands, reason: Any) -> Any:
    """An operation that must be done."""

    def done(*arguments: object, staff: str = CLERK, kind: str = "task") -> Any:
        answer = register(*arguments, "--as", staff, "--reason", reason(kind), "--format", "json")
        assert answer.code == 0, answer.out + answer.err
        assert answer.json["done"].split(".")[0] == arguments[0]
        return answer.json

    return done


def test_a_ban_is_set_and_lifted(do: Any, may: Any) -> None:
    asked = ("maria", "direct_marketing", MARKETER, "campaign", "--channel", "email")
    assert may(*asked) == "open"
    # a prospect is not seen by customer service: the register contact takes her ban down
    assert (
        do("ban", "set", "maria", "--channel", "email", staff=CONTACT, kind="request")["purpose"] == "rights"
    )
    assert may(*asked) == "ban"
    do("ban", "lift", "maria", "--channel", "email", staff=CONTACT, kind="request")
    assert may(*asked) == "open"


def test_a_consent_is_given_and_withdrawn(do: Any, may: Any, register: Commands, reason: Any) -> None:
    asked = ("eero", "direct_marketing", MARKETER, "campaign", "--channel", "sms")
    words = ["--purpose", "direct_marketing", "--wording", "marketing_2026", "--proof", "call"]
    assert may(*asked) == "no_consent"
    assert do("consent", "give", "eero", *words, "--channel", "sms")["purpose"] == "service"
    assert may(*asked) == "open"
    assert do("consent", "withdraw", "eero", "--purpose", "direct_marketing")["withdrawn"] == 1
    assert may(*asked) == "no_consent"
    acts = ["--as", CLERK, "--reason", reason("task")]
    assert register("consent", "withdraw", "eero", "--purpose", "direct_marketing", *acts).code == 1
    unknown = register(
        "consent", "give", "eero", "--purpose", "direct_marketing", "--wording", "x", "--proof", "y", *acts
    )
    assert unknown.code == 2
    assert "marketing_2026" in unknown.err


def test_an_objection_is_received_and_decided(do: Any, may: Any) -> None:
    asked = ("liisa", "product_development", "analyst.sahkolaitos", "task")
    how = {"staff": CONTACT, "kind": "request"}
    assert may(*asked) == "open"
    do("objection", "receive", "liisa", "--purpose", "product_development", **how)
    assert may(*asked) == "objection"
    do("objection", "decide", "liisa", "--purpose", "product_development", "--outcome", "rejected", **how)
    assert may(*asked) == "open"


def test_a_restriction_is_set_and_lifted_though_it_hides(do: Any, may: Any) -> None:
    asked = ("liisa", "service", CLERK, "task")
    how = {"staff": CONTACT, "kind": "request"}
    do("restriction", "set", "liisa", **how)
    assert may(*asked) == "unknown"
    do("restriction", "lift", "liisa", **how)
    assert may(*asked) == "open"


def test_an_agreement_is_opened_ended_and_cancelled(
    do: Any, may: Any, register: Commands, reason: Any
) -> None:
    terms = ["--number", "S-1", "--with", "sahkolaitos", "--kind", "service"]
    opened = do("agreement", "open", "eero", *terms)
    assert opened["purpose"] == "agreements"
    ended = do("agreement", "end", opened["agreement"], "--because", "notice")
    assert ended["because"] == "notice"
    again = do("agreement", "open", "eero", "--number", "S-2", "--with", "sahkolaitos", "--kind", "service")
    do("agreement", "cancel", again["agreement"])
    early = ["--because", "notice", "--until", "2001-01-01", "--as", CLERK, "--reason", reason("task")]
    answer = register("agreement", "end", opened["agreement"], *early)
    assert answer.code == 1
    assert "cancel" in answer.err


def test_a_class_is_erased(do: Any, may: Any, register: Commands, reason: Any) -> None:
    how = {"staff": CONTACT, "kind": "request"}
    erased = do("erase", "ville", "--class", "customership", **how)
    assert erased["rows"]["address"] == 1
    assert may("ville", "service", CLERK, "task") in {"erased", "no_agreement"}
    acts = ["--as", CONTACT, "--reason", reason("request")]
    assert register("erase", "ville", "--class", "customership", *acts).code == 1
    assert register("erase", "ville", "--class", "nothing", *acts).code == 2


def test_a_contact_point_is_added(do: Any, register: Commands, reason: Any) -> None:
    assert do("subject", "add-contact", "eero", "phone", "048 900 0001")["purpose"] == "service"
    acts = ["--as", CLERK, "--reason", reason("task")]
    seen = register("see", "eero", "--purpose", "service", *acts)
    assert "+358489000001" in seen.out
    answer = register("subject", "add-contact", "eero", "email", "nothing", *acts)
    assert answer.code == 2
    assert "an e-mail address is" in answer.err.replace("\n", " ")


def _classes() -> dict[str, set[str]]:
    """What the notice's retention classes hold in this register: class to tables."""
    notice = read_notice(NEW)
    held: dict[str, set[str]] = {name: set() for name in notice.retention}
    for category in notice.categories.values():
        held[category.retention or ""] |= {place.partition("[")[0] for place in category.held_in or ()}
    return {name: tables for name, tables in held.items() if tables}


def test_every_class_is_erased_or_says_why_not(register: Commands, reason: Any) -> None:
    acts = ["--as", CONTACT, "--reason", reason("request"), "--format", "json"]
    auditor = ["--as", "auditor.sahkolaitos", "--reason", reason("task"), "--format", "json"]
    words = ["--purpose", "direct_marketing", "--wording", "marketing_2026", "--proof", "call"]
    for each in (
        ["ban", "set", "tauno", "--channel", "email", *acts],
        ["consent", "give", "tauno", *words, *acts],
        ["objection", "receive", "tauno", "--purpose", "product_development", *acts],
        ["case", "open", "request", "--subject", "tauno", *acts],
        ["reviews", "watch", "tauno", *auditor],
        ["reviews", "own-record", CLERK, "tauno", *auditor],
        ["restriction", "set", "tauno", "--purpose", "profiling", *acts],
    ):
        done = register(*each)
        assert done.code == 0, done.err + done.out
    for retention, tables in _classes().items():
        answer = register("erase", "tauno", "--class", retention, *acts)
        if tables <= OF_NOBODY:
            assert (answer.code, answer.json["error"]["rule"]) == (1, "ends_by_itself"), retention
            assert "ends by the clock" in answer.json["error"]["message"]
            continue
        assert answer.code == 0, retention + answer.err + answer.out
        assert answer.json["rows"].keys() >= ERASED.get(retention, set()), retention
        again = register("erase", "tauno", "--class", retention, *acts)
        assert again.json["error"]["rule"] == "already_erased", retention


def test_an_address_is_protected_and_no_more(do: Any, may: Any, register: Commands, reason: Any) -> None:
    asked = ("eero", "direct_marketing", MARKETER, "campaign", "--channel", "letter")
    assert may(*asked) == "open"
    assert do("turvakielto", "set", "eero", "--until", "2090-01-01")["purpose"] == "service"
    assert may(*asked) == "protected_address"
    do("turvakielto", "lift", "eero")
    assert may(*asked) == "open"
    acts = ["--as", CLERK, "--reason", reason("task")]
    assert register("turvakielto", "lift", "eero", *acts).code == 1


def test_a_status_is_claimed_and_decided(do: Any, may: Any, register: Commands, reason: Any) -> None:
    asked = ("liisa", "direct_marketing", MARKETER, "campaign", "--channel", "letter")
    assert may(*asked) == "open"
    claimed = do("subject", "claim-status", "liisa", "estate", "--from", "2026-01-01")
    assert claimed["from"].startswith("2026-01-01T00:00:00+02:00")
    assert may(*asked) == "estate"
    do("subject", "decide-status", "liisa", "estate", "--decision", "rejected")
    assert may(*asked) == "open"
    acts = ["--as", CLERK, "--reason", reason("task")]
    again = register("subject", "decide-status", "liisa", "estate", "--decision", "confirmed", *acts)
    assert again.code == 1
    assert "no claim of estate waits" in again.err
    assert register("subject", "claim-status", "liisa", "dwarf", *acts).code == 2


def test_a_person_stands_for_an_organisation_for_a_time(do: Any, register: Commands, reason: Any) -> None:
    look = [
        "see",
        "eero",
        "--purpose",
        "agreements",
        "--as",
        CLERK,
        "--reason",
        reason("task"),
        "--format",
        "json",
    ]
    begun = do("representation", "begin", "eero", "--of", "putkityo", "--role", "signatory")
    assert begun["purpose"] == "agreements"
    [row] = register(*look).json["visible"]["representation"]
    assert (row["organisation_id"], row["role"], row["valid_until"]) == (
        begun["organisation"],
        "signatory",
        None,
    )
    do("representation", "end", "eero", "--of", "putkityo")
    [row] = register(*look).json["visible"]["representation"]
    assert row["valid_until"]
    acts = ["--as", CLERK, "--reason", reason("task")]
    assert register("representation", "end", "eero", "--of", "putkityo", *acts).code == 1
    assert (
        register("representation", "begin", "eero", "--of", "999999999", "--role", "contact", *acts).code == 3
    )


def test_a_receivable_is_booked_and_followed(do: Any, register: Commands, reason: Any) -> None:
    acts = ["--as", BILLING, "--reason", reason("task"), "--format", "json"]

    def now(number: str) -> list[str]:
        seen = register("see", "eero", "--purpose", "billing", *acts).json["visible"]["receivables"]
        return [row["state"] for row in seen if row["number"] == number and not row["valid_until"]]

    owed = ["--number", "R-1", "--cents", "12950", "--due", "2026-03-01", "--at", "2026-02-01"]
    booked = do("receivable", "book", "eero", *owed, staff=BILLING)
    assert (booked["purpose"], booked["company"]) == ("billing", "sahkolaitos")
    assert now("R-1") == ["open"]
    for became, state in (
        ("dispute", "disputed"),
        ("reopen", "open"),
        ("collect", "in_collection"),
        ("pay", "paid"),
    ):
        assert do("receivable", became, "R-1", staff=BILLING)["state"] == state
        assert now("R-1") == [state]
    assert register("receivable", "write-off", "R-1", *acts).code == 1, "it is paid"
    do("receivable", "book", "eero", "--number", "R-2", "--cents", "1", "--due", "2026-03-01", staff=BILLING)
    assert do("receivable", "write-off", "R-2", staff=BILLING)["state"] == "written_off"
    assert register("receivable", "pay", "R-3", *acts).code == 3
    assert register("receivable", "pay", "R-1", *acts, "--controller", "vera").code == 3, "theirs is another"
    assert register("receivable", "book", "eero", *owed, "--cents", "0", *acts).code == 2


def test_what_is_known_about_a_subject_tells_nothing_of_who_is_hidden(
    register: Commands, populated: Any, reason: Any
) -> None:
    beyond = populated["names"]["aino@network"]
    missing = 10 ** len(str(beyond)) * 9
    acts = ["--as", CLERK, "--reason", reason("task"), "--format", "json"]
    for words in (
        ("turvakielto", "set", "SUBJECT"),
        ("turvakielto", "lift", "SUBJECT"),
        ("subject", "claim-status", "SUBJECT", "minor"),
        ("subject", "decide-status", "SUBJECT", "minor", "--decision", "confirmed"),
        ("representation", "begin", "SUBJECT", "--of", "putkityo", "--role", "contact"),
        ("representation", "end", "eero", "--of", "SUBJECT"),
    ):
        hidden, unknown = (
            register(*(str(key) if word == "SUBJECT" else word for word in words), *acts)
            for key in (beyond, missing)
        )
        assert hidden == unknown
        assert hidden.code == (1 if words[:2] == ("representation", "end") else 3)


def test_a_task_is_about_nobody_and_a_call_is_not(do: Any, register: Commands, reason: Any) -> None:
    opened = do("case", "open", "task")
    assert (opened["purpose"], opened["subject"]) == ("service", None)
    look = ["see", "eero", "--purpose", "service", "--as", CLERK, "--reason", opened["reason"]]
    assert register(*look).code == 0
    do("case", "close", opened["reason"])
    assert register(*look).code == 3
    answer = register("case", "open", "call", "--as", CLERK, "--reason", reason("task"))
    assert answer.code == 1
    assert "say whom" in answer.err


def test_staff_are_added_and_trained(do: Any, register: Commands, reason: Any) -> None:
    look = [
        "see",
        "eero",
        "--purpose",
        "service",
        "--as",
        "uusi",
        "--reason",
        reason("task"),
        "--format",
        "json",
    ]
    who = ["--name", "Uusi Työntekijä", "--employer", "sahkolaitos", "--role", "customer_service"]
    do("staff", "add", "uusi", *who, staff=CONTACT)
    assert register(*look).json["verdict"]["reason"] == "training_expired"
    do("staff", "train", "uusi", "data_protection", staff=CONTACT)
    assert register(*look).code == 0
    taken = register("staff", "add", "uusi", *who, "--as", CONTACT, "--reason", reason("task"))
    assert taken.code == 1
    assert "Työntekijä" not in taken.err
