"""Paper: whether an archive on paper is kept, of what, where and how long (GDPR 2(1), 30)."""

from spec.telling import found, notice, refused


def test_paper_is_kept_or_not():
    assert notice("paper: {kept: no}").paper.kept.answer == "no"
    assert found("paper: {kept: unresolved}") == ["ANSWER_LEFT_OPEN"]


def test_paper_has_a_declared_retention():
    refused("paper: {kept: yes, retention: forever}", "'forever' is not declared")
