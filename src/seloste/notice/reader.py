"""Reading a notice file strictly: what is misspelled, doubled or malformed is refused with its place.

Scalars stay text until the grammar reads them, so YAML's own ideas of `no`, dates and numbers
never meet a notice. Anchors, aliases, tags and further documents are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .parts import Located, UnreadableNotice
from .whole import Notice, refuse_dangling

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 1_000_000
MOST_DEPTH = 12
MOST_EVENTS = 200_000


def read_notice(source: Path | str | bytes) -> Notice:
    """This will read a notice from a file, or from the bytes of one.

    Raises: UnreadableNotice, with line and column and what to write instead.
    """
    text = _text(source if isinstance(source, bytes) else _bytes(Path(source)))
    tree = _tree(text)
    try:
        notice = Notice.model_validate(tree)
    except ValidationError as wrong:
        raise _unreadable(tree, wrong) from None
    refuse_dangling(notice)
    return notice


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableNotice(0, 0, f"the file is larger than {MOST_BYTES // 1_000_000} MB; no notice is")
        return path.read_bytes()
    except OSError as wrong:
        raise UnreadableNotice(0, 0, f"{path}: {wrong.strerror}") from None


def _text(raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        raise UnreadableNotice(0, 0, f"the file is larger than {MOST_BYTES // 1_000_000} MB; no notice is")
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise UnreadableNotice(1, 1, "the file is in UTF-16; save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        raise UnreadableNotice(line, 1, "the file is not UTF-8 here; save it as UTF-8") from None
    if "\0" in text:
        raise UnreadableNotice(text[: text.index("\0")].count("\n") + 1, 1, "the file is binary")
    if not text.strip():
        raise UnreadableNotice(1, 1, "the file is empty; `seloste notice schema` shows what a notice holds")
    return text


def _tree(text: str) -> Located:
    yaml = YAML(typ="safe", pure=True)
    try:
        tree = _Builder(yaml.parse(text)).document()
    except MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise UnreadableNotice(*place, f"this is not YAML: {wrong.problem or wrong.context}") from None
    except (YAMLError, ValueError, RecursionError) as wrong:
        raise UnreadableNotice(0, 0, f"this is not YAML: {type(wrong).__name__}") from None
    if not isinstance(tree, Located):
        raise UnreadableNotice(1, 1, "a notice is a mapping that begins with `notice:`")
    return tree


class _Builder:
    """Builds the tree from events, so that depth and size are bounded before anything grows."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = self._bounded(events)

    @staticmethod
    def _bounded(events: Iterator[Any]) -> Iterator[Any]:
        depth = documents = 0
        for number, event in enumerate(events):
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            if number > MOST_EVENTS:
                raise UnreadableNotice(line, column, "the file holds more than any notice does")
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                raise UnreadableNotice(line, column, "anchors and aliases are not read; write the words out")
            if getattr(event, "ctag", None) is not None and str(event.ctag or "") not in {"", "None", "!"}:
                raise UnreadableNotice(line, column, "tags are not read; write the value alone")
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise UnreadableNotice(line, column, "a file holds one notice")
            depth += isinstance(event, MappingStartEvent | SequenceStartEvent)
            depth -= isinstance(event, MappingEndEvent | SequenceEndEvent)
            if depth > MOST_DEPTH:
                raise UnreadableNotice(line, column, f"parts lie deeper than {MOST_DEPTH} levels")
            if isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | MappingEndEvent | SequenceEndEvent):
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
            items = []
            while not isinstance(event := next(self.events), SequenceEndEvent):
                items.append(self._value(event, ""))
            return items
        if event is None or (not event.style and event.value in {"", "null", "~"}):
            return None
        return event.value

    def _mapping(self, start: Any, key: str) -> Located:
        found = Located(key, start.start_mark.line + 1, start.start_mark.column + 1)
        while not isinstance(event := next(self.events), MappingEndEvent):
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            if not isinstance(event, ScalarEvent):
                raise UnreadableNotice(line, column, "a key is a word")
            if event.value in found:
                first = found.places[event.value][0]
                raise UnreadableNotice(line, column, f"{event.value!r} stands here twice, first on line {first}")
            found.places[event.value] = (line, column)
            found[event.value] = self._value(next(self.events), event.value)
            if isinstance(found[event.value], Located):
                # A part begins at its key, which for a block mapping is the line before its first.
                found[event.value].line, found[event.value].column = line, column
        return found


def _unreadable(tree: Located, wrong: ValidationError) -> UnreadableNotice:
    """The first thing that the grammar refused, at the deepest place of the file that is known."""
    error = wrong.errors(include_url=False, include_input=False)[0]
    here: Any = tree
    place, path = (tree.line, tree.column), []
    for step in error["loc"]:
        if isinstance(here, Located) and step in here:
            place = here.places[str(step)]
        elif not (isinstance(here, list) and isinstance(step, int) and step < len(here)):
            path.append(str(step))
            continue
        here = here[step]
        path.append(str(step))
        if isinstance(here, Located) and here.line:
            place = (here.line, here.column)
    told = ".".join(part for part in path if part)
    return UnreadableNotice(*place, f"{told}: {error['msg']}")
