"""`seloste source`: an export is pulled, what was refused is mended, an import is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Commands

ENGINEER = "data_engineer.vera"
HEADER = "Asiakasnumero;Tyyppi;Etunimet;Sukunimi;Yritys;Kieli;Henkilötunnus;Y-tunnus;Katuosoite;Postinumero;Postitoimipaikka;Puhelin;Sähköposti;Turvakielto;Muistio"
CANARY = "Salainensukunimi"


def line(key: int, phone: str = "", name: str = CANARY) -> str:
    return f"{key};H;Testi;{name};;FI;;;Kuja 1;33100;Tampere;{phone};;E;"


@pytest.fixture
def source(register: Commands, reason: Any) -> Any:
    def asked(*arguments: object, code: int = 0) -> Any:
        who = () if arguments[0] == "describe" else ("--as", ENGINEER, "--reason", reason("task"))
        answer = register("source", *arguments, *who, "--format", "json")
        assert answer.code == code, answer.out + answer.err
        assert CANARY not in answer.err
        return answer.json

    return asked


def test_what_was_refused_is_mended_and_an_import_taken_back(source: Any, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("\n".join([HEADER, line(900001), line(900002, "soita")]) + "\n", encoding="utf-8")
    pulled = source("pull", "generis", "customers", file, code=1)
    assert pulled | {"begun_at": 0, "changed_at": 0} == {
        "batch": pulled["batch"], "system": "generis", "feed": "customers", "side": "sahkolaitos", "state": "applied",
        "unfinished": False, "applied": 1, "waiting": 0, "refused": 1, "begun_at": 0, "changed_at": 0,
    }  # fmt: skip
    batch = pulled["batch"]
    [refused] = source("rejects", batch)["rows"]
    assert (refused["line"], refused["key"], refused["reason"], refused["field"]) == (
        3, "900002", "not_a_phone_number", "Puhelin",
    )  # fmt: skip
    assert refused["told"]["Sukunimi"] == CANARY, "whoever mends it sees what stood there"
    mended = source("replay", "generis", batch, "--line", 3, "--set", "Puhelin=040 123 4567")
    assert (mended["applied"], mended["refused"]) == (2, 0)
    assert source("pull", "generis", "customers", file)["batch"] == batch, "the same file is the same import"
    assert batch in [each["batch"] for each in source("list")["batches"]]
    back = source("rollback", batch)
    assert (back["state"], back["applied"], back["subjects_kept"]) == ("rolled_back", 0, 0)


def test_a_file_that_is_another_is_refused_whole(source: Any, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_bytes("\n".join([HEADER, line(900010)]).encode("latin-1"))
    told = source("pull", "generis", "customers", file, code=2)
    assert told["error"]["rule"] == "not_csv"
    assert "latin-1" in told["error"]["message"]
    file.write_text(line(900010), encoding="utf-8")
    assert source("pull", "generis", "customers", file, code=2)["error"]["rule"] == "not_header"
    assert not any(each["unfinished"] for each in source("list")["batches"])


def test_a_system_tells_what_it_brings_and_what_it_cannot_do(source: Any) -> None:
    told = source("describe", "ax")
    assert told["controller"] == "vera"
    assert told["feeds"]["receivables"]["en"] == "Receivables"
    assert told["columns"]["customers"]["InvoiceZip"] == "address.billing.postcode"
    assert "push" in told["cannot"]
    assert source("describe", "mainframe", code=2)["error"]["rule"] == "not_usable"
    assert {"ax", "enerity", "event_forms", "generis", "trimble_nis"} <= set(source("list")["sources"])


def test_nobody_but_who_keeps_the_register_up_imports(
    register: Commands, reason: Any, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(HEADER + "\n")
    who = ("--as", "customer_service.vera", "--reason", reason("task"))
    assert register("source", "pull", "generis", "customers", file, *who).code == 3


def test_a_mended_cell_names_its_row(source: Any) -> None:
    assert source("replay", "generis", 1, "--set", "Puhelin=1", code=2)["error"]["rule"] == "wrong_usage"


def test_what_waits_longer_than_the_notice_says_is_forgotten(source: Any) -> None:
    assert source("forget") == {"rows": 0, "steps": 0, "batches": 0}
