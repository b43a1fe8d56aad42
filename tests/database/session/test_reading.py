"""What is let out of a purpose session, and what is recorded before it is."""

# ruff: noqa: PLW0108 - a model is looked up when it is asked, not before Django is set up

from __future__ import annotations

import pytest
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL

from seloste.register.protection.actors import ReasonElsewhere
from seloste.register.protection.backend import compiler
from seloste.register.protection.refusals import NothingSaved, NotInPurpose, NotRecorded
from seloste.register.protection.session import acting

from .conftest import m


def service(reason: str = "call:1") -> acting:
    return acting("aino", "service", reason)


def supervision() -> acting:
    return acting("contact", "supervision", "request:5")


def test_one_subject_is_recorded_with_every_field(log):
    with acting("aino", "service", "call:1", channel="phone"):
        assert m.Subject.objects.get(pk=1).family_name == "Kanarialintu"
    [event] = log.events()
    assert event.pop("id").version == 7
    assert event.pop("at")
    assert len(event.pop("salt")) == 16
    assert event == {
        "kind": "subjects.read",
        "actor": "1",
        "role": "clerk",
        "login": "service@sahkolaitos",
        "channel": "phone",
        "reason": "call:1",
        "categories": ["name"],
        "way": "opened",
        "count": 1,
        "notice_hash": event["notice_hash"],
        "break_glass": False,
        "retention_class": "kept",
        "subjects": [1],
    }


def test_a_list_is_listed(log):
    with service():
        assert {s.pk for s in m.Subject.objects.all()} == {1, 2, 3, 4}
    assert log.ways() == [("listed", [1, 2, 3, 4])]


def test_nobody_found_is_nobody_recorded(log):
    with service():
        assert not list(m.Subject.objects.filter(family_name="Nobody"))
        assert m.Subject.objects.filter(pk=11).first() is None
    assert log.ways() == []


def test_several_rows_of_one_subject_are_one_opened(log):
    with service():
        assert len(m.Address.objects.filter(subject_id=1)) == 2
    assert log.ways() == [("opened", [1])]
    assert log.events()[0]["categories"] == ["address"]


def test_rows_tell_their_categories(log):
    with service():
        [phone] = m.ContactPoint.objects.filter(subject_id=1, category="phone")
        assert phone.value == "+358401234567"
        assert len(m.ContactPoint.objects.filter(subject_id=1)) == 2
    assert [e["categories"] for e in log.events()] == [["phone"], ["email", "phone"]]


def test_values_with_the_key(log):
    with service():
        assert list(m.Subject.objects.filter(pk=1).values("id", "family_name")) == [
            {"id": 1, "family_name": "Kanarialintu"}
        ]
        assert list(
            m.Address.objects.filter(city="Tampere")
            .values_list("subject_id", "postcode")
            .order_by("postcode")
        )
        assert set(m.Address.objects.values_list("subject", flat=True)) == {1, 2}
        assert (
            m.Subject.objects.filter(pk=2).values_list("pk", "family_name", named=True)[0].family_name
            == "Toinen"
        )
    assert log.ways() == [("opened", [1]), ("listed", [1, 2]), ("listed", [1, 2]), ("opened", [2])]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: m.Subject.objects.values("family_name"),
        lambda: m.Subject.objects.values_list("family_name", flat=True),
        lambda: m.Address.objects.values("city").annotate(n=Count("pk")),
        lambda: m.Address.objects.values("city").distinct(),
        lambda: m.Address.objects.values("subject__family_name"),
        lambda: m.Address.objects.dates("valid_from", "year"),
        lambda: m.Agreement.objects.values("metering_point__gsrn"),
        lambda: m.Representation.objects.values("subject_id", "organisation__organisation_name"),
        lambda: m.Subject.objects.values_list("given_names").union(
            m.Subject.objects.values_list("family_name")
        ),
        lambda: m.Subject.objects.all().union(m.Subject.objects.all()),
        lambda: m.Subject.objects.extra(select={"x": "1"}),
        lambda: m.Subject.objects.extra(where=["true"]),
        lambda: m.Subject.objects.annotate(x=RawSQL("family_name", ())),
        lambda: m.Subject.objects.filter(pk__in=RawSQL("SELECT 1", ())),
        lambda: m.Subject.objects.order_by(RawSQL("1", ())),
        lambda: m.Subject.objects.raw("SELECT * FROM register.subject"),
        lambda: m.Subject.objects.annotate(
            c=Subquery(m.Address.objects.filter(kind="home").values("city")[:1])
        ),
        lambda: m.Subject.objects.filter(Exists(m.Address.objects.filter(subject_id=2))),
        lambda: m.Subject.objects.filter(Q(pk=2) | Exists(m.Address.objects.filter(city="Tampere"))),
        lambda: m.Agreement.objects.filter(metering_point__in=m.MeteringPoint.objects.all()),
        lambda: m.MeteringPoint.objects.all(),
        lambda: m.Event.objects.all(),
    ],
)
def test_what_cannot_be_recorded_is_not_let_out(log, ask):
    with service(), pytest.raises(NotInPurpose):
        list(ask())
    assert log.ways() == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda: m.Subject.objects.aggregate(Max("family_name")),
        lambda: m.Subject.objects.filter(pk=1).explain(),
        lambda: m.Subject.objects.filter(pk=1).explain(analyze=True),
        lambda: m.MeteringPoint.objects.count(),
        lambda: m.Address.objects.filter(city="Tampere")[:2].aggregate(Max("postcode")),
    ],
)
def test_aggregates_that_are_not_registered(log, ask):
    with service(), pytest.raises(NotInPurpose):
        ask()
    assert log.ways() == []


