"""Ways to read around Django's models, around the session, and by writing."""

from __future__ import annotations

import asyncio
import contextvars
import io
import pickle
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core import serializers
from django.core.management import call_command
from django.db import connection, connections
from django.db.models import F, Func, Max, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Upper
from django.db.models.sql.constants import CURSOR
from django.forms.models import model_to_dict

from database.session.conftest import m
from seloste.register.protection.backend import aggregates
from seloste.register.protection.many import Asked
from seloste.register.protection.session import acting

from . import ways as w
from .reading import addresses, subjects
from .ways import Way, counted, listed, opened, touched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WAYS = w.Ways()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVERYBODY = "SELECT string_agg(family_name, ',') FROM register.subject"
SERVICE = ("aino", "service", "call:1")
SUPERVISION = ("contact", "supervision", "request:5")
MARKETING = ("mikko", "marketing", "campaign:4")


def here(session: Any) -> Any:
    """Django's connection of the session."""
    return connections[session.alias]


def injected(session: Any) -> Any:
    """A query whose text was made longer than what its compiler looked through."""
    compiler = subjects(pk=1).query.get_compiler(session.alias)
    as_sql = compiler.as_sql

    def longer(*args: Any, **options: Any) -> Any:
        sql, params = as_sql(*args, **options)
        body = sql.rpartition(" ORDER BY ")[0]
        columns = body.partition(" FROM ")[0].removeprefix("SELECT ")
        return f"{body} UNION ALL SELECT {columns} FROM subject ORDER BY 1", params

    compiler.as_sql = longer
    return compiler.execute_sql()


class Sneaking(Func):
    """An expression of one's own."""

    template = f"({EVERYBODY})"
    output_field = TextField()


def rewritten() -> Any:
    """An expression of Django's, whose text was changed."""
    expression = Upper("family_name")
    expression.template = f"({EVERYBODY})"
    return expression


class SneakingType(TextField):
    """A type of one's own, cast to which is text of one's own."""

    def db_type(self, connection: Any) -> str:
        """More than a type."""
        return f"text || ({EVERYBODY})"


WAYS.under(
    "SQL of one's own",
    [
        Way("`raw()`", lambda _: list(m.Subject.objects.raw("SELECT * FROM register.subject")), (), w.OWN),
        Way("`extra(select=)`", lambda _: list(m.Subject.objects.extra(select={"x": f"({EVERYBODY})"})), (), w.COMBINED),
        Way("`extra(where=)`", lambda _: list(m.Subject.objects.extra(where=["true"])), (), w.TEXT),
        Way("`extra(tables=)`", lambda _: list(m.Subject.objects.extra(tables=["address"])), (), w.COMBINED),
        Way("`extra(order_by=)`", lambda _: list(m.Subject.objects.extra(order_by=["subject.family_name"])), (), w.TEXT),
        Way("`RawSQL`", lambda _: list(m.Subject.objects.annotate(x=RawSQL(EVERYBODY, ()))), (), w.TEXT),
        Way("`RawSQL` with a UNION", lambda _: list(m.Subject.objects.filter(pk__in=RawSQL("SELECT 1 UNION SELECT id FROM register.subject", ()))), (), w.TEXT),
        Way("ordered by `RawSQL`", lambda _: list(m.Subject.objects.order_by(RawSQL("1", ()))), (), w.TEXT),
        Way("`Func(template=)`", lambda _: list(subjects(pk=1).annotate(x=Func(Value(1), template=f"({EVERYBODY})"))), (), w.TEXT),
        Way("a template set on Django's own", lambda _: list(subjects(pk=1).annotate(x=rewritten())), (), w.TEXT),
        Way("`Func(function=)`", lambda _: list(subjects(pk=1).annotate(x=Func(Value("/etc/passwd"), function="pg_read_file"))), (), w.TEXT),
        Way("`query_to_xml`", lambda _: list(subjects(pk=1).annotate(x=Func(Value(EVERYBODY), function="query_to_xml"))), (), w.TEXT),
        Way("an expression of one's own", lambda _: list(subjects(pk=1).annotate(x=Sneaking())), (), w.FOREIGN),
        Way("a cast to a type of one's own", lambda _: list(subjects(pk=1).annotate(x=Cast("id", SneakingType()))), (), w.FOREIGN),
        Way("a UNION injected into a query's text", injected, (), w.FALSE_KEY),
        Way("`connection.cursor()`", lambda s: here(s).cursor().execute(EVERYBODY), (), w.OWN),
        Way("a compiler's own cursor", lambda s: subjects().query.get_compiler(s.alias).execute_sql(CURSOR), (), w.OWN),
        Way("a server-side cursor", lambda s: here(s).chunked_cursor(), (), w.OWN),
        Way("psycopg's connection underneath", lambda s: here(s).connection, (), w.OWN),
        Way("`COPY`", lambda s: here(s).connection.cursor().copy(f"COPY ({EVERYBODY}) TO STDOUT"), (), w.OWN),
        Way("a copy of the connection", lambda s: here(s).copy(), (), w.OWN),
        Way("a schema editor", lambda s: here(s).schema_editor().__enter__(), (), w.OWN),
        Way("introspection", lambda s: here(s).introspection.table_names(), (), w.OWN),
        Way("`explain()`", lambda _: subjects(pk=1).explain(), (), w.EXPLAIN),
        Way("`explain(analyze=)`", lambda _: subjects(pk=1).explain(analyze=True), (), w.EXPLAIN),
    ],
)  # fmt: skip


