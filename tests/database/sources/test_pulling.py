"""An export is pulled: people, agreements and receivables come in whole, and what is wrong waits with its reason."""

from __future__ import annotations

from datetime import timedelta

from .conftest import AT, gsrn, hetu, row

GSRN = gsrn(1)


def test_a_customer_comes_in_with_all_that_the_row_tells(register):
    batch = register.pull(
        row(1, Hetu=hetu(1), Katu="Kuja 1", Postinro="33100", Paikka="Tampere", Puhelin="040 123 4567",
            Posti="Aino@Posti.example", Sopimus="S1", Alkaa="1.2.2026", GSRN=GSRN, Lasku="L1", Summa="1 234,50",
            Eräpäivä="31.3.2026", Tila="auki"),
        row(2, Laji="Y", Etunimet="", Sukunimi="", Yritys="Oy Esimerkki Ab", Y_tunnus="0153791-8"),
    )  # fmt: skip
    assert (batch.state, batch.applied, batch.refused, batch.staged) == ("applied", 2, 0, 0)
    aino, firm = register.subject(1), register.subject(2)
    name = "SELECT kind, given_names, family_name, organisation_name FROM register.subject WHERE id = %s"
    assert register.all(name, aino) == [("person", "Aino", "Esimerkki", None)]
    assert register.all(name, firm) == [("organisation", None, None, "Oy Esimerkki Ab")]
    assert register.all(
        "SELECT category, value, as_given FROM register.contact_point WHERE subject_id = %s ORDER BY 1", aino
    ) == [
        ("email", "aino@posti.example", "Aino@Posti.example"),
        ("phone", "+358401234567", "040 123 4567"),
    ]
    assert register.all("SELECT kind, street, country FROM register.address WHERE subject_id = %s", aino) == [
        ("home", "Kuja 1", "FI")
    ]
    assert register.all(
        "SELECT a.number, p.gsrn, t.valid_from AT TIME ZONE 'Europe/Helsinki' || '' FROM register.agreement a"
        " JOIN register.metering_point p ON p.id = a.metering_point_id"
        " JOIN register.agreement_period t ON t.agreement_id = a.id WHERE a.subject_id = %s",
        aino,
    ) == [("S1", GSRN, "2026-02-01 00:00:00")]
    assert register.all(
        "SELECT number, amount_cents, state FROM register.receivable WHERE subject_id = %s", aino
    ) == [("L1", 123450, "open")]
    assert register.all("SELECT value FROM register.business_id WHERE subject_id = %s", firm) == [
        ("0153791-8",)
    ]
    assert register.one("SELECT count(*) FROM register.national_identifier WHERE subject_id = %s", aino) == 1
    assert register.one("SELECT count(*) FROM register.source_row WHERE batch_id = %s", batch.pk) == 0


def test_pulled_again_nothing_is_doubled(register):
    lines = [
        row(
            11,
            Puhelin="0401112222",
            Sopimus="S11",
            Alkaa="1.2.2026",
            Lasku="L11",
            Summa="1",
            Eräpäivä="1.4.2026",
        )
    ]
    first = register.pull(*lines)
    before = counts(register)
    again = register.pull(*lines)
    assert (again.pk, again.state) == (first.pk, "applied"), "the same bytes are the same import"
    other = register.pull(*lines, row(12))
    assert other.pk != first.pk
    assert counts(register) == {
        **before,
        "subject": before["subject"] + 1,
        "source_identity": before["source_identity"] + 1,
    }


def counts(register):
    tables = (
        "subject",
        "source_identity",
        "contact_point",
        "address",
        "agreement",
        "agreement_period",
        "receivable",
        "ban",
    )
    return {table: register.one(f"SELECT count(*) FROM register.{table}") for table in tables}


def test_what_is_wrong_waits_with_its_reason_and_never_half_of_a_subject(register):
    from seloste.register.sources import queries, tasks

    batch = register.pull(
        row(21, Sopimus="S21", Alkaa="1.2.2026"),
        row(21, Sopimus="S22", Alkaa="31.2.2026"),
        row(22, Puhelin="not a number"),
        row(23),
        "24;H;Aino",
    )
    assert (batch.state, batch.applied, batch.refused) == ("applied", 1, 4)
    assert register.subject(21) is None, "one of its rows is wrong"
    assert register.subject(23)
    with register.session()():
        waiting = [(r.number, r.source_key, r.reason, r.field) for r in queries.refused(batch)]
    assert waiting == [
        (2, "21", "another_row_refused", None),
        (3, "21", "not_a_day", "Alkaa"),
        (4, "22", "not_a_phone_number", "Puhelin"),
        (6, "24", "too_few_cells", None),
    ]
    mended = tasks.mend(batch, register.source(), register.how(), 3, {"Alkaa": "28.2.2026"})
    assert (mended.applied, mended.refused, mended.staged) == (3, 2, 0), "what stood beside it goes with it"
    rest = tasks.mend(mended, register.source(), register.how())
    assert (rest.applied, rest.refused, rest.staged) == (3, 2, 0), "the others are as wrong as they were"
    assert register.one("SELECT count(*) FROM register.agreement WHERE number IN ('S21', 'S22')") == 2


