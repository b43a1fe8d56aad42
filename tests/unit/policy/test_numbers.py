"""The numbers that the policy has bits for."""

from __future__ import annotations

import pytest

from conftest import EXAMPLES
from seloste.notice import read_notice
from seloste.policy.differing import needed
from seloste.policy.registry import CATEGORIES, TooManyCategories, category_rows
from seloste.policy.statements import Statement

NOTICE = read_notice(EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml")
CREATE = "CREATE OR REPLACE TRIGGER policy_answer BEFORE INSERT ON register.ban FOR EACH ROW EXECUTE FUNCTION policy.x()"
ALWAYS = 'ALTER TABLE register."ban" ENABLE ALWAYS TRIGGER policy_answer'


def with_categories(count):
    [one, *_] = NOTICE.categories.values()
    return NOTICE.model_copy(update={"categories": {f"c{n}": one for n in range(count)}})


def test_a_category_more_than_there_are_bits_is_refused():
    assert len(list(category_rows(with_categories(CATEGORIES)))) == CATEGORIES
    with pytest.raises(TooManyCategories, match="64 categories"):
        list(category_rows(with_categories(CATEGORIES + 1)))


class Catalogue:
    """What a database says is there."""

    def __init__(self, *there):
        self.there = there

    def execute(self, _query):
        return self

    def fetchall(self):
        return [(sql,) for sql in self.there]


@pytest.mark.parametrize(
    ("there", "left"),
    [
        ((CREATE, ALWAYS), []),
        ((CREATE,), [ALWAYS]),
        # replaced, a trigger is no longer enabled for replicated sessions, whatever the catalogue said before
        ((CREATE.replace("ban", "other"), ALWAYS), [CREATE, ALWAYS]),
        ((), [CREATE, ALWAYS]),
    ],
)
def test_a_trigger_that_is_replaced_is_enabled_anew(there, left):
    statements = [Statement(CREATE), Statement(ALWAYS)]
    assert [each.sql for each in needed(Catalogue(*there), statements)] == left
