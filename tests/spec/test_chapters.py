"""Every term of a notice has a chapter here."""

from pathlib import Path

from seloste.notice import Notice

TOLD_WITH = {"dpo": "contact", "roles": "protection", "trainings": "protection"}


def test_every_term_has_its_chapter():
    chapters = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    terms = {TOLD_WITH.get(term, term) for term in Notice.model_fields}
    assert chapters - {"chapters"} == terms
