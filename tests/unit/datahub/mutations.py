"""Valid messages, spoiled in a thousand ways: by bytes, by elements, by values; the same for a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from seloste.connectors.datahub.writing import write_message
from unit.datahub.made_up import MESSAGES

VALUES = [
    "", " ", "0", "2", "AB09", "F04", "x" * 400, "\u2028", "Ä" * 60, "2026-02-30T22:00:00Z", "2026-03-01T00:00:00Z",
    "2026-03-01T22:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2199-12-31T22:00:00-23:59", "-1", "1e9", "NaN",
    "٠١٢", "010101A0101", "6410000000001", "a\tb", "<![CDATA[", "]]>", "&amp;", "../../etc/passwd", "' OR 1=1 --", "1" * 90,
]  # fmt: skip


CODES = [
    f">{code}<".encode()
    for code in ("AA01", "AA03", "AB01", "AB02", "AN02", "AR02", "F01", "F06", "E58", "AA09")
]


def _bytes(draw: random.Random, data: bytes) -> bytes:
    at, length = draw.randrange(len(data)), draw.randrange(1, 40)
    junk = bytes(draw.randrange(256) for _ in range(draw.randrange(1, 6)))
    return draw.choice(
        [
            data[:at],
            data[at:],
            data[:at] + data[at + length :],
            data[:at] + junk + data[at:],
            data[:at] + junk + data[at + len(junk) :],
            data[:at] + data[at : at + length] * 2 + data[at + length :],
            data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :],
        ]
    )


def _whole(draw: random.Random, data: bytes) -> bytes:
    text, encoding = data.decode(), draw.choice(["utf-16", "utf-16-le", "utf-32", "utf-7"])
    return draw.choice(
        [
            text.encode(encoding),
            text.replace("UTF-8", draw.choice(["ISO-8859-1", "UTF-16", "EBCDIC", ""])).encode(
                "latin-1", "replace"
            ),
            text.replace("?>", "?><!DOCTYPE a [<!ENTITY b 'c'>]>", 1).encode(),
            text.replace("</", "&b;</", 1).encode(),
            text.replace(":v1", draw.choice([":v2", "", ":v1 "]), draw.randrange(1, 5)).encode(),
            text.replace(">\n", f">{'<a>' * 300}\n", draw.randrange(1, 9)).encode(),
            (b"\xef\xbb\xbf" + data) * draw.randrange(1, 3),
            data.replace(b"\n", draw.choice([b"\r\n", b"\0", b"\x0b"])),
            data + draw.choice([b"\0", b"<a/>", b" ", data]),
        ]
    )


def _elements(draw: random.Random, data: bytes) -> bytes:
    root = etree.fromstring(data)
    every = list(root.iter())
    one, other = draw.choice(every[1:]), draw.choice(every)
    parent = one.getparent()
    match draw.randrange(9):
        case 0:
            parent.remove(one)
        case 1:
            parent.append(etree.fromstring(etree.tostring(one)))
        case 2:
            parent.insert(draw.randrange(len(parent)), one)
        case 3 if one not in set(other.iterancestors()) | {other}:
            other.append(one)
        case 4:
            one.tag = draw.choice([etree.QName(one).localname, "{urn:other}a", f"{one.tag}s", other.tag])
        case 5:
            one.text = draw.choice(VALUES)
        case 6:
            one.tail = draw.choice(VALUES)
        case 7:
            one.set(
                draw.choice(["a", "schemeAgencyIdentifier", "listAgencyIdentifier"]),
                draw.choice(VALUES).replace("\t", ""),
            )
        case _:
            one.attrib.clear()
    return etree.tostring(root)


def _value(draw: random.Random, data: bytes) -> bytes:
    root = etree.fromstring(data)
    leaf = draw.choice([each for each in root.iter() if not len(each)])
    leaf.text = draw.choice(VALUES)
    return etree.tostring(root)


def _codes(draw: random.Random, data: bytes) -> bytes:
    """Another code in place of one, as often a code that there is; another hour in place of midnight."""
    if draw.random() < 0.3:
        return data.replace(b"T22:00", draw.choice([b"T21:00", b"T22:01", b"T00:00", b"T24:00"]))
    found = draw.choice(list(re.finditer(rb">[A-Z]{1,2}[0-9]{2}<", data)))
    return data[: found.start()] + draw.choice(CODES) + data[found.end() :]


WAYS: list[Callable[[random.Random, bytes], bytes]] = [_bytes, _whole, _elements, _value, _codes]


def mutations(count: int, seed: int = 20261124) -> Iterator[bytes]:
    """That many spoiled messages of every kind."""
    return spoiled([write_message(message) for message in MESSAGES.values()], count, seed)


def spoiled(written: Sequence[bytes], count: int, seed: int = 20261124) -> Iterator[bytes]:
    """That many spoiled messages of some that were written; a few are spoiled twice."""
    draw = random.Random(seed)
    for _ in range(count):
        data = draw.choice(written)
        if draw.random() < 0.2:
            data = draw.choice([_elements, _value])(draw, data)
        yield draw.choice(WAYS)(draw, data)