def unpickled_queryset(_: Any) -> Any:
    return pickle.loads(pickle.dumps(subjects(pk=1)))[0].family_name


def pickled_query(_: Any) -> Any:
    """A query that was pickled unread reads where it is unpickled, and is recorded there."""
    again = m.Subject.objects.all()
    again.query = pickle.loads(pickle.dumps(subjects(pk=1).query))
    return list(again)


def chosen(_: Any) -> Any:
    field = forms.ModelChoiceField(queryset=addresses(kind="postal"), empty_label=None)
    return [key for key, _label in field.choices]


def serialised(form: str) -> Callable[[Any], str]:
    return lambda _: serializers.serialize(form, m.Agreement.objects.order_by("pk"))


WAYS.under(
    "Serializers, forms and pickles",
    [
        *(
            Way(f"the {form} serializer", serialised(form), (listed([1, 2], "agreements"),))
            for form in ("json", "jsonl", "python", "xml")
        ),
        Way("a serializer that meets a hidden field", lambda _: serializers.serialize("json", subjects(pk=1)), (opened(1, "name"),), w.DENIED),
        Way("`model_to_dict()`", lambda _: model_to_dict(m.Agreement.objects.get(pk=1)), (opened(1, "agreements"),)),
        Way("the choices of a form", chosen, (opened(1, "address"),)),
        Way("`validate_constraints()`", lambda _: m.Agreement(number="A1", controller="sahkoverkko", kind="sale", subject_id=1).validate_constraints(), (counted(0, "agreements"),)),
        Way("pickling a queryset", unpickled_queryset, (opened(1, "name"),)),
        Way("pickling a query, then reading it", pickled_query, (opened(1, "name"),)),
        Way("`dumpdata`", lambda _: call_command("dumpdata", "register.Subject", stdout=io.StringIO(), traceback=True), (), w.HOUSEKEEPING),
    ],
)  # fmt: skip


def in_thread(do: Callable[[], Any], context: contextvars.Context | None = None) -> Any:
    """What a function returns or raises in another thread."""
    told: list[Any] = []

    def run() -> None:
        try:
            told.append(do())
        except BaseException as error:
            told.append(error)

    thread = threading.Thread(target=(lambda: context.run(run)) if context else run)
    thread.start()
    thread.join()
    if isinstance(told[0], BaseException):
        raise told[0]
    return told[0]


def own_session(_: Any) -> Any:
    def read() -> Any:
        with acting(*SERVICE):
            return m.Subject.objects.get(pk=2)

    return in_thread(read)


async def each() -> list[Any]:
    return [found async for found in m.Subject.objects.all()]


async def session_in_loop() -> Any:
    with acting(*SERVICE):
        return m.Subject.objects.get(pk=1)


def leaking() -> Iterator[Any]:
    with acting(*SERVICE):
        yield m.Subject.objects.get(pk=1)


