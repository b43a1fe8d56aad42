"""Ways out of a purpose session that were tried, each of them shut."""

# ruff: noqa: PLW0108 - a model is looked up when it is asked, not before Django is set up

from __future__ import annotations

import asyncio
import contextvars
import copy
import pickle
import threading
from contextlib import ExitStack, contextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction
from django.forms.models import model_to_dict

from seloste.register.protection.backend.gate import current, run
from seloste.register.protection.elsewhere import NestedPurpose
from seloste.register.protection.refusals import NotInPurpose
from seloste.register.protection.session import acting

from .conftest import m


def service(reason: str = "call:1") -> acting:
    return acting("aino", "service", reason)


def in_thread(do, context=None):
    """What a function returns or raises in another thread."""
    told = []

    def run():
        try:
            told.append(do())
        except BaseException as error:
            told.append(error)

    thread = threading.Thread(target=(lambda: context.run(run)) if context else run)
    thread.start()
    thread.join()
    return told[0]


def test_nothing_without_a_purpose(log):
    for ask in (
        lambda: m.Subject.objects.get(pk=1),
        lambda: m.Subject.objects.count(),
        lambda: m.Subject(side="sahkolaitos", kind="person").save(),
        lambda: m.Subject.objects.filter(pk=1).update(family_name="x"),
        lambda: m.Subject.objects.filter(pk=1).delete(),
        lambda: m.Subject.objects.using("service@sahkolaitos").get(pk=1),
        lambda: list(m.Subject.objects.using("default")),
        lambda: m.Staff.objects.using("default").count(),
        lambda: connections["service@sahkolaitos"],
    ):
        with pytest.raises(NotInPurpose):
            ask()
    with (
        pytest.raises(Exception, match=r"InsufficientPrivilege|permission denied"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT family_name FROM register.subject")
    assert log.ways() == []


def test_what_outlives_the_session_is_dead(log):
    with service() as session:
        subject = m.Subject.objects.get(pk=1)
        address = m.Address.objects.only("street").get(subject_id=2)
        lazy = m.Subject.objects.filter(pk=1)
        bound = m.Subject.objects.using(session.alias).filter(pk=1)
        chunks = m.Subject.objects.order_by("pk").iterator(chunk_size=1)
        next(chunks)
        kept = session.connection
        frozen = pickle.dumps(subject)
    before = len(log.events())

    def dead():
        return (
            lambda: subject.refresh_from_db(),
            lambda: subject.refresh_from_db(using=session.alias),
            lambda: subject.created_at,
            lambda: subject.save(),
            lambda: subject.save(update_fields=["family_name"]),
            lambda: subject.delete(),
            lambda: subject.full_clean(),
            lambda: address.city,
            lambda: address.subject,
            lambda: list(bound),
            lambda: kept.cursor(),
            lambda: kept._savepoint("x"),
            lambda: run(session, "SELECT 1"),
            lambda: session.see(1),
            lambda: session.load("subject", ["side"], [["x"]]),
            lambda: transaction.atomic(using=session.alias).__enter__(),
            lambda: session.atomic().__enter__(),
            lambda: pickle.loads(frozen).refresh_from_db(),
            lambda: copy.deepcopy(subject).save(),
            lambda: m.Subject.objects.filter(pk=1).using(session.alias).count(),
            lambda: m.Address(subject=subject, kind="home", street="x", city="x").save(),
        )

    for ask in (*dead(), lambda: list(lazy), lambda: next(chunks)):
        with pytest.raises(NotInPurpose):
            ask()
    with service() as later:
        assert later.alias != session.alias
        for ask in dead():
            with pytest.raises(NotInPurpose), later.atomic():
                ask()
        assert [s.pk for s in lazy] == [1], "an unread queryset reads anew, and is recorded anew"
    assert log.ways()[before:] == [("opened", [1])]


def test_no_statement_of_ones_own(log):
    with service() as session:
        here = connections[session.alias]
        for ask in (
            lambda: here.cursor(),
            lambda: here.cursor().execute("SELECT 1"),
            lambda: here.chunked_cursor(),
            lambda: here.create_cursor(),
            lambda: here.connection,
            lambda: here.connection.cursor(),
            lambda: here.connection.pgconn,
            lambda: here.temporary_connection().__enter__(),
            lambda: here._nodb_cursor().__enter__(),
            lambda: here.copy(),
            lambda: here.schema_editor().__enter__(),
            lambda: here.connect(),
            lambda: here.check_constraints(),
            lambda: here.is_usable(),
            lambda: here.set_autocommit(True),
            lambda: here.commit(),
            lambda: here.rollback(),
            lambda: here.introspection.table_names(),
            lambda: here.ops.compose_sql("SELECT %s", [1]),
            lambda: m.Subject.objects.raw("SELECT * FROM register.subject")[0],
        ):
            with pytest.raises(NotInPurpose):
                ask()
        assert here.settings_dict["PASSWORD"] == ""
        here.close()
        assert m.Subject.objects.get(pk=1)
    assert log.ways() == [("opened", [1])]


def test_values_of_hidden_columns_do_not_come_by_forms_or_pickles(log):
    with acting("mikko", "marketing", "campaign:4") as session:
        subject = m.Subject.objects.get(pk=1)
        with pytest.raises(NotInPurpose), session.atomic():
            model_to_dict(subject, fields=["created_at"])
            _ = subject.created_at
        with pytest.raises(NotInPurpose), session.atomic():
            subject.full_clean()
        assert "created_at" not in pickle.loads(pickle.dumps(subject)).__dict__
        with pytest.raises(NotInPurpose), session.atomic():
            subject.refresh_from_db(fields=["created_at"])


def test_another_thread_has_no_purpose(log):
    with service() as session:
        for context in (None, contextvars.copy_context()):
            for ask in (
                lambda: m.Subject.objects.get(pk=1),
                lambda: m.Subject.objects.using(session.alias).get(pk=1),
                lambda: session.see(1),
                lambda: session.connection._savepoint("x"),
            ):
                assert isinstance(in_thread(ask, context), NotInPurpose)
        assert in_thread(current) is None
        rows = m.Subject.objects.iterator()
        assert isinstance(in_thread(lambda: next(rows), contextvars.copy_context()), NotInPurpose)

        def own():
            with acting("veli", "service", "call:1"):
                return m.Subject.objects.get(pk=2).family_name

        assert in_thread(own) == "Toinen"
        assert m.Subject.objects.get(pk=1)
    assert [e["actor"] for e in log.events()] == ["2", "1"]


def test_purposes_do_not_nest(log):
    with service() as session:
        with pytest.raises(NestedPurpose), acting("mikko", "marketing", "campaign:4"):
            pass
        assert current() is session
        assert m.Subject.objects.get(pk=1)
    assert current() is None


def test_a_generator_cannot_lend_its_purpose(log):
    def leaking():
        with service():
            yield m.Subject.objects.get(pk=1)

    def leaking_through_a_stack():
        with ExitStack() as stack:
            stack.enter_context(service())
            yield 1

    def collected():
        with service():
            return [s.pk for s in m.Subject.objects.filter(pk=1)]

    def collecting():
        yield from collected()

    @contextmanager
    def lent():
        with service() as session:
            yield session

    for generator in (leaking(), leaking_through_a_stack()):
        with pytest.raises(NotInPurpose, match="generator"):
            next(generator)
        assert current() is None
    assert list(collecting()) == [1]
    with lent(), ExitStack() as stack:
        assert m.Subject.objects.get(pk=1)
    with lent(), pytest.raises(NestedPurpose):
        next(leaking())

    def leaking_a_loan():
        with lent():
            yield 1

    with pytest.raises(NotInPurpose, match="generator"):
        next(leaking_a_loan())
    assert stack


def test_in_an_event_loop(log):
    async def directly():
        with service():
            return m.Subject.objects.get(pk=1)

    async def whole():
        def read():
            with service():
                return m.Subject.objects.get(pk=1).pk

        return await sync_to_async(read)()

    async def outside():
        return await m.Subject.objects.aget(pk=1)

    with pytest.raises(NotInPurpose, match="sync_to_async"):
        asyncio.run(directly())
    assert asyncio.run(whole()) == 1
    with pytest.raises(NotInPurpose):
        asyncio.run(outside())
    with service(), pytest.raises(NotInPurpose):
        asyncio.run(outside())
    assert log.ways() == [("opened", [1])]


def test_a_plain_atomic_is_a_part_of_the_session(log):
    with service():
        with pytest.raises(RuntimeError), transaction.atomic():
            m.Address.objects.filter(subject_id=2).update(city="Nokia")
            raise RuntimeError
        assert m.Address.objects.get(subject_id=2).city == "Tampere"
        with transaction.atomic():
            m.Address.objects.filter(subject_id=2).update(city="Pori")
            transaction.set_rollback(True)
        assert m.Address.objects.get(subject_id=2).city == "Tampere"
    assert not connection.in_atomic_block


def test_a_plain_on_commit_waits_for_the_session(log):
    told = []
    with service() as session:
        transaction.on_commit(lambda: told.append(current()))
        transaction.on_commit(lambda: told.append("using"), using=session.alias)
        with pytest.raises(RuntimeError), transaction.atomic():
            transaction.on_commit(lambda: told.append("undone"))
            raise RuntimeError
        assert told == []
    assert told == [None, "using"]
    with pytest.raises(RuntimeError), service():
        transaction.on_commit(lambda: told.append("never"))
        raise RuntimeError
    assert told == [None, "using"]


def test_what_a_session_sets_does_not_survive_it(cluster, log):
    for _ in range(3):
        with service() as session:
            told = run(session, "SELECT current_setting('statement_timeout'), current_setting('search_path'),"
                               " current_setting('TimeZone'), pg_backend_pid()").fetchone()  # fmt: skip
            assert told[:3] == ("30s", "register,pg_temp", "UTC")
            run(session, "SET statement_timeout = 0")
            run(session, "SET search_path = pg_catalog")
            run(session, "PREPARE poison AS SELECT 1")
            run(session, "SELECT set_config('TimeZone', 'Asia/Tokyo', false)")
            with pytest.raises(Exception, match="permission denied"), session.atomic():
                run(session, "CREATE TEMPORARY TABLE subject (id bigint)")
    role = cluster.role("service@sahkolaitos")
    log.admin.execute(f'ALTER ROLE "{role}" SET statement_timeout = 0')
    try:
        from seloste.register.protection.backend.pool import pool

        pool().close()
        with service() as session:
            assert run(session, "SHOW statement_timeout").fetchone() == ("30s",)
            assert run(session, "SELECT count(*) FROM pg_catalog.pg_class").fetchone()
    finally:
        log.admin.execute(f'ALTER ROLE "{role}" RESET statement_timeout')


def test_connections_are_bounded(cluster, log):
    from seloste.project import wiring
    from seloste.register.protection.backend.pool import NoConnectionFree, connect_through, pool

    most = 5
    connect_through(cluster, most=most, each=3, wait=20)
    seen, errors, gate = [], [], threading.Barrier(50)

    def act(number):
        try:
            gate.wait()
            for reason in ("call:1", "call:1"):
                with acting("aino" if number % 2 else "verkko", "service", reason):
                    m.Subject.objects.filter(pk=1 if number % 2 else 11).get()
                    seen.append(pool().size)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=act, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(seen) == 100
    assert max(seen) <= most + 2 * 3
    [(open_now,)] = log.admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'seloste'"
    ).fetchall()
    assert open_now <= most + 2 * 3
    connect_through(cluster, most=1, each=1, wait=0.1)
    with service():
        told = in_thread(lambda: service().__enter__())
        assert isinstance(told, NoConnectionFree)
    with acting("verkko", "service", "call:1"):
        assert m.Subject.objects.get(pk=11), "an idle connection of another login gave way"
    wiring.configure(cluster)


def test_a_connection_that_died_idle_is_replaced(log):
    with service():
        pass
    log.admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'seloste' AND usename LIKE '%service@%'"
    )
    with service():
        assert m.Subject.objects.get(pk=1)


def test_a_session_ends_when_its_minutes_are_over(log):
    with service() as session:
        session._until = 0
        with pytest.raises(NotInPurpose, match="15 minutes"):
            m.Subject.objects.get(pk=1)
    assert log.ways() == []