def test_counting(log):
    with service():
        assert m.Subject.objects.count() == 4
        assert m.Subject.objects.filter(kind="person").exists()
        assert not m.Subject.objects.filter(pk=11).exists()
        assert m.Address.objects.filter(city="Tampere").distinct().count() == 3
        assert m.Subject.objects.filter(pk__in=[1, 2], family_name="Toinen").count() == 1
        assert m.Address.objects.values("subject_id").distinct().count() == 2
    told = [(e["way"], e["subjects"], e["count"]) for e in log.events()]
    assert told == [
        ("counted", [1, 2, 3, 4], 4),
        ("counted", [1, 2, 3], 1),
        ("counted", [11], 0),
        ("counted", [1, 2], 3),
        ("counted", [1, 2], 1),
        ("counted", [1, 2], 2),
    ]


def test_a_number_of_few_is_an_answer_about_each(log):
    """A name could be read letter by letter from counts that name nobody, if it were not on record of whom."""
    read = ""
    with service():
        for _ in range(3):
            read += next(
                letter
                for letter in "abcdefghijklmnopqrstuvwxyz"
                if m.Subject.objects.filter(
                    pk__gte=2, pk__lte=2, family_name__istartswith=read + letter
                ).exists()
            )
    assert read == "toi"
    assert [e["subjects"] for e in log.events() if e["count"]] == [[2]] * 3
    with service():
        assert m.Subject.objects.filter(pk__gte=2, pk__lte=2).count() == 1
    assert log.events()[-1]["subjects"] == [2]


def test_a_number_of_many_names_nobody(log, monkeypatch):
    monkeypatch.setattr(compiler, "FEWEST", 4)
    with service():
        assert m.Subject.objects.count() == 4
        assert m.Subject.objects.filter(pk__lt=4).count() == 3
    assert [e["subjects"] for e in log.events()] == [[], [1, 2, 3]]


def test_joined_subjects_are_recorded_too(log):
    with service():
        [party] = m.AgreementParty.objects.filter(agreement__subject__family_name="Kanarialintu")
        assert party.subject_id == 2
        [stands] = m.Representation.objects.filter(organisation__organisation_name="As Oy Kanaria")
        assert stands.subject_id == 1
        [both] = m.AgreementParty.objects.values("subject_id", "agreement__subject_id", "agreement__number")
        assert both["agreement__number"] == "A1"
    assert log.ways() == [("listed", [1, 2]), ("listed", [1, 4]), ("listed", [1, 2])]


