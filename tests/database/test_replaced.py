"""One notice replaces another: what the new one does not say is gone, and the way back is open."""

import psycopg
import pytest

from conftest import EXAMPLES, governed
from seloste.notice import read_notice
from seloste.policy.apply import apply
from seloste.policy.verify import verify

OLD = EXAMPLES / "tampereen-sahkolaitos" / "2018.yaml"
NEW = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"


def numbers(cluster) -> dict[str, int]:
    with psycopg.connect(cluster.dsn(cluster.role("housekeeping"))) as connection:
        return dict(
            connection.execute("SELECT name, number FROM policy.key WHERE state = 'in_force'").fetchall()
        )


def test_a_notice_is_replaced_and_comes_back(server):
    with governed(server, OLD, "replaced", as_published=True) as cluster:
        before = numbers(cluster)
        old_login = cluster.dsn(cluster.role("relation_service@sahkolaitos"))
        psycopg.connect(old_login).close()
        apply(cluster, read_notice(NEW))
        assert verify(cluster).drift == ()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(old_login)
        assert not set(before.values()) & set(numbers(cluster).values()), "a number has one meaning for ever"
        apply(cluster, read_notice(OLD), as_published=True)
        assert verify(cluster).drift == ()
        assert numbers(cluster) == before
        psycopg.connect(old_login).close()


def test_a_purpose_more_leaves_the_other_keys_their_numbers(one_server):
    text = NEW.read_text()
    more = text.replace(
        "\npurposes:\n",
        "\npurposes:\n  a_new_one:\n    name: {fi: uusi}\n    controllers: [sahkolaitos]\n"
        "    bases: [{kind: contract, agreement_kinds: [heat], tail: P7D}]\n    categories: [name]\n"
        "    subject_groups: [consumer]\n    roles: [analyst]\n    reasons: [task]\n",
    )
    with governed(one_server, NEW, "more") as cluster:
        before = numbers(cluster)
        done = apply(cluster, read_notice(more.encode()))
        assert done.new_keys == 1
        after = numbers(cluster)
        assert {name: after[name] for name in before} == before
        assert verify(cluster).drift == ()
        assert apply(cluster, read_notice(more.encode())).changed is False
