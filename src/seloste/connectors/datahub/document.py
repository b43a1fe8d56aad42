"""What is XML at all: a stranger's bytes become a small tree, within bounds, or are rejected.

Nothing is fetched, no entity is replaced, no document type is allowed. A message of the market has
some two hundred elements, seven deep; the bounds leave room for a large joint agreement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

MAX_BYTES = 1 << 20
MAX_DEPTH = 16
MAX_ELEMENTS = 5_000
MAX_TEXT = 1_000
"""Characters in one element; the longest that is declared has 300."""

_DECLARED = re.compile(r"""<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")


@dataclass(frozen=True)
class Reason:
    """Why a message is rejected: a code, the rule in words, and the path of the element. Never a value."""

    code: str
    what: str
    path: str

    def __str__(self) -> str:
        """For a log: it holds nothing of anybody."""
        return f"{self.code} at {self.path}: {self.what}"


class Rejected(Exception):
    """The bytes are not a message that can be taken; `reasons` say why, each with its place."""

    def __init__(self, *reasons: Reason) -> None:
        """At least one reason."""
        super().__init__("; ".join(str(reason) for reason in reasons))
        self.reasons = reasons


@dataclass
class Node:
    """An element, as it came."""

    tag: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""


class _Building:
    """What the parser tells; it is stopped at the first bound that is passed."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Node] = []
        self.elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if len(self.open) >= MAX_DEPTH:
            raise _rejected("too_deep", f"elements stand more than {MAX_DEPTH} deep")
        if self.elements > MAX_ELEMENTS:
            raise _rejected("too_many_elements", f"there are more than {MAX_ELEMENTS} elements")
        node = Node(tag, dict(attributes))
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def data(self, text: str) -> None:
        node = self.open[-1]
        if len(node.text) + len(text) > MAX_TEXT:
            raise _rejected("too_long", f"an element holds more than {MAX_TEXT} characters")
        node.text += text

    def end(self, _tag: str) -> None:
        self.open.pop()

    def doctype(self, *_: str | None) -> None:
        raise _rejected("document_type", "a message has no document type and no entities")

    def close(self) -> Node | None:
        return self.root


def tree(data: bytes) -> Node:
    """This will read bytes as XML within bounds.

    Raises: Rejected.
    """
    if len(data) > MAX_BYTES:
        raise _rejected("too_large", f"a message is at most {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _rejected("encoding", "a message is UTF-8, and this is not") from None
    declared = _DECLARED.match(text)
    if declared and declared[1].upper() != "UTF-8":
        raise _rejected("encoding", "a message is UTF-8, and this declares another encoding")
    parser = etree.XMLParser(
        target=_Building(),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        parser.feed(text.encode())
        root: Node | None = parser.close()
    except etree.XMLSyntaxError as error:
        # its own words may quote what it met
        raise _rejected("not_xml", f"it is not well-formed XML, at line {error.lineno}") from None
    if root is None:
        raise _rejected("not_xml", "there is no element in it")
    return root


def _rejected(code: str, what: str) -> Rejected:
    return Rejected(Reason(code, what, "/"))
