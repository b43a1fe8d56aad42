"""What comes from outside and is no message: each is rejected with a reason, and nothing of it is told."""

from __future__ import annotations

import logging
import tracemalloc
from collections import Counter

import pytest

from seloste.connectors.datahub import document
from seloste.connectors.datahub.document import Rejected, tree
from seloste.connectors.datahub.messages import Message
from seloste.connectors.datahub.reading import read_message
from seloste.connectors.datahub.writing import write_message
from unit.datahub.made_up import AINO, MESSAGES
from unit.datahub.mutations import mutations

F01 = write_message(MESSAGES["F01"]).decode()
HEAD, BODY = F01.split("?>", 1)
HEAD += "?>"
VALUES = ["Aino", "Esimerkki", AINO.identification, "+358401234567", "aino@", "Keksittykatu", "33100"]
"""What the made-up messages say of people: none of it may be told."""


def reasons(data: bytes | str) -> list[str]:
    with pytest.raises(Rejected) as caught:
        read_message(data.encode() if isinstance(data, str) else data)
    assert not [value for value in VALUES if value in str(caught.value)]
    return [reason.code for reason in caught.value.reasons]


LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'ha'}'>" for n in range(12))


@pytest.mark.parametrize("where", [f">{'&l11;'}</", ' a="&l11;"></'])
def test_a_billion_laughs_are_not_laughed(where):
    """Rejected at the document type, before anything is replaced: memory stays small."""
    told = f"{HEAD}<!DOCTYPE lolz [{LAUGHS}]>{BODY.replace('></', where, 1)}"
    tracemalloc.start()
    assert reasons(told) == ["document_type"]
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("system", ["file:///etc/passwd", "http://127.0.0.1:9/x", "canary.xml"])
def test_nothing_is_fetched(system, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "canary.xml").write_text("canary")
    assert reasons(
        f'{HEAD}<!DOCTYPE a [<!ENTITY b SYSTEM "{system}">]>{BODY.replace(">Aino<", ">&b;<")}'
    ) == ["document_type"]
    assert reasons(f'{HEAD}<!DOCTYPE a SYSTEM "{system}">{BODY}') == ["document_type"]
    assert reasons(F01.replace(">Aino<", ">&b;<")) == ["not_xml"]
    xinclude = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{system}" parse="text"/>'
    assert reasons(F01.replace(">Aino<", f">{xinclude}<")) == ["unexpected"]


def test_a_parameter_entity_is_no_way_in():
    assert reasons(f'{HEAD}<!DOCTYPE a [<!ENTITY % b SYSTEM "file:///etc/passwd"> %b;]>{BODY}') == [
        "document_type"
    ]


def test_what_is_huge_is_not_read():
    assert reasons(F01.replace(">Aino<", f">{'A' * document.MAX_BYTES}<")) == ["too_large"]
    assert reasons(F01.replace(">Aino<", f">{'A' * (document.MAX_BYTES // 2)}<")) == ["too_long"]
    assert reasons(F01.replace(">Aino<", f">{'A' * 300}<")) == ["too_long"]


def test_what_is_passed_over_is_bounded_too():
    note, end = "<elm:Description>", "</elm:Description><elm:ConsumerInvolvedCustomerParty>"
    told = F01.replace("<elm:ConsumerInvolvedCustomerParty>", f"{note}{'A' * document.MAX_TEXT}{end}")
    assert read_message(told.encode()) == MESSAGES["F01"]
    assert reasons(told.replace(note, f"{note}A")) == ["too_long"]


def test_what_is_deep_or_many_is_not_read():
    deep = document.MAX_DEPTH + 1
    assert reasons("<a>" * deep + "</a>" * deep) == ["too_deep"]
    assert reasons("<a>" * 200_000) == ["too_deep"]
    assert reasons(f"<a>{'<b/>' * document.MAX_ELEMENTS}</a>") == ["too_many_elements"]


def test_the_bounds_are_not_passed_by_what_is_within_them():
    deep = document.MAX_DEPTH
    assert tree(("<a>" * deep + "</a>" * deep).encode()).tag == "a"
    assert (
        len(tree(f"<a>{'<b/>' * (document.MAX_ELEMENTS - 1)}</a>".encode()).children)
        == document.MAX_ELEMENTS - 1
    )
    assert len(tree(f"<a>{'b' * document.MAX_TEXT}</a>".encode()).text) == document.MAX_TEXT


