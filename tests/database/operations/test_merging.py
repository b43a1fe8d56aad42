"""Two records of one human are merged, judged as one, and told apart again as if nothing had been."""

import psycopg
import pytest
from psycopg import errors

from .conftest import DAY, NOW


def everything(register):
    """Every row of every table but the merges, the log and what seals it, as text."""
    apart = {"subject_merge", "event", "event_subject", "ledger_leaf", "checkpoint", "ledger_disposal"}
    tables = register.all(
        "SELECT relname FROM pg_class WHERE relnamespace = 'register'::regnamespace AND relkind = 'r' ORDER BY 1"
    )
    return {
        table: register.all(f"SELECT t::text FROM register.{table} t ORDER BY 1")
        for (table,) in tables
        if table not in apart
    }


def bits(register, *people):
    return dict(
        register.all(
            "SELECT id, (bits1, bits2, closed, gone, guarded)::text FROM register.subject WHERE id = ANY(%s)",
            list(people),
        )
    )


def with_email(register, consent=True):
    from seloste.register.lawfulness.operations import Wording, give_consent
    from seloste.register.subjects.operations import add_contact_point

    person = register.person()
    with register.rights():
        add_contact_point(person, "email", f"p{person}@posti.example", at=NOW - 2 * DAY)
        if consent:
            give_consent(person, Wording("marketing", "newsletter", "form:1", "email"), at=NOW - 2 * DAY)
    return person


def reached(register, *people):
    """Whose e-mail the marketer sees."""
    with psycopg.connect(register.cluster.dsn(register.cluster.role("marketing@seller"))) as marketing:
        rows = marketing.execute(
            "SELECT subject_id FROM register.contact_point WHERE subject_id = ANY(%s)", [list(people)]
        ).fetchall()
    return {key for (key,) in rows}


def test_a_merge_undone_leaves_everything_as_it_was(register):
    from seloste.register.lawfulness.operations import set_ban, set_restriction
    from seloste.register.subjects.merging import group_of, merge, unmerge
    from seloste.register.subjects.operations import set_turvakielto

    one, other = with_email(register), with_email(register)
    with register.rights():
        set_ban(one, "email", at=NOW - DAY)
        set_restriction(one, at=NOW - DAY, categories=["phone"])
        set_turvakielto(other, at=NOW - DAY)
    before, apart = everything(register), bits(register, one, other)
    with register.rights():
        merge(one, other, at=NOW - DAY / 2)
        assert group_of(one, at=NOW) == group_of(other, at=NOW) == sorted([one, other])
    together = bits(register, one, other)
    assert together[one] != apart[one]
    assert together[other] != apart[other]
    with register.rights():
        unmerge(one, at=NOW)
        assert group_of(one, at=NOW) == [one]
    assert everything(register) == before


def test_what_closes_one_closes_both_and_a_consent_opens_its_own(register):
    from seloste.register.lawfulness.operations import lift_ban, set_ban
    from seloste.register.subjects.merging import merge, unmerge

    one, other, third = with_email(register), with_email(register), with_email(register, consent=False)
    assert reached(register, one, other, third) == {one, other}
    with register.rights():
        merge(one, other, at=NOW - DAY)
        merge(third, one, at=NOW - DAY)
    assert reached(register, one, other, third) == {one, other}
    with register.rights():
        set_ban(third, "all", at=NOW - DAY)
    assert reached(register, one, other, third) == set()
    with register.rights():
        unmerge(one, at=NOW)
    assert reached(register, one, other, third) == {one}
    with register.rights():
        lift_ban(third, "all", at=NOW)
    assert reached(register, one, other, third) == {one, other}


def test_what_is_merged_is_merged_into_the_root(register):
    from seloste.register.subjects.merging import (
        MergedElsewhere,
        NotMerged,
        OthersMergedInto,
        group_of,
        merge,
        unmerge,
    )

    one, two, three, four = (register.person() for _ in range(4))
    with register.rights():
        first = merge(one, two, at=NOW - DAY)
        assert merge(one, two, at=NOW).pk == merge(two, one, at=NOW).pk == first.pk
        assert merge(three, one, at=NOW - DAY).into_id == two
        assert merge(three, one, at=NOW).into_id == two
        assert {tuple(group_of(each, at=NOW)) for each in (one, two, three)} == {(one, two, three)}
        merge(four, register.person(), at=NOW - DAY)
        with pytest.raises(MergedElsewhere):
            merge(one, four, at=NOW)
        with pytest.raises(OthersMergedInto):
            merge(two, four, at=NOW)
        with pytest.raises(NotMerged, match=f"{one}, {three}"):
            unmerge(two, at=NOW)
        unmerge(one, at=NOW)
        with pytest.raises(NotMerged, match="nothing"):
            unmerge(one, at=NOW)
        assert group_of(three, at=NOW) == [two, three]
    kind, way, about = register.last_event()
    assert (kind, way, set(about)) == ("subjects.unmerge", "operation", {one, two})


