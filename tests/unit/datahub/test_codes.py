"""The market's codes and the register's words: each is said both ways."""

from __future__ import annotations

import pytest

from seloste.connectors.datahub import codes

LISTS = {name: each for name, each in vars(codes).items() if isinstance(each, codes.Codes)}


@pytest.mark.parametrize("name", LISTS)
def test_a_code_comes_back_from_its_word(name):
    of = LISTS[name]
    assert of.words
    assert {code: of.code(word) for code, word in of.words.items()} == {code: code for code in of.words}


@pytest.mark.parametrize("name", LISTS)
def test_a_word_that_is_sent_as_another_has_none_of_its_own(name):
    of = LISTS[name]
    assert set(of.also.values()) <= set(of.words)
    assert not set(of.also) & set(of.words.values())


@pytest.mark.parametrize(
    ("of", "code", "word"),
    [
        (codes.IDENTIFIED_BY, "AA01", "business_id"), (codes.IDENTIFIED_BY, "AA03", "hetu"), (codes.IDENTIFIED_BY, "AA04", "own_number"),
        (codes.KIND, "AB01", "organisation"), (codes.KIND, "AB02", "person"),
        (codes.STANDING, "BF01", "normal"), (codes.STANDING, "BF02", "estate"), (codes.STANDING, "BF03", "bankruptcy"),
        (codes.CHANNEL, "AD01", "phone"), (codes.CHANNEL, "AD02", "email"),
        (codes.AGREEMENT_KIND, "11", "network"), (codes.AGREEMENT_KIND, "12", "sale"),
        (codes.OPENING, "AT01", "contract_change"), (codes.OPENING, "AT02", "switch"), (codes.OPENING, "AT03", "move_in"),
        (codes.ENDING, "AN01", "move_out"), (codes.ENDING, "AN02", "notice"), (codes.ENDING, "AN03", "rescission"),
        (codes.ENDING, "AN04", "meter_removed"), (codes.ENDING, "AN05", "supplier"),
        (codes.CANCELLING, "AR01", "customer"), (codes.CANCELLING, "AR02", "supplier"), (codes.CANCELLING, "AR03", "network_company"),
        (codes.CANCELLING, "AR05", "disputed"), (codes.CANCELLING, "AR06", "operator"), (codes.CANCELLING, "AR07", "supplier_stopped"),
        (codes.INVOICE_CHANNEL, "AI01", "post"), (codes.INVOICE_CHANNEL, "AI02", "e_invoice"), (codes.INVOICE_CHANNEL, "AI07", "AI07"),
        (codes.LANGUAGE, "sv", "sv"),
    ],
)  # fmt: skip
def test_what_is_published_is_in_the_table(of, code, word):
    assert (of.word(code), of.code(word)) == (word, code)


def test_a_switch_is_told_as_a_notice():
    assert codes.ENDING.code("switch") == "AN02"


@pytest.mark.parametrize("name", LISTS)
def test_what_is_not_on_the_list_has_no_word_and_no_code(name):
    assert LISTS[name].word("XX99") is None
    assert LISTS[name].code("xx99") is None
