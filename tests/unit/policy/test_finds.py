"""`finds` of a purpose: who reads search tokens, who keeps them, and which indexes there are."""

from __future__ import annotations

import re

import pytest

from conftest import EXAMPLES
from seloste.notice import read_notice
from seloste.policy.compile import compile_policy, indexes
from seloste.policy.grants import MissingSentence
from seloste.policy.opening import opening
from seloste.project.declared import declared_tables

TEXT = (EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml").read_text()
FINDS = {"service", "billing", "rights", "emergency"}


def policy(text: str = TEXT):
    return compile_policy(read_notice(text.encode()), declared_tables(), "x")


@pytest.fixture(scope="module")
def compiled():
    return policy()


def test_who_searches_reads_tokens_and_nobody_else(compiled):
    told = {
        login.partition("@")[0]
        for login, reach in compiled.reached().items()
        if "token" in reached(reach).select
    }
    assert told == FINDS == {name for name, each in compiled.notice.purposes.items() if each.finds}
    for login, reach in compiled.reached().items():
        found, purpose = reached(reach), compiled.notice.purposes[login.partition("@")[0]]
        assert not found.update, login
        assert set(found.reads) <= set(purpose.categories), login
        if login.partition("@")[0] not in FINDS:
            assert set(found.reads) <= {*purpose.writes, *purpose.erases}, login


def test_who_writes_a_value_puts_its_tokens_in_and_takes_them_out(compiled):
    agreements = reached(compiled.reached()["agreements@vera"])
    assert (
        set(agreements.writes)
        == set(agreements.erases)
        == {
            "address",
            "agreements",
            "business_id",
            "metering_points",
            "name",
        }
    )
    assert "kind" in agreements.select
    assert not {"token", "spelt"} & set(agreements.select)
    collection = reached(compiled.reached()["collection@vera"])
    assert collection.writes == ["receivables"]
    assert reached(compiled.reached()["direct_marketing@sahkolaitos"]).nothing
    assert reached(compiled.reached()["identification@sahkolaitos"]).nothing


def test_there_is_an_index_for_each_login_that_searches_and_for_no_other(compiled):
    found = [
        re.match(r"policy_find_(\w+?)_(sahkolaitos|vera|sahkoverkko|all)_", name)
        for name in indexes(compiled)
    ]
    logins = {f"{name[1]}@{name[2]}" for name in found if name}
    assert logins == {login.name for login in compiled.logins if login.purpose in FINDS}
    assert len(logins) <= 8, "a handful: each costs every token that is written"


def test_the_index_holds_what_the_policy_asks_first(compiled):
    """Else no plan could use it: the index's condition must follow from the policy's."""
    policies = {each.because: each.sql for each in opening(compiled) if "search_token FOR SELECT" in each.sql}
    for name, sql in indexes(compiled).items():
        if name.startswith("policy_find_"):
            condition = sql.partition(" WHERE ")[2]
            login = re.match(r"policy_find_(\w+)_(sahkolaitos|vera|sahkoverkko|all)_", name)
            assert login
            told = policies[f"{login[1]}@{login[2]}: rows of search_token"]
            assert f"AND {condition} AND decided_until >" in told
            assert "policy.sees" not in told, "a row that is asked live is in no index"


def test_what_is_closed_to_a_search_does_not_change_with_a_ban(compiled):
    """Tokens carry the bits of those who search or keep them: marketing's come and go without touching them."""
    from seloste.policy.rows import opened

    kept = {"upkeep", "agreements", "market_communication", "collection"}
    keys = {number: key.login.purpose for key, number in compiled.numbers.items()}
    told = {
        keys[number]
        for each in opened(compiled.notice, compiled.numbers)
        if each.place.startswith("search_token[")
        for number in each.keys
    }
    assert FINDS <= told <= FINDS | kept
    assert not {"direct_marketing", "profiling"} & told


def test_a_purpose_that_could_find_nobody_is_refused():
    marketing = "    works_on: sets\n    marketing: yes\n    reasons: [campaign]\n    extracts:"
    assert marketing in TEXT
    text = re.sub(r' *"search_token\[(name|address|phone|email)\]": .*\n', "", TEXT).replace(
        marketing, f"    finds: yes\n{marketing}"
    )
    with pytest.raises(MissingSentence, match=r"direct_marketing .* finds"):
        policy(text)


def reached(reach):
    from seloste.policy.grants import Reach

    return reach.get("search_token", Reach())
