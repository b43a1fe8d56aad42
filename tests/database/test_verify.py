"""What `verify` tells apart: an apply that was not finished, and powers on a server that is not ours alone."""

from __future__ import annotations

import secrets
from dataclasses import replace

import psycopg
import pytest

from conftest import EXAMPLES, NOTICES, governed
from database.people import administrator
from database.test_switch import notice
from seloste.notice import read_notice
from seloste.policy.apply import apply
from seloste.policy.bootstrap import bootstrap
from seloste.policy.deep import verify_deep
from seloste.policy.verify import NothingApplied, verify

IN_FORCE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"


class Killed(BaseException):
    """As a kill would: nothing is told or undone."""


def told(cluster) -> list[str]:
    return [str(each) for each in verify(cluster).drift]


def test_an_apply_that_was_not_finished_is_told_for_what_it_is(server):
    """Without `_set_aside_prepared` the logins and keys are told as drift of their own, and nobody what to run."""
    with governed(server, IN_FORCE, "prepared") as cluster:
        with administrator(cluster) as admin:
            admin.execute("INSERT INTO register.subject (side, kind) VALUES ('sahkolaitos', 'person')")
        assert told(cluster) == []

        def kill(_done: int, _all: int) -> None:
            raise Killed

        for again in (notice(purposes=2), read_notice(IN_FORCE)):
            with pytest.raises(Killed):
                apply(cluster, notice(purposes=2), progress=kill)
            found = verify(cluster).drift
            [first] = [each for each in found if each.kind == "apply"]
            assert first.object == "prepared, not switched"
            assert "2 keys and 2 logins" in (first.found or "")
            assert "seloste policy apply FILE" in (first.found or "")
            assert {each.kind for each in found} <= {"apply", "function", "mask", "newcomer", "trigger"}
            apply(cluster, again)
            assert told(cluster) == []
            apply(cluster, read_notice(IN_FORCE))
            assert told(cluster) == []


def test_logins_that_were_made_and_nothing_else_are_told_as_unfinished(server):
    with governed(server, NOTICES / "small.yaml", "logins") as cluster:
        bootstrap(cluster, ["later@sahkolaitos"])
        [only] = verify(cluster).drift
        assert (only.kind, only.object) == ("apply", "prepared, not switched")
        assert "0 keys and 1 logins" in (only.found or "")
        with administrator(cluster) as admin:
            admin.execute(f'GRANT SELECT ON register.ban TO "{cluster.role("later@sahkolaitos")}"')
        found = {f"{each.kind} {each.object}" for each in verify(cluster).drift}
        assert {
            f"role {cluster.role('later@sahkolaitos')}",
            "relation register.ban",
            "database database",
        } == found


def test_whoever_else_rules_the_server_is_attested_there_and_drift_on_ours(server):
    """On the embedded server there is nobody else; elsewhere others may live, and are told."""
    other = f"operator_{secrets.token_hex(4)}"
    with governed(server, NOTICES / "small.yaml", "shared") as cluster, administrator(cluster) as admin:
        admin.execute(
            f"CREATE ROLE {other} SUPERUSER; CREATE ROLE {other}_watch LOGIN; GRANT pg_monitor TO {other}_watch"
        )
        try:
            found = verify(cluster)
            assert found.drift == ()
            assert {(each.kind, each.object) for each in found.attested} == {
                ("powerful role", other), ("membership", f"pg_monitor to {other}_watch"),
            }  # fmt: skip
            ours = verify(replace(cluster, is_embedded=True))
            assert {(each.kind, each.object) for each in ours.drift} >= {("powerful role", other)}
            assert ours.attested == ()
            service = cluster.role("service@sahkolaitos")
            admin.execute(f'GRANT {other} TO "{service}"; GRANT pg_monitor TO "{service}"')
            assert {each.object for each in verify(cluster).drift} == {
                f'{other} to "{service}"', f'pg_monitor to "{service}"',
            }  # fmt: skip
        finally:
            admin.execute(f"DROP ROLE {other}; DROP ROLE {other}_watch")
            admin.execute(f'REVOKE pg_monitor FROM "{cluster.role("service@sahkolaitos")}"')


@pytest.mark.parametrize("ask", [verify, verify_deep])
def test_where_nothing_was_applied_there_is_nothing_to_compare_with(one_server, ask):
    with one_server.database("empty") as cluster:
        bootstrap(cluster)
        with pytest.raises(NothingApplied, match="policy apply"):
            ask(cluster)
        with psycopg.connect(
            psycopg.conninfo.make_conninfo(cluster.admin_dsn(), dbname=cluster.database)
        ) as admin:
            admin.execute("CREATE TABLE policy.key (number int)")
        found = ask(cluster)
        [only] = found if isinstance(found, list) else found.drift
        assert (only.kind, only.object) == ("notice", "in force"), (
            "one whose tables are gone in part was tampered with"
        )