def through_a_stack() -> Iterator[Any]:
    with ExitStack() as stack:
        stack.enter_context(acting(*SERVICE))
        yield m.Subject.objects.get(pk=1)


def nested(_: Any) -> Any:
    with acting(*MARKETING):
        pass


def left(make: Callable[[Any], Callable[[], Any]]) -> Callable[[Any], Any]:
    """What is made in a session is used when it is over."""

    def do(_: Any) -> Any:
        with acting(*SERVICE) as session:
            use = make(session)
        return use()

    return do


def bound(session: Any) -> Callable[[], Any]:
    rows = m.Subject.objects.using(session.alias)
    return lambda: list(rows)


def stream(_: Any) -> Callable[[], Any]:
    rows = subjects().iterator(chunk_size=2)
    assert next(rows).pk == 1
    return lambda: list(rows)


def field_later(_: Any) -> Callable[[], Any]:
    address = m.Address.objects.only("street").get(subject_id=2)
    return lambda: address.city


def related_later(_: Any) -> Callable[[], Any]:
    address = m.Address.objects.get(subject_id=2)
    return lambda: address.subject


def unpickled_later(_: Any) -> Callable[[], Any]:
    frozen = pickle.dumps(m.Subject.objects.get(pk=1))
    return lambda: pickle.loads(frozen).refresh_from_db()


def unread(_: Any) -> Callable[[], Any]:
    rows = subjects(pk=1)
    return lambda: list(rows)


def seen_later(session: Any) -> Callable[[], Any]:
    return lambda: session.see(1)


WAYS.under(
    "Threads, loops and sessions that are over",
    [
        Way("no session", lambda _: m.Subject.objects.get(pk=1), (), w.OUTSIDE, None),
        Way("`using()` of the login's name", lambda _: m.Subject.objects.using("service@sahkolaitos").get(pk=1), (), w.OUTLIVED, None),
        Way('`using("default")`', lambda _: list(m.Subject.objects.using("default")), (), w.HOUSEKEEPING, None),
        Way('`using("default")` in a session', lambda _: list(m.Subject.objects.using("default")), (), w.HOUSEKEEPING),
        Way("staff through `default`", lambda _: list(m.Staff.objects.using("default")), (), w.HOUSEKEEPING, None),
        Way("a cursor of `default`", lambda _: connection.cursor().execute(EVERYBODY), (), w.DEFAULT, None),
        Way("another thread", lambda _: in_thread(lambda: m.Subject.objects.get(pk=1)), (), w.OUTSIDE),
        Way("another thread, context copied", lambda _: in_thread(lambda: m.Subject.objects.get(pk=1), contextvars.copy_context()), (), w.OUTLIVED),
        Way("another thread, alias named", lambda s: in_thread(lambda: m.Subject.objects.using(s.alias).get(pk=1)), (), w.OUTLIVED),
        Way("another thread, a session of its own", own_session, (opened(2, "name"),)),
        Way("`aget()`", lambda _: asyncio.run(m.Subject.objects.aget(pk=1)), (), w.OUTLIVED),
        Way("`async for`", lambda _: asyncio.run(each()), (), w.OUTLIVED),
        Way("a session inside an event loop", lambda _: asyncio.run(session_in_loop()), (), w.LOOP, None),
        Way("a generator that holds a session", lambda _: next(leaking()), (), w.LENT, None),
        Way("a generator that holds it in a stack", lambda _: next(through_a_stack()), (), w.LENT, None),
        Way("a session inside a session", nested, (), w.NESTED),
        Way("an unread queryset, afterwards", left(unread), (), w.OUTSIDE, None),
        Way("`using()` an ended session's alias", left(bound), (), w.OUTLIVED, None),
        Way("an `iterator()` that outlives it", left(stream), (listed([1, 2], "name"),), w.OUTLIVED, None),
        Way("a deferred field, afterwards", left(field_later), (opened(2, "address"),), w.OUTSIDE, None),
        Way("a foreign key, afterwards", left(related_later), (opened(2, "address"),), w.OUTSIDE, None),
        Way("an unpickled instance, refreshed", left(unpickled_later), (opened(1, "name"),), w.OUTSIDE, None),
        Way("`see()`, afterwards", left(seen_later), (), w.OUTLIVED, None),
    ],
)  # fmt: skip


