"""Messages of the market from the command line: taken, told why not, and written as the notice lets them be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from stdnum import ean

from seloste.connectors.datahub.messages import AgreementOpened, Process
from seloste.connectors.datahub.reading import read_message
from seloste.connectors.datahub.writing import write_message
from unit.datahub.made_up import AGREEMENT, AINO, GRID_AREA, MARCH, hetu, message

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Commands

CANARY = "Kanarialintu"
POINT = "64309999999999999" + ean.calc_check_digit("64309999999999999")
HOLDER = replace(AINO, identification=hetu(date(1961, 2, 3), 977), family_name=CANARY)


@pytest.fixture
def asked(register: Commands, reason: Any) -> Any:
    def ask(*arguments: object, who: str, code: int = 0) -> Any:
        told = ("--as", who, "--reason", reason("task"), "--format", "json")
        answer = register(*arguments, *told)
        assert answer.code == code, answer.out + answer.err
        assert CANARY not in answer.out + answer.err
        return answer.json

    return ask


def f04(**said: Any) -> bytes:
    agreement = replace(
        AGREEMENT, number="CLI-1", holders=(HOLDER,), invoice_channel="post", invoice_address=None
    )
    event = AgreementOpened(
        valid_from=MARCH, reason="move_in", gsrn=POINT, grid_area=GRID_AREA, agreement=agreement
    )
    return write_message(
        replace(message(event, **said), process=Process(process="DH-311-2", role="supplier"))
    )


def test_messages_are_taken_one_by_one_and_told_of(asked: Any, tmp_path: Path) -> None:
    (tmp_path / "1-right.xml").write_bytes(f04())
    (tmp_path / "2-spoiled.xml").write_bytes(f04().replace(b">AT03<", b">AT09<"))
    (tmp_path / "3-no-message.xml").write_text(f"<{CANARY}/>")
    taken = asked("source", "pull", "datahub", "messages", tmp_path, who="data_engineer.vera", code=1)[
        "messages"
    ]
    assert [(each["file"], each["document"], each["did"]) for each in taken] == [
        ("1-right.xml", "F04", "opened"), ("2-spoiled.xml", None, "rejected"), ("3-no-message.xml", None, "rejected"),
    ]  # fmt: skip
    [reason] = taken[1]["reasons"]
    assert (reason["code"], reason["path"]) == ("code", "/MasterDataContractEvent/Transaction/ContractReason")
    [subject] = taken[0]["subjects"]
    again = asked("source", "pull", "datahub", "messages", tmp_path / "1-right.xml", who="data_engineer.vera")
    assert [each["did"] for each in again["messages"]] == ["nothing"]

    market = {"who": "market_operator.vera"}
    f01, opened = tmp_path / "f01.xml", tmp_path / "f04.xml"
    told = asked("datahub", "write", "F01", subject, "-o", f01, **market)
    assert told == {"document": "F01", "file": str(f01), "purpose": "market_communication"}
    assert read_message(f01.read_bytes()).event.customer.identification == HOLDER.identification
    asked("datahub", "write", "F04", taken[0]["agreement"], "--grid-area", GRID_AREA, "-o", opened, **market)
    assert read_message(opened.read_bytes()).event.agreement.number == "CLI-1"
    assert f01.stat().st_mode & 0o077 == 0

    later = asked(
        "datahub", "write", "F01", subject, "--from", "2027-12-01", "-o", tmp_path / "x.xml", **market, code=1
    )
    assert later["error"]["rule"] == "not_writable"
    other = asked(
        "datahub",
        "write",
        "F01",
        subject,
        "--under",
        "agreements",
        "-o",
        tmp_path / "x.xml",
        **market,
        code=3,
    )
    assert other["error"]["rule"] == "no_recipient"
    assert not (tmp_path / "x.xml").exists()


def test_what_was_taken_is_told_also_where_a_later_file_cannot_be_read(asked: Any, tmp_path: Path) -> None:
    (tmp_path / "1-right.xml").write_bytes(f04(identification="another"))
    (tmp_path / "2-no-file.xml").mkdir()
    (tmp_path / "3-after.xml").write_text(f"<{CANARY}/>")
    taken = asked("source", "pull", "datahub", "messages", tmp_path, who="data_engineer.vera", code=2)
    assert [(each["file"], each["did"]) for each in taken["messages"]] == [
        ("1-right.xml", "opened"),
        ("2-no-file.xml", "rejected"),
    ]
    [reason] = taken["messages"][1]["reasons"]
    assert reason["code"] == "not_readable_source"


def test_the_hub_is_described_and_nothing_is_mended_in_its_stead(
    asked: Any, register: Commands, tmp_path: Path
) -> None:
    told = register("source", "describe", "datahub", "--format", "json").json
    assert (told["system"], list(told["feeds"])) == ("datahub", ["messages"])
    assert set(told["cannot"]) == {"push", "rollback"}
    asked("source", "replay", "datahub", 1, who="data_engineer.vera", code=2)
    lost = asked(
        "source", "pull", "datahub", "messages", tmp_path / "nowhere.xml", who="data_engineer.vera", code=2
    )
    assert "cannot be read" in lost["error"]["message"]
