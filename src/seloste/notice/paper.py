"""The archive on paper.

Law: GDPR 2(1), 30. Notice: paper.
"""

from __future__ import annotations

from .parts import Answer, Declared, Key, Text, Texts


class Paper(Declared):
    """The paper archive. Law: GDPR 2(1), 30."""

    kept: Answer | None = None
    contents: tuple[Text, ...] = ()
    ground: Text | None = None
    place: Text | None = None
    retention: Key | None = None
    retrieval: Texts | None = None
