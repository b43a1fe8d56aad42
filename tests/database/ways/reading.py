"""Ways to read through Django's models, inside a session."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, JSONBAgg, StringAgg
from django.core.paginator import Paginator
from django.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
    Window,
    prefetch_related_objects,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Concat, Lag, RowNumber, TruncYear, Upper

from database.session.conftest import m

from . import ways as w
from .ways import Way, counted, listed, opened

WAYS = w.Ways()

subjects = lambda **q: m.Subject.objects.filter(**q).order_by("pk")  # noqa: E731
addresses = lambda **q: m.Address.objects.filter(**q).order_by("pk")  # noqa: E731


def prefetched_to_attr(_: Any) -> Any:
    whose = Prefetch("subject", queryset=m.Subject.objects.all(), to_attr="whose")
    return [each.whose.family_name for each in addresses(kind="home").prefetch_related(whose)]


def prefetched_later(_: Any) -> Any:
    found = list(addresses(subject_id=2))
    prefetch_related_objects(found, "subject")
    return found[0].subject.family_name


def deferred(_: Any) -> Any:
    return m.Subject.objects.defer("family_name").get(pk=1).family_name


def refreshed(_: Any) -> Any:
    found = m.Subject.objects.get(pk=1)
    found.refresh_from_db(fields=["given_names"])
    return found.given_names


def hidden(_: Any) -> Any:
    return m.Subject.objects.get(pk=1).created_at


WAYS.under(
    "Instances",
    [
        Way("`get()`", lambda _: m.Subject.objects.get(pk=1), (opened(1, "name"),)),
        Way("`first()`", lambda _: subjects().first(), (opened(1, "name"),)),
        Way("`last()`", lambda _: subjects().last(), (opened(4, "name"),)),
        Way("`latest()`", lambda _: m.Subject.objects.latest("pk"), (opened(4, "name"),)),
        Way("`earliest()`", lambda _: m.Subject.objects.earliest("pk"), (opened(1, "name"),)),
        Way("`filter()`, made a list", lambda _: list(subjects(kind="person")), (listed([1, 2, 3], "name"),)),
        Way("`exclude()`", lambda _: list(subjects().exclude(pk=1)), (listed([2, 3, 4], "name"),)),
        Way("`get()` that finds several", lambda _: several(), (listed([1, 2, 3], "name"),)),
        Way("`in_bulk()`", lambda _: m.Subject.objects.in_bulk([1, 2]), (listed([1, 2], "name"),)),
        Way("`iterator()`, chunk by chunk", lambda _: subjects().iterator(chunk_size=3),
            (listed([1, 2, 3], "name"), opened(4, "name"))),
        Way("a slice", lambda _: list(subjects()[1:3]), (listed([2, 3], "name"),)),
        Way("an index", lambda _: subjects()[0], (opened(1, "name"),)),
        Way("`reverse()`", lambda _: list(subjects(pk__lte=2).reverse()), (listed([1, 2], "name"),)),
        Way("`repr()` of a queryset", lambda _: repr(subjects()), (listed([1, 2, 3, 4], "name"),)),
        Way("`bool()` and `len()` of a queryset", lambda _: (q := subjects()) and len(q), (listed([1, 2, 3, 4], "name"),)),
        Way("`in` a queryset", lambda _: m.Subject(pk=2) in subjects(), (listed([1, 2, 3, 4], "name"),)),
        Way("`refresh_from_db()`", refreshed, (opened(1, "name"), opened(1, "name"))),
        Way("`Paginator`", lambda _: list(Paginator(subjects(), 2).page(2)), (counted(4, "name", named=(1, 2, 3, 4)), listed([3, 4], "name"))),
        Way("`select_for_update()`", lambda _: m.Subject.objects.select_for_update().get(pk=1), (opened(1, "name"),)),
    ],
)  # fmt: skip

WAYS.under(
    "Fields and related rows",
    [
        Way("`only()`", lambda _: addresses().only("street").get(subject_id=2), (opened(2, "address"),)),
        Way("`defer()`, then the field", deferred, (opened(1, "name"), opened(1, "name"))),
        Way("a field hidden from the purpose", hidden, (opened(1, "name"),), w.DENIED),
        Way("`filter()` by a hidden field", lambda _: list(subjects(created_at__isnull=False)), (), w.DENIED),
        Way("a foreign key, forwards", lambda _: addresses(subject_id=2).get().subject, (opened(2, "address"), opened(2, "name"))),
        Way("a foreign key, backwards", lambda _: m.Subject.objects.get(pk=1).address_set, (opened(1, "name"),), w.NOT_DECLARED),
        Way("`select_related()`", lambda _: m.Agreement.objects.select_related("subject", "metering_point").get(pk=1),
            (opened(1, "name", "agreements", "points"),)),
        Way("`prefetch_related()`", lambda _: list(addresses(kind="home").prefetch_related("subject")),
            (listed([1, 2], "address"), listed([1, 2], "name"))),
        Way("`Prefetch(to_attr=)`", prefetched_to_attr, (listed([1, 2], "address"), listed([1, 2], "name"))),
        Way("`prefetch_related_objects()`", prefetched_later, (opened(2, "address"), opened(2, "name"))),
        Way("a row found through another subject", lambda _: m.AgreementParty.objects.get(agreement__subject__family_name="Kanarialintu"),
            (listed([1, 2], "name", "agreements"),)),
        Way("`FilteredRelation`", lambda _: m.Agreement.objects.annotate(whose=FilteredRelation("subject", condition=Q(subject__kind="person"))).filter(whose__family_name="Toinen").get(),
            (opened(2, "name", "agreements"),)),
        Way("a table that names no subject", lambda _: list(m.MeteringPoint.objects.all()), (), w.REACHED),
        Way("staff, who are no subjects", lambda _: m.Staff.objects.get(username="veli"), (w.Recorded("opened", (), 1, ("staff",)),)),
    ],
)  # fmt: skip

WAYS.under(
    "Values",
    [
        Way("`values()` with the key", lambda _: list(subjects(pk=1).values("id", "family_name")), (opened(1, "name"),)),
        Way("`values_list(flat=)` of the key", lambda _: list(addresses().values_list("subject_id", flat=True)), (listed([1, 2], "address"),)),
        Way("`values_list(named=)` with the key", lambda _: list(addresses(kind="home").values_list("subject_id", "street", named=True)), (listed([1, 2], "address"),)),
        Way("`values_list().iterator()` with the key", lambda _: addresses(kind="home").values_list("subject_id", "street").iterator(chunk_size=1),
            (opened(1, "address"), opened(2, "address"))),
        Way("`values()` without the key", lambda _: list(subjects().values("family_name")), (), w.KEYLESS),
        Way("`values()` of every field", lambda _: list(subjects().values()), (), w.DENIED),
        Way("`values_list(flat=)` without the key", lambda _: list(subjects().values_list("family_name", flat=True)), (), w.KEYLESS),
        Way("values of somebody joined, without their key", lambda _: list(m.Representation.objects.values("subject_id", "organisation__organisation_name")), (), w.KEYLESS),
        Way("`distinct()` with the key", lambda _: list(addresses().values("subject_id").distinct().order_by("subject_id")), (listed([1, 2], "address"),)),
        Way("`distinct()` without the key", lambda _: list(addresses().values("city").distinct()), (), w.KEYLESS),
        Way("`distinct(field)` of instances", lambda _: list(m.Address.objects.order_by("subject_id").distinct("subject_id")), (listed([1, 2], "address"),)),
        Way("the key cast to something else", lambda _: list(subjects().annotate(k=Cast("id", TextField())).values("k")), (), w.KEYLESS),
        Way("the key inside a function", lambda _: list(subjects().values_list(Concat("family_name", Value("#"), Cast("id", TextField()), output_field=TextField()))), (), w.KEYLESS),
        Way("`dates()`", lambda _: list(m.Address.objects.dates("valid_from", "year")), (), w.KEYLESS),
        Way("`datetimes()`", lambda _: list(m.Address.objects.datetimes("valid_from", "year")), (), w.KEYLESS),
        Way("ordered by a hidden field", lambda _: list(m.Subject.objects.order_by("created_at")), (), w.DENIED),
    ],
)  # fmt: skip

WAYS.under(
    "Annotations, groups and windows",
    [
        Way("`annotate()`", lambda _: subjects(pk=1).annotate(loud=Upper("family_name")).get(), (opened(1, "name"),)),
        Way("`annotate()`, its value alone", lambda _: list(subjects().annotate(x=Upper("family_name")).values("x")), (), w.KEYLESS),
        Way("`Case` and `Coalesce`", lambda _: subjects(pk=4).annotate(n=Case(When(kind="person", then="family_name"), default=Coalesce("organisation_name", "family_name"))).get(),
            (opened(4, "name"),)),
        Way("`TruncYear`", lambda _: addresses(kind="postal").annotate(y=TruncYear("valid_from")).get(), (opened(1, "address"),)),
        Way("a group with the key", lambda _: list(addresses().values("subject_id").annotate(n=Count("pk")).order_by("subject_id")), (listed([1, 2], "address"),)),
        Way("a group without the key", lambda _: list(m.Address.objects.values("city").annotate(n=Count("pk"))), (), w.KEYLESS),
        Way("`HAVING`", lambda _: list(m.Address.objects.values("subject_id").annotate(n=Count("pk")).filter(n__gt=1)), (opened(1, "address"),)),
        Way("`ArrayAgg` by the key", lambda _: list(m.Address.objects.values("subject_id").annotate(all=ArrayAgg("street")).order_by("subject_id")), (listed([1, 2], "address"),)),
        Way("`ArrayAgg` of other subjects", lambda _: list(m.AgreementParty.objects.values("agreement__subject_id").annotate(all=ArrayAgg("subject_id"))), (), w.KEYLESS),
        Way("`StringAgg` by something else", lambda _: list(m.Subject.objects.values("kind").annotate(all=StringAgg("family_name", ","))), (), w.KEYLESS),
        Way("`JSONBAgg` of everybody", lambda _: m.Subject.objects.aggregate(all=JSONBAgg("family_name")), (), w.AGGREGATE),
        Way("a window over everybody", lambda _: subjects().annotate(before=Window(Lag("family_name"), order_by="pk"))[1:2].get(), (), w.WINDOW),
        Way("`ArrayAgg` as a window", lambda _: subjects().annotate(all=Window(ArrayAgg("family_name"))).first(), (), w.WINDOW),
        Way("a filter on a window", lambda _: list(subjects().annotate(n=Window(RowNumber(), order_by="family_name")).filter(n=1)), (), w.WINDOW),
        Way("a window cut by somebody joined", lambda _: m.AgreementParty.objects.annotate(all=Window(ArrayAgg("subject_id"), partition_by="agreement__subject_id")).first(), (), w.WINDOW),
        Way("a window within each subject", lambda _: addresses(subject_id=1).annotate(n=Window(Count("pk"), partition_by="subject_id"))[0], (opened(1, "address"),)),
    ],
)  # fmt: skip

WAYS.under(
    "Counts and aggregates",
    [
        Way("`count()`", lambda _: m.Subject.objects.count(), (counted(4, "name", named=(1, 2, 3, 4)),)),
        Way("`count()` of somebody named", lambda _: subjects(pk__in=[1, 2], family_name="Toinen").count(), (counted(1, "name", named=(1, 2)),)),
        Way("`count()` of a slice", lambda _: subjects()[:2].count(), (counted(2, "name", named=(1, 2)),)),
        Way("`exists()`", lambda _: subjects(family_name="Toinen").exists(), (counted(1, "name", named=(2,)),)),
        Way("`contains()`", lambda _: subjects(kind="person").contains(m.Subject(pk=1)), (counted(1, "name", named=(1,)),)),
        Way("`aggregate(Count)`", lambda _: m.Subject.objects.aggregate(n=Count("pk")), (counted(4, "name", named=(1, 2, 3, 4)),)),
        Way("`aggregate(Count)` of a part", lambda _: m.Subject.objects.aggregate(n=Count("pk", filter=Q(kind="person"))), (), w.AGGREGATE),
        Way("`aggregate(Count)` of a condition", lambda _: m.Subject.objects.aggregate(n=Count(Case(When(family_name="Toinen", then="pk")))), (), w.AGGREGATE),
        Way("`aggregate(Max)`", lambda _: m.Subject.objects.aggregate(x=Max("family_name")), (), w.AGGREGATE),
        Way("`aggregate(Min)` beside a count", lambda _: m.Subject.objects.aggregate(n=Count("pk"), x=Min("pk")), (), w.AGGREGATE),
        Way("`aggregate(Avg)` of a slice", lambda _: addresses()[:2].aggregate(x=Avg("pk")), (), w.AGGREGATE),
        Way("an aggregate registered by name", lambda s: s.aggregate("test.rows", m.Address.objects.all()), (counted(2, "address"),)),
        Way("a registered aggregate over few", lambda s: s.aggregate("test.rows", m.Address.objects.filter(street="PL 1")), (counted(1, "address"),), w.FEW),
        Way("an aggregate under another's name", lambda s: m.Address.objects.aggregate(value=Sum("pk"), subjects=Count("subject_id", distinct=True)), (), w.AGGREGATE),
    ],
)  # fmt: skip

other_home = partial(lambda: m.Address.objects.filter(subject_id=2))
own_home = partial(lambda: m.Address.objects.filter(subject_id=OuterRef("pk"), kind="home"))

WAYS.under(
    "Queries in queries",
    [
        Way("`Exists` of the same subject", lambda _: list(subjects().filter(Exists(own_home()))), (listed([1, 2], "name", "address"),)),
        Way("`Subquery` of the same subject", lambda _: subjects(pk=1).annotate(c=Subquery(own_home().values("city")[:1])).get(), (opened(1, "name", "address"),)),
        Way("`in` a query of keys", lambda _: list(subjects(pk__in=m.Address.objects.filter(kind="postal").values("subject_id"))), (opened(1, "name", "address"),)),
        Way("`Subquery` of another subject", lambda _: list(subjects().annotate(c=Subquery(other_home().values("city")[:1]))), (), w.OTHERS),
        Way("`Exists` of another subject", lambda _: list(subjects().filter(Exists(other_home()))), (), w.OTHERS),
        Way("`Subquery` inside a count", lambda _: m.Subject.objects.aggregate(n=Count("pk", filter=Exists(other_home()))), (), w.AGGREGATE),
        Way("ordered by a `Subquery` of another", lambda _: list(m.Subject.objects.order_by(Subquery(other_home().values("city")[:1]))), (), w.OTHERS),
        Way("SQL text inside a `Subquery`", lambda _: list(subjects().annotate(c=Subquery(own_home().annotate(x=RawSQL("SELECT 1", ())).values("x")[:1]))), (), w.TEXT),
        Way("another subject inside a `Subquery`'s values", lambda _: list(subjects().annotate(c=Subquery(own_home().annotate(x=Subquery(other_home().values("city")[:1])).values("x")[:1]))), (), w.OTHERS),
        Way("another subject inside a `Case`", lambda _: list(subjects().annotate(c=Case(When(Exists(other_home()), then=Value(1))))), (), w.OTHERS),
        Way("another subject inside `alias()`", lambda _: list(subjects().alias(c=Exists(other_home())).filter(c=True)), (), w.OTHERS),
        Way("another subject inside a slice that is counted", lambda _: subjects().annotate(c=Exists(other_home()))[:2].aggregate(n=Count("c")), (), w.OTHERS),
        Way("`union()`", lambda _: list(subjects().union(subjects())), (), w.COMBINED),
        Way("`intersection()`", lambda _: list(m.Subject.objects.intersection(m.Subject.objects.filter(pk=1))), (), w.COMBINED),
        Way("`difference()`", lambda _: list(m.Subject.objects.difference(m.Subject.objects.filter(pk=1))), (), w.COMBINED),
        Way("`count()` of a `union()`", lambda _: m.Subject.objects.values("pk").union(m.Address.objects.values("subject_id")).count(), (), w.COMBINED),
        Way("`F()` of somebody joined", lambda _: list(m.Representation.objects.annotate(n=F("organisation__organisation_name"))), (listed([1, 4], "name", "representation"),)),
    ],
)  # fmt: skip


def several() -> None:
    """The words of the error name nobody."""
    try:
        m.Subject.objects.get(kind="person")
    except m.Subject.MultipleObjectsReturned as error:
        assert "Kanaria" not in str(error)