def ban(**values: Any) -> Any:
    return m.Ban(subject_id=2, channel="email", valid_from=NOW, notice_hash="x", **values)


def renamed(_: Any) -> Any:
    found = list(subjects(pk__in=[1, 2]))
    for each_ in found:
        each_.language = "sv"
    return m.Subject.objects.bulk_update(found, ["language"])


def got(_: Any) -> Any:
    return m.Address.objects.get_or_create(subject_id=2, kind="home", defaults={"street": "x"})


def updated(_: Any) -> Any:
    return m.Address.objects.update_or_create(subject_id=2, kind="home", defaults={"city": "Nokia"})


def saved(_: Any) -> Any:
    found = m.Address.objects.get(subject_id=2)
    found.city = "Nokia"
    found.save(update_fields=["city"])


WAYS.under(
    "Writing",
    [
        Way("`update()`", lambda _: addresses(city="Tampere").update(city="Nokia"), (touched([1, 2], "address"),)),
        Way("`update()` from the row itself", lambda _: addresses(kind="home").update(city=F("street")), (touched([1, 2], "address"),)),
        Way("`update()` chosen by another subject's", lambda _: m.Representation.objects.filter(organisation__organisation_name="As Oy Kanaria").update(role="signatory"), (), w.CHOSEN),
        Way("`update()` to another subject's value", lambda _: addresses(subject_id=2).update(street=subjects(pk=1).values("family_name")[:1]), (), w.CHOSEN),
        Way("`update()` by an expression of one's own", lambda _: addresses(subject_id=2).update(street=Sneaking()), (), w.FOREIGN),
        Way("`delete()`", lambda _: addresses(kind="postal").delete(), (touched([1], "address"),)),
        Way("`save()` of what was read", saved, (opened(2, "address"),)),
        Way("`bulk_update()` of what was read", renamed, (listed([1, 2], "name"),)),
        Way("`bulk_create()`", lambda _: m.Ban.objects.bulk_create([ban(), ban()])),
        Way("`bulk_create(ignore_conflicts=)`", lambda _: m.Ban.objects.bulk_create([ban()], ignore_conflicts=True), (), w.CONFLICT),
        Way("`create()` with a query inside", lambda _: m.Address.objects.create(subject_id=2, kind="home", street=subjects(pk=1).values("family_name")[:1], city="x", postcode="1", valid_from=NOW), (), w.INSIDE),
        Way("`get_or_create()`", got, (opened(2, "address"),)),
        Way("`update_or_create()`", updated, (opened(2, "address"),)),
    ],
)  # fmt: skip

WAYS.under(
    "What a session offers itself",
    [
        Way("`see()`", lambda s: s.see(2), (opened(2, "name", "address", "email", "agreements", "points"),)),
        Way("`see()` of nobody", lambda s: s.see(987654321), (w.Recorded("verdict", (987654321,), 0, ()),)),
        Way("`why()`", lambda s: s.why(1), (w.Recorded("verdict", (1,), 1, ()),)),
        Way("`lookups()`", lambda s: s.lookups(1), (opened(1, "lookup_log"),), None, SUPERVISION),
        Way("`count_audience()`", lambda s: s.count_audience(m.Subject.objects.filter(kind="person")), (counted(2, "name", named=(1, 2)),), None, MARKETING),
        Way("`rows()` of several subjects, of two tables", lambda s: s.rows([1, 2], [Asked("subject", ("family_name",)), Asked("address", ("street",))]), (listed((1, 2), "address", "name"),)),
        Way("`rows()` of one subject", lambda s: s.rows([2], [Asked("address", ("street",))]), (opened(2, "address"),)),
        Way("`rows()` of a column of one's own words", lambda s: s.rows([1], [Asked("subject", ('family_name" FROM register.subject --',))]), (), w.BEYOND),
        Way("`load()`", lambda s: s.load("ban", ["subject_id", "channel", "valid_from", "notice_hash"], [[2], ["sms"], [NOW], ["x"]])),
    ],
)  # fmt: skip


aggregates.register("test.rows", "address", Max("postcode"), fewest=2)
