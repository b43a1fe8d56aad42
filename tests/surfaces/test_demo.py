"""The demo from end to end, on the embedded server, in a home where nothing is yet."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import SOURCE, Answer, run

if TYPE_CHECKING:
    from collections.abc import Iterator

README = SOURCE.parent / "README.md"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of its own; where its server lay elsewhere, that is cleared away too."""
    folder = tmp_path_factory.mktemp("demo")
    yield folder
    elsewhere = folder / "server.is.at"
    if elsewhere.exists():
        shutil.rmtree(elsewhere.read_text().strip())


@pytest.fixture(scope="module")
def demo(home: Path) -> tuple[Answer, float]:
    """What it showed the first time, and how long it took."""
    began = time.monotonic()
    answer = run(home, "demo", "--no-serve", COLUMNS="100")
    return answer, time.monotonic() - began


def test_it_shows_everything_in_time(demo: tuple[Answer, float]) -> None:
    answer, seconds = demo
    assert answer.code == 0, answer.out + answer.err
    assert seconds < 75
    assert answer.err == ""
    assert "\x1b" not in answer.out
    for shown in (
        "TRANSFER_WITHOUT_SAFEGUARDS",
        "database logins",
        "Aino Maria",
        "not declared",
        "word for word",
        "-1",
        "ERROR:  permission denied for table receivable",
        "ERROR:  must be owner of table subject",
        "misuse_investigation",
        "GroundNotDeclared",
        "outage_of_protected_customer",
        "is written and waits",
        "ERROR:  an opening is reviewed by a second person",
        "opened, break-glass",
        "data_key 1",
        "1 before and 0 after",
        "not_a_phone_number",
        "0 rows wait now",
        "One human, and where each value comes from",
        "are not those that were sealed",
        "are missing",
        "the database says what the notice says",
        "seloste see aino",
    ):
        assert shown in answer.out, shown


def test_the_readme_shows_what_it_prints(demo: tuple[Answer, float]) -> None:
    printed = {" ".join(line.split()) for line in demo[0].out.splitlines()}
    excerpts = re.findall(r"```text\n(.*?)```", README.read_text(), flags=re.DOTALL)
    assert len(excerpts) == 3
    for line in "\n".join(excerpts).splitlines():
        assert " ".join(line.split()) in printed, f"README shows a line that the demo does not print: {line}"


def test_what_the_law_keeps_is_all_that_is_left(demo: tuple[Answer, float]) -> None:
    scene = demo[0].out.partition("One class is erased")[2].partition("Rows erased")[0]
    rows = [line.split() for line in scene.splitlines()]
    [kept] = [row for row in rows if row[:1] == ["receivables"]]
    assert kept[-2:] == ["€", "paid"]
    for category in ("housing_form", "phone"):
        [gone] = [row for row in rows if row[:1] == [category]]
        assert gone[2:] == ["none", "not", "declared", "not", "declared"]


def test_only_copies_of_the_ledger_are_forged(home: Path, demo: tuple[Answer, float]) -> None:
    told = [line.split() for line in demo[0].out.partition("The copy ")[2].splitlines()]
    [kept], [changed], [removed] = (
        [row for row in told if row[:2] == name.split()] for name in ("as exported", "one actor", "one event")
    )
    assert (kept[2:4], changed[3], removed[3]) == (["0", "intact,"], "1", "1")
    assert changed[4] == removed[4]
    own = run(home, "ledger", "verify", "--format", "json").json
    assert own["intact"]
    assert own["compared_with"]
    assert own["unsealed"] == 0


def test_what_it_says_to_try_works(home: Path, demo: tuple[Answer, float]) -> None:
    commands = [line.split()[1:] for line in demo[0].out.splitlines() if line.strip().startswith("seloste ")]
    assert len(commands) >= 4
    for command in commands:
        where = [str(SOURCE.parent / word) if word.startswith("examples/") else word for word in command]
        answer = run(home, *where)
        assert answer.code == {"may": 1, "check": 1, "status": 1}.get(command[0], 0), (command, answer)
        if command[0] == "status":
            assert answer.out.count("attention") == 2
            assert "No backup was taken yet" in answer.out
            assert "1 alarms are not sent" in answer.out, "no mail server was named"


def test_it_can_be_shown_twice(home: Path, demo: tuple[Answer, float]) -> None:
    answer = run(home, "demo", "--no-serve", "--persons", "60", COLUMNS="80")
    assert answer.code == 0, answer.out + answer.err
    assert answer.out.count("database logins") == 1
    assert run(home, "policy", "verify").code == 0
    assert run(home, "ledger", "verify").code == 0


def test_the_server_is_left_as_it_was_found(home: Path, demo: tuple[Answer, float]) -> None:
    elsewhere = home / "server.is.at"
    base = Path(elsewhere.read_text().strip()) if elsewhere.exists() else home / "server"
    assert (base / "postgres" / "PG_VERSION").exists()
    assert not (base / "postgres" / "postmaster.pid").exists()
