"""A message out of a file's bytes, or every reason why it is none."""

from __future__ import annotations

from .document import Node, Reason, Rejected, tree
from .messages import FORMS, HEADER, PROCESS, Event, Form, Header, Message, Process
from .wire import Reading

_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_ID = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id"
PARTS = ("Header", "ProcessEnergyContext", "Transaction")


def read_message(data: bytes) -> Message:
    """This will read a message that came from outside; what it says is not yet believed.

    Raises: Rejected, with every reason that was found. Law: GDPR 5(1)(d), 32.
    """
    root = tree(data)
    form = next((form for form in FORMS if root.tag == f"{{{form.outer}}}{form.name}Message"), None)
    if form is None:
        known = ", ".join(form.document for form in FORMS)
        raise Rejected(Reason("unknown_message", f"it is no message of {known} in its namespace", "/*"))
    parts, reading, path = _parts(root, form), Reading(), f"/{form.name}"
    header = reading.record(Header, parts[0], HEADER, f"{path}/Header")
    process = reading.record(Process, parts[1], PROCESS, f"{path}/ProcessEnergyContext")
    event: Event | None = reading.record(form.event, parts[2], form.inner, f"{path}/Transaction")
    if header and header.document != form.document:
        what = f"it is not {form.document}, which the namespace says"
        reading.reasons.append(Reason("contradiction", what, f"{path}/Header/DocumentType"))
    if reading.reasons or not (header and process and event):
        raise Rejected(*reading.reasons)
    return Message(header, process, event)


def _parts(root: Node, form: Form) -> tuple[Node, Node, Node]:
    """Header, context and transaction of a message.

    Raises: Rejected.
    """
    if set(root.attributes) - {_SCHEMA, _ID}:
        raise Rejected(Reason("attribute", "the message has no other attribute than its Id", "/*"))
    events = [child for child in root.children if child.tag == f"{{{form.outer}}}{form.name}"]
    if len(events) != 1 or len(root.children) != 1 or root.text.strip():
        raise Rejected(Reason("unexpected", f"a message holds one {form.name} and nothing else", "/*"))
    [event] = events
    tags = [child.tag for child in event.children]
    if tags != [f"{{{form.outer}}}{part}" for part in PARTS] or event.text.strip() or event.attributes:
        what = f"it holds {', '.join(PARTS)}, each once and in this order"
        raise Rejected(Reason("unexpected", what, f"/{form.name}"))
    header, process, transaction = event.children
    return header, process, transaction
