"""The glossary is complete and true: every term in three languages, every code word is one that the code uses."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in (ROOT / "GLOSSARY.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| term")
]


def test_every_term_is_told_in_finnish_swedish_and_english():
    assert len(ROWS) > 35
    for row in ROWS:
        assert len(row) == 5, row
        assert all(row[:3]), f"{row[0]}: a language is missing"


def test_a_term_stands_once():
    terms = [row[0].partition(":")[0] for row in ROWS]
    assert sorted(terms) == sorted(set(terms))


def test_every_code_word_is_used():
    source = "\n".join(p.read_text() for p in (ROOT / "src").rglob("*.py"))
    for row in ROWS:
        for word in re.findall(r"`([^`]+)`", row[4]):
            assert re.search(rf"\b{re.escape(word)}", source), (
                f"{row[0]}: nothing in the code is called {word}"
            )