def test_an_import_leaves_one_event_with_everybody_whom_it_was_about(register):
    register.pull(*(row(30 + n) for n in range(3)))
    [(event, count, login, actor)] = register.all(
        "SELECT id, count, login, role FROM register.event WHERE kind = 'sources.batch.apply' ORDER BY at DESC LIMIT 1"
    )
    assert (count, login, actor) == (3, "upkeep@sahkolaitos", "data_engineer")
    members = register.all(
        "SELECT subject_id FROM register.event_subject WHERE event_id = %s ORDER BY 1", event
    )
    assert [m for (m,) in members] == sorted(register.subject(30 + n) for n in range(3))


def test_a_later_pull_changes_what_its_system_is_master_of_and_nothing_else(register):
    register.pull(row(41, Katu="Kuja 1", Postinro="33100", Paikka="Tampere", Sopimus="S41", Alkaa="1.2.2026"))
    register.pull(
        row(41, Sukunimi="Toinen", Katu="Kuja 2", Postinro="33100", Paikka="Tampere", Sopimus="S41", Alkaa="1.2.2026", Loppuu="1.5.2026"),
        at=AT + timedelta(days=1),
    )  # fmt: skip
    subject = register.subject(41)
    assert register.one("SELECT family_name FROM register.subject WHERE id = %s", subject) == "Esimerkki"
    assert register.all("SELECT street FROM register.address WHERE subject_id = %s", subject) == [("Kuja 1",)]
    periods = register.all(
        "SELECT valid_until IS NULL, superseded_at IS NULL FROM register.agreement_period WHERE subject_id = %s ORDER BY id",
        subject,
    )
    assert periods == [(True, False), (False, True)], "Generis is the master of agreements"


def test_a_batch_is_taken_back_whole(register):
    from seloste.register.sources import tasks

    people = [
        row(
            51,
            Katu="Kuja 1",
            Postinro="33100",
            Paikka="Tampere",
            Sopimus="S51",
            Alkaa="1.2.2026",
            GSRN=gsrn(51),
        )
    ]
    register.pull(*people)
    before = dump(register)
    batch = register.pull(
        row(51, Sopimus="S51", Alkaa="1.2.2026", Loppuu="1.6.2026", GSRN=gsrn(51), Puhelin="0402223333"),
        *(
            row(52 + n, Hetu=hetu(52 + n), Katu="K", Postinro="33100", Paikka="T", Puhelin=f"04033344{n:02}", Kielto="K",
                Sopimus=f"S{52 + n}", Alkaa="1.2.2026", Lasku=f"L{52 + n}", Summa="5", Eräpäivä="1.4.2026")
            for n in range(5)
        ),
        row(60, Puhelin="x"),
        at=AT + timedelta(days=1),
    )  # fmt: skip
    assert (batch.applied, batch.refused) == (6, 1)
    assert dump(register) != before
    done, kept = tasks.take_back(batch, register.how())
    assert (done.state, done.applied, done.refused, kept) == ("rolled_back", 0, 0, 0)
    assert dump(register) == before
    assert register.one("SELECT count(*) FROM register.source_row WHERE batch_id = %s", batch.pk) == 0
    assert tasks.take_back(done, register.how())[0].state == "rolled_back", "twice does no harm"
    again = register.pull(row(51, Puhelin="0402223333"))
    assert again.applied == 1


def dump(register):
    """All that imports write, without keys and the times of recording."""
    asked = {
        "subject": "SELECT kind, given_names, family_name, organisation_name, language",
        "source_identity": "SELECT side, system, source_key",
        "contact_point": "SELECT subject_id, category, value, valid_from, valid_until",
        "address": "SELECT subject_id, kind, street, valid_from, valid_until",
        "agreement": "SELECT number, controller, kind, metering_point_id",
        "agreement_period": "SELECT agreement_id, subject_id, requested_at, valid_from, valid_until, superseded_at IS NULL",
        "receivable": "SELECT number, controller, amount_cents, due_at, state, valid_from, valid_until",
        "ban": "SELECT subject_id, channel",
        "national_identifier": "SELECT subject_id",
        "data_key": "SELECT subject_id, category",
    }
    known = {"agreement_period": " WHERE superseded_at IS NULL"}
    return {
        table: sorted(map(repr, register.all(f"{sql} FROM register.{table}{known.get(table, '')}")))
        for table, sql in asked.items()
    }


def test_who_has_been_built_on_since_stays_and_is_counted(register):
    from seloste.register.sources import tasks

    batch = register.pull(row(71), row(72), row(73))
    kept = register.subject(72)
    register.admin.execute(
        "INSERT INTO register.ban (subject_id, channel, valid_from, notice_hash) VALUES (%s, 'all', now(), 'x')",
        [kept],
    )
    done, stay = tasks.take_back(batch, register.how())
    assert (done.state, stay) == ("rolled_back", 1)
    assert [register.subject(key) for key in (71, 72, 73)] == [None, kept, None]


def test_an_earlier_batch_is_not_taken_back_from_under_a_later_one(register):
    import pytest

    from seloste.register.sources import rollback, tasks

    first = register.pull(row(81))
    register.pull(row(81, Puhelin="0405556666"))
    with pytest.raises(rollback.LaterBatch, match="take that one back first"):
        tasks.take_back(first, register.how())