def test_two_that_cannot_be_one_human(register):
    from seloste.register.subjects.merging import NotOneHuman, merge
    from seloste.register.subjects.queries import UnknownSubject

    person = register.person()
    with register.rights():
        for other in (person, register.organisation()):
            with pytest.raises(NotOneHuman):
                merge(person, other, at=NOW)
        with pytest.raises(UnknownSubject):
            merge(person, register.person("grid"), at=NOW)


def test_where_an_identity_code_is_kept_somebody_confirms(register):
    from seloste.register.subjects.merging import NotConfirmed, merge, unmerge
    from seloste.register.subjects.operations import record_hetu

    one, other, third = register.person(), register.person(), register.person()
    with register.acting("upkeep", "engineer"):
        record_hetu(other, "131052-9030")
        for asked in ((one, other), (other, one)):
            with pytest.raises(NotConfirmed):
                merge(*asked, at=NOW)
        confirmed = merge(one, other, at=NOW - DAY, confirmed=True)
        assert confirmed.confirmed_reason == register.reason
        with pytest.raises(NotConfirmed):
            merge(third, one, at=NOW)
    [(by,)] = register.all("SELECT username FROM register.staff WHERE id = %s", confirmed.confirmed_by)
    assert by == "engineer.seller"
    with register.acting("upkeep", "engineer"):
        unmerge(one, at=NOW)
        assert merge(one, third, at=NOW).confirmed_by is None


MERGE = "INSERT INTO register.subject_merge (subject_id, into_id, side, valid_from, valid_until) VALUES (%s, %s, %s, %s, %s)"


@pytest.fixture
def engineer(register):
    """The login itself, whatever the application would refuse."""
    dsn = register.cluster.dsn(register.cluster.role("upkeep@seller"))
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def refused(connection, constraint, *rows, kind=errors.CheckViolation):
    with pytest.raises(kind) as told, connection.transaction():
        for row in rows:
            connection.execute(MERGE, row)
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert told.value.diag.constraint_name == constraint


def test_the_database_refuses_what_could_not_be_followed(register, engineer):
    a, b, c = (register.person() for _ in range(3))
    since = NOW - 9 * DAY
    ab = (a, b, "seller", since, None)
    refused(engineer, "subject_merge_two_records", (a, a, "seller", since, None))
    refused(engineer, "subject_merge_root", ab, (b, a, "seller", since, None))
    refused(engineer, "subject_merge_root", ab, (b, c, "seller", since, None))
    refused(engineer, "subject_merge_root", ab, (c, a, "seller", since, None))
    refused(engineer, "subject_merge_root", ab, (c, a, "seller", NOW + DAY, NOW + 2 * DAY))
    refused(engineer, "subject_merge_once", ab, (a, c, "seller", NOW, None), kind=errors.ExclusionViolation)
    refused(engineer, "subject_merge_once", ab, ab, kind=errors.ExclusionViolation)
    refused(engineer, "subject_merge_kind", (a, register.organisation(), "seller", since, None))
    refused(engineer, "subject_merge_period", (a, b, "seller", NOW, since))
    engineer.execute(MERGE, (a, b, "seller", since, NOW - 5 * DAY))
    engineer.execute(MERGE, (b, a, "seller", NOW - 5 * DAY, None))


def test_the_database_joins_no_two_sides(register, engineer):
    """Not for the login, which sees one, and not for the administrator."""
    here, there = register.person(), register.person("grid")
    for pair in ((here, there), (there, here)):
        for side in ("seller", "grid"):
            with pytest.raises(errors.InsufficientPrivilege), engineer.transaction():
                engineer.execute(MERGE, (*pair, side, NOW, None))
            name = "same_side" if (side == "seller") == (pair[0] == there) else "into_same_side"
            with register.admin.transaction(force_rollback=True):
                refused(
                    register.admin,
                    f"subject_merge_{name}",
                    (*pair, side, NOW, None),
                    kind=errors.ForeignKeyViolation,
                )


def test_the_database_asks_who_confirmed(register, engineer):
    from seloste.register.subjects.operations import record_hetu

    one, other, root = register.person(), register.person(), register.person()
    with register.acting("upkeep", "engineer"):
        record_hetu(other, "131052-9085")
    refused(engineer, "subject_merge_identified", (one, other, "seller", NOW, None))
    refused(engineer, "subject_merge_identified", (other, one, "seller", NOW, None))
    engineer.execute(
        "INSERT INTO register.subject_merge (subject_id, into_id, side, valid_from, confirmed_by, confirmed_reason)"
        " VALUES (%s, %s, 'seller', %s, 1, 'task:1')",
        [other, root, NOW],
    )
    refused(engineer, "subject_merge_identified", (one, root, "seller", NOW, None))


def test_who_does_not_upkeep_and_answers_no_rights_merges_nothing(register):
    one, other = register.person(), register.person()
    for login in ("service@seller", "marketing@seller"):
        with (
            psycopg.connect(register.cluster.dsn(register.cluster.role(login))) as connection,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            connection.execute(MERGE, (one, other, "seller", NOW, None))
