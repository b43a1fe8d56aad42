"""What is confirmed to a party: words in three languages, made into text and into a tagged PDF."""

from . import words
from .letter import Line, Matter, Party, Sender, compose
from .made import as_pdf, as_text

__all__ = ["Line", "Matter", "Party", "Sender", "as_pdf", "as_text", "compose", "words"]
