"""What a purpose may write, what PostgreSQL refuses, and what no error tells."""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime

import pytest
from django.db import DataError, Error, IntegrityError
from django.db.models import F, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Upper

from seloste.register.protection.refusals import NothingSaved, NotInPurpose
from seloste.register.protection.session import acting, retried

from .conftest import m

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CANARY = "Kanarialintunen"


class Undo(Exception):
    pass


@pytest.fixture
def undone():
    """Runs a block as customer service and takes it all back."""

    class Undone:
        def __enter__(self):
            self.block = acting("aino", "service", "call:1")
            return self.block.__enter__()

        def __exit__(self, kind, error, trace):
            self.block.__exit__(kind or Undo, error or Undo(), trace)

    return Undone()


def person(**values):
    return m.Subject(side="sahkolaitos", kind="person", given_names="Uusi", **values)


def test_a_row_is_made_with_what_the_purpose_may_set(log, undone):
    with undone as session:
        made = person(family_name="Virtanen")
        made.save()
        assert made.pk
        assert made.get_deferred_fields() == {"created_at", "changed_at", "call_name"}
        assert made.language == "fi"
        with pytest.raises(NotInPurpose), session.atomic():
            _ = made.created_at
        address = m.Address.objects.create(
            subject=made, kind="home", street="x", postcode="1", city="y", valid_from=NOW
        )
        assert m.Address.objects.get(pk=address.pk).city == "y"
        ban = m.Ban.objects.create(subject=made, channel="email", valid_from=NOW, notice_hash="x")
        assert "recorded_at" in ban.get_deferred_fields()
        assert m.Ban.objects.filter(pk=ban.pk, superseded_at__isnull=True).update(superseded_at=NOW) == 1
    assert log.admin.execute(
        "SELECT count(*) FROM register.subject WHERE given_names = 'Uusi'"
    ).fetchone() == (0,)


def test_a_column_that_may_not_be_set_is_refused(log, undone):
    with undone:
        for made in (
            person(created_at=NOW),
            m.Address(
                subject_id=1, kind="home", street="x", postcode="1", city="y", valid_from=NOW, country="SE"
            ),
            m.Address(
                subject_id=1,
                kind="home",
                street="x",
                postcode="1",
                city="y",
                valid_from=NOW,
                metering_point_id=1,
            ),
        ):
            with pytest.raises(NotInPurpose, match="may not set"):
                made.save()
        with pytest.raises(NotInPurpose, match="may not set"):
            m.Subject.objects.bulk_create([person(), person(created_at=NOW)])
        with pytest.raises(NotInPurpose):
            person(family_name=Subquery(m.Subject.objects.values("family_name")[:1])).save()
        with pytest.raises(NotInPurpose):
            person(family_name=RawSQL("'x'", ())).save()
        for conflict in (
            {"ignore_conflicts": True},
            {"update_conflicts": True, "update_fields": ["family_name"], "unique_fields": ["id"]},
        ):
            with pytest.raises(NotInPurpose):
                m.Subject.objects.bulk_create([person(id=1)], **conflict)


def test_rows_that_the_purpose_may_not_make(log, undone):
    with undone as session:
        for make in (
            lambda: m.Subject(side="sahkoverkko", kind="person", family_name=CANARY).save(),
            lambda: m.HousingForm(subject_id=1, form="flat").save(),
            lambda: m.ContactPoint(
                subject_id=1, category="email", value="a@b.fi", as_given="a@b.fi", valid_from=NOW
            ).save(),
            lambda: m.Address(
                subject_id=11, kind="home", street=CANARY, postcode="1", city="y", valid_from=NOW
            ).save(),
            lambda: m.Staff(username="x", name=CANARY, employer="vera").save(),
            lambda: m.Subject.objects.filter(pk=1).update(side="sahkoverkko"),
            lambda: m.Subject.objects.filter(pk=1).update(created_at=NOW),
            lambda: m.Subject.objects.filter(pk=1).delete(),
            lambda: m.Ban.objects.filter(subject_id=3).delete(),
            lambda: m.Ban.objects.filter(subject_id=3).update(channel="sms"),
        ):
            with pytest.raises(NotInPurpose) as refused, session.atomic():
                make()
            assert CANARY not in str(refused.value)


def test_bulk(log, undone):
    with undone:
        made = m.Subject.objects.bulk_create([person(family_name=str(n)) for n in range(3)])
        assert len({s.pk for s in made}) == 3
        for each in made:
            each.family_name = "Muutettu"
        assert m.Subject.objects.bulk_update(made, ["family_name"]) == 3
        assert m.Subject.objects.filter(family_name="Muutettu").count() == 3
        assert (
            m.Subject.objects.get_or_create(
                pk=made[0].pk, defaults={"side": "sahkolaitos", "kind": "person"}
            )[1]
            is False
        )
    ways = [(e["way"], len(e["subjects"])) for e in log.events()]
    assert ways == [("operation", 3), ("counted", 3), ("opened", 1)]


def test_an_update_tells_whose_rows_it_touched(log, undone):
    with undone:
        assert m.Address.objects.filter(city="Tampere").update(postcode="33200") == 3
        assert m.Address.objects.filter(city="Nowhere").update(postcode="1") == 0
        subject = m.Subject.objects.get(pk=1)
        subject.given_names = "Toinen"
        subject.save(update_fields=["given_names"])
        assert m.Address.objects.filter(subject_id=2).update(city=Upper(F("city"))) == 1
        assert m.Address.objects.filter(subject_id=1).delete()[0] == 2
        assert m.Subject.objects.filter(pk=3).update(given_names=Value("x")) == 1
    assert log.ways() == [("operation", [1, 2]), ("opened", [1]), ("operation", [3])]