def test_select_related_and_prefetch(log):
    with service():
        [agreement] = m.Agreement.objects.filter(pk=1).select_related("subject", "metering_point")
        assert agreement.subject.family_name == "Kanarialintu"
        assert agreement.metering_point.gsrn.startswith("643")
        [address] = m.Address.objects.filter(subject_id=2).prefetch_related("subject")
        assert address.subject.family_name == "Toinen"
        assert m.Address.objects.filter(subject_id=1).first().subject.given_names == "Canary"
        with pytest.raises(NotInPurpose):
            _ = m.Agreement.objects.get(pk=1).metering_point
    assert log.ways() == [
        ("opened", [1]),
        ("opened", [2]),
        ("opened", [2]),
        ("opened", [1]),
        ("opened", [1]),
        ("opened", [1]),
    ]
    assert log.events()[0]["categories"] == ["agreements", "name", "points"]


def test_a_point_is_found_through_its_agreements(log):
    with service():
        [agreement] = m.Agreement.objects.filter(metering_point__gsrn="643007000000000001", subject_id=2)
        assert agreement.number == "A2"
    assert log.ways() == [("opened", [2])]


def test_queries_inside_that_ask_about_the_same_subject(log):
    with service():
        at_home = m.Address.objects.filter(subject_id=OuterRef("pk"), kind="home")
        assert {s.pk for s in m.Subject.objects.filter(Exists(at_home))} == {1, 2}
        assert {
            s.pk
            for s in m.Subject.objects.filter(
                pk__in=m.Address.objects.filter(kind="postal").values("subject_id")
            )
        } == {1}
        city = m.Subject.objects.annotate(city=Subquery(at_home.values("city")[:1])).get(pk=1)
        assert city.city == "Tampere"
        assert m.Subject.objects.filter(pk=1).annotate(same=F("family_name")).get().same == "Kanarialintu"
    assert log.ways() == [("listed", [1, 2]), ("opened", [1]), ("opened", [1]), ("opened", [1])]


def test_only_brings_the_key_along(log):
    with service():
        address = m.Address.objects.only("street").get(subject_id=2)
        assert address.city == "Tampere"
        assert m.Subject.objects.defer("family_name").get(pk=1).family_name == "Kanarialintu"
        assert set(m.Address.objects.in_bulk([1, 2])) == {1, 2}
    assert log.ways() == [("opened", [2]), ("opened", [2]), ("opened", [1]), ("opened", [1]), ("opened", [1])]


def test_rows_about_nobody(log):
    with service():
        assert m.CaseFile.objects.get(pk=1).subject_id is None
        assert m.Staff.objects.get(username="veli").name == "Veli"
    assert [(e["way"], e["count"], e["subjects"], e["categories"]) for e in log.events()] == [
        ("opened", 1, [], ["cases"]),
        ("opened", 1, [], ["staff"]),
    ]


def test_chunks_are_recorded_before_they_are_returned(log):
    with service():
        rows = m.Subject.objects.order_by("pk").iterator(chunk_size=2)
        assert next(rows).pk == 1
        assert log.ways() == [("listed", [1, 2])]
        assert [s.pk for s in rows] == [2, 3, 4]
    assert log.ways() == [("listed", [1, 2]), ("listed", [3, 4])]


def test_the_log_is_kept_when_the_transaction_rolls_back(log):
    with pytest.raises(RuntimeError), service():
        m.Subject.objects.get(pk=1)
        m.Address.objects.filter(subject_id=2).update(city="Nokia")
        raise RuntimeError
    assert log.ways() == [("opened", [1]), ("operation", [2])]
    assert log.admin.execute("SELECT count(*) FROM register.address WHERE city = 'Nokia'").fetchone() == (0,)


