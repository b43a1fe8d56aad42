"""`subject show|add|change|prepare|export`: what a clerk does with one subject, and what leaves as a file."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import pytest

from .conftest import Commands

CLERK, CONTACT, SISTER = (
    "customer_service.sahkolaitos",
    "register_contact.sahkolaitos",
    "customer_service.vera",
)


@pytest.fixture
def do(register: Commands, reason: Any) -> Any:
    """A command that must be answered."""

    def done(*arguments: object, staff: str = CLERK, kind: str = "task", code: int = 0) -> Any:
        answer = register(*arguments, "--as", staff, "--reason", reason(kind), "--format", "json")
        assert answer.code == code, answer.out + answer.err
        return answer.json

    return done


def test_somebody_new_is_added_shown_changed_and_exported(do: Any, monkeypatch: Any, tmp_path: Any) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("010190-951B\n"))
    added = do(
        *("subject", "add", "--given", "Sulo Tapani", "--call", "Tapani", "--family", "af Uusi"),
        *("--street", "Voimakatu 1", "--postcode", "33100", "--city", "Tampere"),
        *("--phone", "048 900 0777", "--email", "sulo@posti.example", "--hetu", "-"),
    )
    assert added["what"] == ["add", "address", "phone", "email", "hetu"]
    assert added["purposes"] == ["agreements", "agreements", "service", "service", "identification"]
    key = added["subject"]

    shown = do("subject", "show", key)
    assert shown["letters_to"]["lines"] == ["Voimakatu 1", "33100 Tampere"]
    assert shown["letters_to"]["name"] == "Tapani af Uusi"

    changed = ("subject", "change", key, "--family", "Toinen", "--given", "Sulo Tapani")
    assert do(*changed, "--version", shown["version"])["what"] == ["name"]
    stale = do(*changed[:4], "Kolmas", "--version", shown["version"], code=1)
    assert stale["error"]["rule"] == "changed_meanwhile"
    assert "Kolmas" not in json.dumps(stale)
    moved = do(
        "subject",
        "change",
        key,
        "--street",
        "Box 5",
        "--postcode",
        "11122",
        "--city",
        "Stockholm",
        "--country",
        "SE",
        "--kind",
        "postal",
    )
    assert moved["what"] == ["address"]
    assert do("subject", "show", key)["letters_to"]["lines"][-1] == "SE"

    told = do("subject", "export", key, staff=CONTACT, kind="request")
    kept = {each["category"]: each["rows"] for each in told["records"][0]["categories"]}
    assert kept["previous_names"][0]["values"]["family_name"] == "af Uusi"
    assert kept["hetu"][0]["values"]["hetu"] == "010190-951B"
    for name in ("sulo.html", "sulo.xlsx", "sulo.json"):
        do("subject", "export", key, "-o", tmp_path / name, staff=CONTACT, kind="request")
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    assert "Toinen" in (tmp_path / "sulo.html").read_text()
    assert zipfile.ZipFile(tmp_path / "sulo.xlsx").testzip() is None


def test_somebody_is_added_whole_or_not_at_all(do: Any, register: Commands) -> None:
    """Words that are wrong, and a part that the actor may not do: nobody was added before that was known."""
    known = (
        "subject",
        "add",
        "--given",
        "Sirpale",
        "--family",
        "Kokonainen",
        "--email",
        "kokonainen@posti.example",
    )
    home = ("--street", "Katu 1", "--postcode", "33100", "--city", "Tampere")
    for wrong in (("--phone", "12"), ("--street", "Katu 1", "--postcode", "x"), ("--hetu", "010190-999K")):
        do(*known, *wrong, code=2)
    do(*known, *home, staff="market_operator.sahkolaitos", code=3)
    do(*known, "--business-id", "2345678-1", code=2)
    trader = do(*known, *home, "--business-id", "2345678-0")
    seen = do("subject", "show", trader["subject"])["visible"]
    assert [each["value"] for each in seen["business_id"]] == ["2345678-0"]
    assert [each["street"] for each in seen["address"]] == ["Katu 1"]


def test_every_part_is_changed_only_as_it_was_read(do: Any) -> None:
    """Each part by itself: whoever read it before another changed it is told, and nothing is overwritten."""
    key = do("subject", "add", "--given", "Vuoro", "--family", "Puhuja", "--phone", "048 900 0701")["subject"]
    home = ("--street", "Katu 2", "--postcode", "33100", "--city", "Tampere")
    parts = {
        "name": ("--family", "Toinen"),
        "language": ("--language", "sv"),
        "home": home,
        "postal": (*home, "--kind", "postal"),
        "safe": (*home, "--kind", "safe"),
        "phone": ("--phone", "048 900 0702"),
        "email": ("--email", "vuoro@posti.example"),
    }
    read = do("subject", "show", key)["version"]
    for part, change in parts.items():
        version = do("subject", "show", key)["version"]
        do("subject", "change", key, *change, "--version", version)
        stale = do("subject", "change", key, *change, "--version", version, code=1)
        assert stale["error"]["rule"] == "changed_meanwhile", part
    both = do(
        "subject", "change", key, "--email", "b@posti.example", "--language", "fi", "--version", read, code=1
    )
    assert both["error"]["rule"] == "changed_meanwhile"
    seen = do("subject", "show", key)
    assert seen["visible"]["name"][0]["language"] == "sv"
    [mail] = seen["visible"]["email"]
    ended = ("subject", "change", key, "--end-contact", mail["id"], "--phone", "048 900 0703")
    assert do(*ended, "--version", seen["version"])["what"] == ["phone", "end-contact"]
    seen = do("subject", "show", key)
    [postal] = [each for each in seen["visible"]["address"] if each["kind"] == "postal"]
    do("subject", "change", key, "--end-address", postal["id"], "--version", seen["version"])
    gone = do("subject", "change", key, "--end-address", postal["id"], "--phone", "048 900 0704", code=1)
    assert gone["error"]["rule"] == "not_there"
    seen = do("subject", "show", key)
    assert [each["valid_until"] is None for each in seen["visible"]["email"]] == [False]
    assert "0704" not in json.dumps(seen)
    wrong = do("subject", "change", key, "--hetu", "010190-951B", "--version", seen["version"], code=1)
    assert wrong["error"]["rule"] in {"not_of_this_version", "not_there"}
    do("subject", "change", key, "--language", "fi", "--version", "yesterday", code=2)


def test_who_is_here_unseen_is_told_of_and_let_in_by_the_register_contact(do: Any) -> None:
    known = ("subject", "add", "--given", "Aune", "--family", "Piilo", "--email", "aune@posti.example")
    key = do(*known)["subject"]
    refused = do(*known, staff=SISTER, code=1)
    assert refused["error"]["rule"] == "hidden_twin"
    assert str(key) not in refused["error"]["message"]
    do("subject", "prepare", key, "--for", "vera", "--until", "2099-01-01", staff=CONTACT, kind="request")
    again = do(*known, staff=SISTER, code=1)
    assert again["error"]["rule"] == "already_here"
    assert str(key) in again["error"]["message"]


def test_people_belong_together_and_are_one_in_several_capacities(do: Any) -> None:
    keys = [
        do("subject", "add", "--given", name, "--family", "Yhteinen")["subject"] for name in ("Eka", "Toka")
    ]
    first, second = keys
    do("household", "join", second, "--head", first)
    assert do("household", "show", first)["members"] == keys
    do("household", "leave", second)
    assert do("household", "show", second)["members"] == []
    assert do("household", "leave", second, code=1)["error"]["rule"] == "not_member"
    do("persona", "tie", second, "--to", first, "--as-a", "trader")
    assert do("persona", "show", second)["subjects"] == keys
    assert do("ban", "set", second, "--channel", "phone", "--all-personas")["subjects"] == keys
    do("persona", "untie", second)
    assert do("persona", "show", second)["subjects"] == [second]


def test_a_guardian_stands_for_a_ward_until_a_day(do: Any) -> None:
    """Every role that the register knows can be told."""
    from seloste.interfaces.cli.subjects import Standing
    from seloste.register.subjects.models import STANDS_FOR

    assert {role.value for role in Standing} == {role for roles in STANDS_FOR.values() for role in roles}
    guardian, ward = (
        do("subject", "add", "--given", name, "--family", "Valvova")["subject"] for name in ("Eka", "Toka")
    )
    until = "2099-01-01T00:00:00+02:00"
    stands = do("representation", "begin", guardian, "--of", ward, "--role", "guardian", "--until", until)
    assert stands["until"][:10] in {"2098-12-31", "2099-01-01"}
    do("subject", "claim-status", ward, "estate")
    do("representation", "begin", guardian, "--of", ward, "--role", "administrator")
    wrong = do("representation", "begin", guardian, "--of", ward, "--role", "signatory", code=1)
    assert wrong["error"]["rule"] == "wrong_standing"


def test_a_prospect_is_added_with_a_consent_and_nothing_more(do: Any) -> None:
    prospect = (
        "subject",
        "add",
        "--given",
        "Toive",
        "--email",
        "toive@posti.example",
        "--consent",
        "prospect_2026",
    )
    added = do(*prospect, "--proof", "lomake 5", staff=CONTACT, kind="request")
    assert added["purposes"] == ["rights"]
    assert do("subject", "show", added["subject"], code=3)["visible"] == {}
    do(*prospect, "--proof", "lomake 5", "--street", "Katu 1", staff=CONTACT, kind="request", code=2)


def test_what_is_not_written_as_it_should_be_is_said_without_repeating_it(do: Any) -> None:
    for wrong in (
        ("subject", "add", "--given", "Aino7"),
        ("subject", "add", "--given", "Aino", "--hetu", "010190-999K"),
        ("subject", "add"),
        ("subject", "change", "1"),
        ("subject", "export", "1", "-o", "tiedot.pdf"),
    ):
        told = do(*wrong, code=2)
        assert not {"Aino7", "010190-999K"} & set(told["error"]["message"].split())
