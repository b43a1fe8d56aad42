"""A message as the bytes of a file."""

from __future__ import annotations

from lxml import etree

from .messages import FORMS, HEADER, PROCESS, Message
from .reading import PARTS
from .wire import NotWritable, write


def write_message(message: Message) -> bytes:
    """This will write a message as XML in the market's form.

    Raises: NotWritable, when a value does not fit; it says where and why, never the value.
    """
    [form] = [form for form in FORMS if isinstance(message.event, form.event)]
    if message.header.document != form.document:
        raise NotWritable(f"contradiction at /{form.name}/Header/DocumentType: this is {form.document}")
    names = {"rsm": form.outer, "hdr": HEADER, "pec": PROCESS, "elm": form.inner}
    root = etree.Element(f"{{{form.outer}}}{form.name}Message", nsmap=names)
    event = etree.SubElement(root, f"{{{form.outer}}}{form.name}")
    parts = zip(
        PARTS, (HEADER, PROCESS, form.inner), (message.header, message.process, message.event), strict=True
    )
    for part, namespace, record in parts:
        made = etree.SubElement(event, f"{{{form.outer}}}{part}")
        write(record, made, namespace, f"/{form.name}/{part}")
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written
