"""Cookies and the like.

Law: SVPL 205. Notice: cookies.
"""

from __future__ import annotations

from .parts import Answer, Declared, Key, Span, Text, Texts


class Cookie(Declared):
    """A kind of cookies. Law: SVPL 205."""

    name: Texts
    necessary: Answer | None = None
    consent: Key | None = None
    lifetime: Span | None = None
    third_parties: tuple[Text, ...] = ()