def test_what_cannot_be_logged_is_not_read(cluster, log):
    role = f'"{cluster.role("lookups")}"'
    log.admin.execute(f"REVOKE INSERT ON register.event_subject FROM {role}")
    try:
        with service() as session:
            for ask in (
                lambda: m.Subject.objects.get(pk=1),
                lambda: m.Subject.objects.count(),
                lambda: list(m.Subject.objects.iterator()),
                lambda: m.Address.objects.filter(subject_id=1).update(city="Nokia"),
                lambda: m.Address.objects.filter(subject_id=1).delete(),
                lambda: session.see(1),
                lambda: session.why(1),
            ):
                with pytest.raises(NotRecorded) as refused, session.atomic():
                    ask()
                assert "Kanaria" not in str(refused.value)
        with pytest.raises(NothingSaved), service():
            with pytest.raises(NotRecorded):
                m.Address.objects.filter(subject_id=1).update(city="Nokia")
        with supervision() as session, pytest.raises(NotRecorded):
            session.lookups(1)
    finally:
        log.admin.execute(f"GRANT INSERT ON register.event_subject TO {role}")
    assert log.ways() == []
    assert log.admin.execute("SELECT DISTINCT city FROM register.address").fetchall() == [("Tampere",)]


def test_a_case_about_one_subject_leads_to_no_other(log):
    with service("case:3"):
        assert m.Subject.objects.get(pk=1)
        assert m.Subject.objects.get(pk=2).pk == 2, "who holds an agreement with it"
        assert m.Subject.objects.get(pk=4).pk == 4, "whom it stands for"
        with pytest.raises(ReasonElsewhere):
            m.Subject.objects.get(pk=3)
        with pytest.raises(ReasonElsewhere):
            list(m.Subject.objects.all())
        with pytest.raises(ReasonElsewhere):
            m.Subject.objects.filter(pk=3).exists()
    with service("case:6"):
        assert len(m.Subject.objects.all()) == 4
    assert log.ways() == [("opened", [1]), ("opened", [2]), ("opened", [4]), ("listed", [1, 2, 3, 4])]


def test_a_hidden_column_is_deferred_and_refused(log):
    with acting("mikko", "marketing", "campaign:4") as session:
        found = m.Subject.objects.get(pk=1)
        assert "created_at" in found.get_deferred_fields()
        for ask in (
            lambda: found.created_at,
            lambda: list(m.Subject.objects.filter(created_at__isnull=False)),
            lambda: list(m.Subject.objects.order_by("created_at")),
            lambda: m.Subject.objects.filter(created_at__isnull=True).count(),
            lambda: list(m.Subject.objects.values("id", "created_at")),
            lambda: list(m.Subject.objects.values()),
            lambda: list(m.Subject.objects.only("created_at")),
            lambda: m.Subject.objects.aggregate(n=Count("created_at")),
            lambda: list(m.Subject.objects.annotate(x=F("created_at"))),
            lambda: list(m.Address.objects.all()),
            lambda: list(m.HousingForm.objects.all()),
            lambda: m.EventSubject.objects.count(),
            lambda: list(m.Subject.objects.select_for_update()),
        ):
            with pytest.raises(NotInPurpose), session.atomic():
                ask()
    assert log.ways() == [("opened", [1])]


def test_a_row_of_another_category_is_not_there(log):
    with acting("mikko", "marketing", "campaign:4"):
        assert [c.category for c in m.ContactPoint.objects.filter(subject_id=1)] == ["email"]
        assert not m.ContactPoint.objects.filter(value="+358401234567").exists()
        assert m.Subject.objects.filter(pk=3).first() is None
    assert log.ways()[0] == ("opened", [1])


def test_an_injected_union_lets_nothing_out(log):
    with service() as session:
        from django.db import connections

        query = m.Subject.objects.filter(pk=1).query
        compiler = query.get_compiler(session.alias)
        as_sql = compiler.as_sql

        def injected(*args, **kwargs):
            sql, params = as_sql(*args, **kwargs)
            columns = sql.partition(" FROM ")[0].removeprefix("SELECT ")
            return f"{sql} UNION ALL SELECT {columns} FROM subject", params

        compiler.as_sql = injected
        with pytest.raises(NotInPurpose):
            compiler.execute_sql()
        assert connections[session.alias]
    assert log.ways() == []


def test_a_stacked_statement_is_refused_by_the_server(log):
    from django.db import Error

    with service() as session, pytest.raises(Error):
        query = m.Subject.objects.all().query
        compiler = query.get_compiler(session.alias)
        as_sql = compiler.as_sql
        compiler.as_sql = lambda *a, **k: (as_sql(*a, **k)[0] + "; SELECT 1", ())
        compiler.execute_sql()
    assert log.ways() == []
