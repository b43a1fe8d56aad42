"""Where things stand in the file: its mappings and lists as read, each with the places of what it holds."""

from __future__ import annotations

import difflib
from typing import Any

Place = tuple[int, int]
"""Line and column, from 1; zeros where nothing was read from a file."""


class UnreadableNotice(Exception):
    """The file cannot be read as a notice; says where and what to write."""

    def __init__(self, line: int, column: int, message: str) -> None:
        """`line` and `column` count from 1; 0 when the file as a whole is meant."""
        super().__init__(f"line {line}, column {column}: {message}" if line else message)
        self.line = line
        self.column = column
        self.message = message


class Located(dict[str, Any]):
    """A mapping of the file that knows its key and where it and its values stand."""

    def __init__(self, key: str = "", line: int = 0, column: int = 0) -> None:
        """An empty mapping found under `key`."""
        super().__init__()
        self.key = key
        self.line = line
        self.column = column
        self.places: dict[str, Place] = {}


class Listed(list[Any]):
    """A list of the file that knows where its items stand."""

    def __init__(self) -> None:
        """An empty list."""
        super().__init__()
        self.places: list[Place] = []


def reached(tree: Located, path: tuple[str | int, ...]) -> tuple[Place, list[str]]:
    """This will follow keys and numbers of items into the tree as far as they reach.

    Shape: the place that was reached, the steps that led there.
    """
    here: Any = tree
    place, steps = (tree.line, tree.column), []
    for step in path:
        inside = isinstance(here, Located) and step in here
        if not (inside or (isinstance(here, Listed) and step in range(len(here)))):
            break
        place, here = here.places[step], here[step]
        steps.append(str(step))
    return place, steps


def shown(word: str) -> str:
    """This will quote a word of the file, cut where it is longer than any word of a notice."""
    return repr(word if len(word) <= 40 else word[:40] + "…")  # noqa: PLR2004


def nearest(word: str, known: list[str]) -> str:
    """This will name the known word nearest to a misspelled one, as the end of a sentence."""
    if not known:
        return "; none is"
    close = difflib.get_close_matches(word[:40], known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known here: {', '.join(sorted(known))}"
