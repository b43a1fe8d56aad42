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
