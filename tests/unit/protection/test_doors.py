"""Who may use the inner doors of a purpose session, and what a reason and an event key look like."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest

from seloste.register.protection.actors import parse
from seloste.register.protection.lookups import moment_key

SOURCE = Path(__file__).parents[3] / "src" / "seloste"
PROTECTION = SOURCE / "register" / "protection"
INNER = {
    ("seloste.register.protection.backend.gate", "run"),
    ("seloste.register.protection.backend.line", "Line"),
    ("seloste.register.protection.backend.purpose", "PurposeConnection"),
    ("seloste.register.protection.session", "Session"),
}
"""What lets statements through, or makes what does; `Session` may be named for its type alone."""


def imports(path: Path) -> list[tuple[str, str]]:
    """What a module imports at run time: module, name."""
    found = []
    tree = ast.parse(path.read_text())
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in for_types:
            found += [(node.module or "", alias.name) for alias in node.names]
    return found


def test_only_protection_sends_statements_of_its_own() -> None:
    outside = [path for path in SOURCE.rglob("*.py") if PROTECTION not in path.parents]
    assert outside
    used = {
        (str(path.relative_to(SOURCE)), name) for path in outside for name in imports(path) if name in INNER
    }
    assert used == set()


def test_the_detector_sees() -> None:
    assert ("seloste.register.protection.backend.gate", "run") in imports(PROTECTION / "see.py")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("call:4711", ("call", 4711)),
        ("case:1", ("case", 1)),
        ("", ("", 0)),
        ("call:", ("", 0)),
        ("call:Virtanen", ("", 0)),
        ("Call:1", ("", 0)),
        ("call:1 ", ("", 0)),
        ("call:1\n", ("", 0)),
        ("he rang", ("", 0)),
        ("call:" + "9" * 19, ("", 0)),
    ],
)
def test_a_reason_is_a_kind_and_a_key(reason, told) -> None:
    assert parse(reason) == told


def test_keys_of_events_grow_with_time() -> None:
    first = moment_key()
    time.sleep(0.002)
    later = moment_key()
    assert first < later
    assert {first.version, later.version} == {7}
    assert first.variant == later.variant == "specified in RFC 4122"
    assert len({moment_key() for _ in range(1000)}) == 1000
