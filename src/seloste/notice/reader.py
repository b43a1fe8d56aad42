"""Reading a notice file strictly: what is misspelled, doubled or malformed is refused with its place.

Scalars stay text until the grammar reads them, so YAML's own ideas of `no`, dates and numbers
never meet a notice. Anchors, aliases, tags and further documents are refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .places import Listed, Located, Place, UnreadableNotice, shown
from .whole import Notice

# The parser is plain Python: some 30,000 events a second, and quadratic in a line of punctuation. These
# bounds keep the worst file under two seconds; the notice of 2026 has 800 lines, 42 kB and 4,600 events.
MOST_BYTES = 500_000
MOST_LINES = 20_000
MOST_IN_A_LINE = 20_000
MOST_DEPTH = 12
MOST_EVENTS = 25_000

_UNSEEN = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Control characters, and those that make a text read otherwise than it stands."""


def read_notice(source: Path | str | bytes) -> Notice:
    """This will read a notice from a file, or from the bytes of one.

    Raises: UnreadableNotice, with line and column and what to write instead.
    """
    return Notice.of(read_tree(source))


def read_tree(source: Path | str | bytes) -> Located:
    """This will read a file of ours as strictly as a notice, and leave it to another grammar what it says.

    Raises: UnreadableNotice.
    """
    raw = source if isinstance(source, bytes) else _bytes(source)
    return _tree(_text(raw))


def _bytes(path: Path | str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as wrong:
        raise UnreadableNotice(0, 0, f"{path}: {wrong.strerror}") from None
    except ValueError:
        raise UnreadableNotice(0, 0, "this is not the name of a file") from None


def _text(raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        raise UnreadableNotice(0, 0, f"the file is larger than {MOST_BYTES // 1000} kB; no notice is")
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in raw[:2]:
        raise UnreadableNotice(1, 1, "the file is in UTF-16 or UTF-32; save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        place = raw.count(b"\n", 0, wrong.start) + 1, wrong.start - raw.rfind(b"\n", 0, wrong.start)
        raise UnreadableNotice(*place, "the file is not UTF-8 here; save it as UTF-8") from None
    if not text.strip():
        raise UnreadableNotice(1, 1, "the file is empty; `seloste notice schema` shows what a notice holds")
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise UnreadableNotice(MOST_LINES, 1, f"the file has more than {MOST_LINES:,} lines; no notice has")
    for number, line in enumerate(lines, 1):
        if len(line) > MOST_IN_A_LINE:
            told = f"the line has more than {MOST_IN_A_LINE:,} characters; break it"
            raise UnreadableNotice(number, MOST_IN_A_LINE, told)
        if found := _UNSEEN.search(line):
            raise UnreadableNotice(number, found.start() + 1, _unseen(found[0]))
    return text


def _unseen(character: str) -> str:
    return f"the character U+{ord(character):04X} cannot be seen and is not read; take it out"


def _tree(text: str) -> Located:
    try:
        tree = _Builder(YAML(typ="safe", pure=True).parse(text)).document()
    except MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        told = " ".join(str(wrong.problem or wrong.context).split())
        raise UnreadableNotice(line, column, f"this is not YAML: {told}") from None
    except (YAMLError, ValueError, RecursionError) as wrong:
        raise UnreadableNotice(0, 0, f"this is not YAML: {type(wrong).__name__}") from None
    if not isinstance(tree, Located):
        raise UnreadableNotice(1, 1, "a notice is a mapping that begins with `notice:`")
    return tree


def _start(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


class _Builder:
    """Builds the tree from events, so that depth and size are bounded before anything grows."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = self._bounded(events)

    @staticmethod
    def _bounded(events: Iterator[Any]) -> Iterator[Any]:
        depth = documents = 0
        for number, event in enumerate(events):
            if number > MOST_EVENTS:
                raise UnreadableNotice(*_start(event), "the file holds more than any notice does")
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise UnreadableNotice(*_start(event), "a file holds one notice")
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                raise UnreadableNotice(
                    *_start(event), "anchors and aliases are not read; write the words out"
                )
            if getattr(event, "ctag", None) is not None:
                raise UnreadableNotice(*_start(event), "tags are not read; write the value alone")
            depth += isinstance(event, MappingStartEvent | SequenceStartEvent)
            depth -= isinstance(event, MappingEndEvent | SequenceEndEvent)
            if depth > MOST_DEPTH:
                raise UnreadableNotice(*_start(event), f"parts lie deeper than {MOST_DEPTH} levels")
            if isinstance(event, NodeEvent | MappingEndEvent | SequenceEndEvent):
                yield event

    def document(self) -> Any:
        """The one document's value; events after it are looked at too."""
        value = self._value(next(self.events, None), "")
        for _ in self.events:
            pass
        return value

    def _value(self, event: Any, key: str) -> Any:
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, key)
        if isinstance(event, SequenceStartEvent):
            return self._list()
        if event is None or (not event.style and event.value in {"", "null", "~"}):
            return None
        return _word(event)

    def _list(self) -> Listed:
        items = Listed()
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.places.append(_start(event))
            items.append(self._value(event, ""))
        return items

    def _mapping(self, start: Any, key: str) -> Located:
        found = Located(key, *_start(start))
        while not isinstance(event := next(self.events), MappingEndEvent):
            place = _start(event)
            if not isinstance(event, ScalarEvent):
                raise UnreadableNotice(*place, "a key is a word")
            name = unicodedata.normalize("NFC", _word(event))
            if name in found:
                told = f"{shown(name)} stands here twice, first on line {found.places[name][0]}"
                raise UnreadableNotice(*place, told)
            found.places[name] = place
            found[name] = value = self._value(next(self.events), name)
            if isinstance(value, Located):
                # A part begins at its key, which for a block mapping is the line before its first.
                value.line, value.column = place
        return found


def _word(event: Any) -> str:
    """The text of a scalar; an escape may hold what the file itself may not."""
    if found := _UNSEEN.search(event.value):
        raise UnreadableNotice(*_start(event), _unseen(found[0]))
    return str(event.value)