@pytest.mark.parametrize(
    "write",
    [
        lambda: m.Address.objects.filter(subject__family_name="Toinen").update(city="x"),
        lambda: m.AgreementParty.objects.filter(agreement__subject_id=1).update(superseded_at=NOW),
        lambda: m.AgreementParty.objects.filter(agreement__subject_id=1).delete(),
        lambda: m.Address.objects.filter(subject_id=2).update(
            city=Subquery(m.Address.objects.values("city")[:1])
        ),
        lambda: m.Address.objects.filter(subject_id=2).update(city=RawSQL("'x'", ())),
        lambda: m.Address.objects.filter(pk__in=RawSQL("SELECT 1", ())).delete(),
    ],
)
def test_rows_chosen_in_ways_that_cannot_be_recorded(log, undone, write):
    with undone as session:
        try:
            with session.atomic():
                write()
        except NotInPurpose:
            assert log.ways() == []
        else:
            # the same subject's rows, found by a join on its key
            assert log.ways() == [("operation", [2])]


def test_locking_a_row_that_may_be_written(log, undone):
    with undone:
        assert m.Address.objects.select_for_update().get(subject_id=2).city == "Tampere"
        assert m.Address.objects.select_for_update(of=("self",)).filter(subject_id=1).count() == 2


def test_what_was_lost_is_not_taken_for_saved(log):
    with pytest.raises(NothingSaved), acting("aino", "service", "call:1"):
        m.Address.objects.filter(subject_id=2).update(city="Nokia")
        with pytest.raises(NotInPurpose):
            list(m.HousingForm.objects.all())
    with acting("aino", "service", "call:1"), pytest.raises(NotInPurpose):
        list(m.HousingForm.objects.all())
    assert log.admin.execute("SELECT count(*) FROM register.address WHERE city = 'Nokia'").fetchone() == (0,)


def all_that_is_told(error):
    """An error, what it came from, their tracebacks with locals: everything a log could print."""
    told = [*traceback.format_exception(error)]
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.TracebackException.from_exception(error, capture_locals=True)
        told += [repr(error), str(error.args), *(str(f.locals) for f in frames.stack)]
        error = error.__cause__ or error.__context__
    return "\n".join(told)


FAULTY = {
    "check": (
        IntegrityError,
        lambda: m.Subject(side="sahkolaitos", kind="person", family_name=CANARY, organisation_name=CANARY),
    ),
    "key": (IntegrityError, lambda: m.Subject(id=1, side="sahkolaitos", kind="person", family_name=CANARY)),
    "not null": (
        IntegrityError,
        lambda: m.Address(subject_id=1, kind="home", street=CANARY, postcode="1", valid_from=NOW, city=None),
    ),
    "form": (
        IntegrityError,
        lambda: m.ContactPoint(subject_id=1, category="phone", value=CANARY, as_given=CANARY, valid_from=NOW),
    ),
    "other side": (NotInPurpose, lambda: m.Subject(side="sahkoverkko", kind="person", family_name=CANARY)),
    "nobody's": (
        NotInPurpose,
        lambda: m.Address(subject_id=11, kind="home", street=CANARY, postcode="1", city="y", valid_from=NOW),
    ),
    "no text": (DataError, lambda: m.Subject(side="sahkolaitos", kind="person", family_name=CANARY + "\0")),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_no_error_tells_a_value(log, caplog, fault):
    def make():
        made = FAULTY[fault][1]()
        made.save(force_insert=True)

    def act():
        with acting("aino", "service", "call:1"):
            make()

    caplog.set_level(logging.DEBUG)
    with pytest.raises(FAULTY[fault][0]) as failed:
        act()
    assert CANARY not in all_that_is_told(failed.value)
    assert CANARY not in caplog.text
    assert str(failed.value)


def test_the_detector_sees():
    def leak(name):
        raise RuntimeError

    with pytest.raises(RuntimeError) as failed:
        leak(CANARY)
    assert CANARY in all_that_is_told(failed.value)


def test_a_failed_commit_tells_no_value(log):
    log.admin.execute(
        "CREATE FUNCTION public.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE unique_violation"
        " USING DETAIL = NEW.street; END $$; CREATE CONSTRAINT TRIGGER late AFTER INSERT ON register.address"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.late()"
    )

    def act():
        with acting("aino", "service", "call:1"):
            m.Address.objects.create(
                subject_id=1, kind="home", street=CANARY, postcode="1", city="x", valid_from=NOW
            )

    try:
        with pytest.raises(IntegrityError) as failed:
            act()
        assert CANARY not in all_that_is_told(failed.value)
    finally:
        log.admin.execute("DROP TRIGGER late ON register.address; DROP FUNCTION public.late()")
    with acting("aino", "service", "call:1"):
        assert m.Address.objects.filter(subject_id=1).count() == 2


def test_housekeeping_errors_tell_no_value(log):
    from django.db import connection

    with pytest.raises(Error) as failed, connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [CANARY])
    assert CANARY not in str(failed.value)
    assert CANARY not in repr(failed.value.__context__)


def test_an_operation_that_gave_way_is_run_again(log):
    from seloste.register.protection.refusals import Contended

    tries = []

    @retried
    def operation(fail):
        with acting("aino", "service", "call:1") as session:
            tries.append(session.alias)
            if len(tries) < fail:
                raise Contended
            return len(tries)

    assert operation(3) == 3
    tries.clear()
    with pytest.raises(Contended):
        operation(9)
    assert len(tries) == 3

    @retried
    def inside():
        tries.append("inside")
        raise Contended

    tries.clear()
    with pytest.raises(Contended), acting("aino", "service", "call:1"):
        inside()
    assert tries == ["inside"]