@pytest.mark.parametrize(
    "data",
    [
        F01.encode("utf-16"),
        F01.replace("UTF-8", "UTF-16").encode("utf-16"),
        F01.replace("UTF-8", "ISO-8859-1").encode("latin-1", "replace"),
        F01.replace("UTF-8", "ISO-8859-1").encode(),
        F01.replace("Ilona", "Äimä").encode("latin-1", "replace"),
    ],
)
def test_another_encoding_is_not_read(data):
    assert reasons(data) == ["encoding"]


def test_a_byte_order_mark_does_no_harm():
    assert read_message(b"\xef\xbb\xbf" + F01.encode()) == MESSAGES["F01"]


@pytest.mark.parametrize(
    "data",
    [
        F01.replace(":v1", ":v2"),
        F01.replace("F01_MasterDataCustomerEvent:v1", "F02_MasterDataCustomerEvent:v1"),
        F01.replace("MasterDataCustomerEventMessage", "Message"),
        '<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"/>',
        "<a/>",
    ],
)
def test_another_namespace_is_no_message_of_ours(data):
    assert reasons(data) == ["unknown_message"]


def test_an_element_of_another_namespace_is_not_taken_for_ours():
    assert reasons(
        F01.replace('elm="urn:fi:Datahub:mif:masterdata:F01', 'elm="urn:fi:Datahub:mif:masterdata:F04')
    )
    assert "missing" in reasons(
        F01.replace("<elm:GivenName>", '<elm:GivenName xmlns:elm="urn:x">').replace(
            "<elm:CustomerType ", '<elm:CustomerType xmlns:elm="urn:x" '
        )
    )


@pytest.mark.parametrize(
    "data", ["", " ", "<", "<a", "<a></b>", "{}", "<a/><a/>", "\0", "<a>\x01</a>", "<?xml version='1.0'?>"]
)
def test_what_is_no_xml_is_said_to_be_none(data):
    assert reasons(data) == ["not_xml"]


def test_the_parsers_own_words_are_not_told():
    """They quote what they met: here the name of a person as that of an element."""
    assert reasons(F01.replace("</elm:GivenName>", "</Aino>")) == ["not_xml"]


def test_a_type_of_the_senders_own_is_not_taken():
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    assert reasons(F01.replace("<elm:GivenName>", f'<elm:GivenName {xsi} xsi:nil="true">')) == ["attribute"]
    schema = F01.replace("Message ", f'Message {xsi} xsi:schemaLocation="urn:a http://127.0.0.1:9/a.xsd" ', 1)
    assert read_message(schema.encode()) == MESSAGES["F01"]


def test_an_unknown_element_is_told_by_its_place_and_not_by_its_name():
    with pytest.raises(Rejected) as caught:
        read_message(F01.replace("<elm:GivenName>Aino</elm:GivenName>", "<elm:Aino/>").encode())
    assert "Aino" not in str(caught.value)
    assert caught.value.reasons[0].path.endswith("ConsumerInvolvedCustomerParty/*[8]")


def test_a_thousand_spoiled_messages_each_have_a_reason(caplog):
    """No traceback, no value of anybody in a reason or a log; what is still a message is one whole.

    With the check that a code is on its list, or that a moment is of years which can be written, taken
    out, this failed; the second was found by it.
    """
    caplog.set_level(logging.DEBUG)
    codes: Counter[str] = Counter()
    for data in mutations(1_000):
        try:
            read = read_message(data)
        except Rejected as rejected:
            assert rejected.reasons
            assert all(
                reason.code and reason.what and reason.path.startswith("/") for reason in rejected.reasons
            )
            assert not [value for value in VALUES if value in str(rejected)]
            codes.update({reason.code for reason in rejected.reasons})
        else:
            assert isinstance(read, Message)
            assert read_message(write_message(read)) == read
            codes["read"] += 1
    assert caplog.text == ""
    assert codes["read"] < 400
    assert set(codes) >= {
        "attribute", "code", "contradiction", "document_type", "encoding", "missing", "not_midnight", "not_xml", "too_deep",
        "too_long", "unexpected", "unknown_message",
    }  # fmt: skip
