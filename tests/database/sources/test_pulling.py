"""An export is pulled: people, agreements and receivables come in whole, and what is wrong waits with its reason."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from conftest import EXAMPLES

from .conftest import AT, MAPPING, gsrn, hetu, row

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


@pytest.mark.usefixtures("generis_names")
def test_a_name_that_a_source_changes_is_found_by_still_and_is_had_again_when_that_is_taken_back(register):
    from seloste.register.sources import tasks

    register.pull(row(45, Etunimet="Aino Maria", Sukunimi="Entinen"))
    subject = register.subject(45)
    register.admin.execute("UPDATE register.subject SET call_name = 'Maria' WHERE id = %s", [subject])
    name = "SELECT given_names, call_name, family_name FROM register.subject WHERE id = %s"
    changed = "SELECT changed_at FROM register.subject WHERE id = %s"
    borne = "SELECT given_names, call_name, family_name, valid_until FROM register.previous_name WHERE subject_id = %s"
    found = "SELECT count(*) FROM register.search_token WHERE subject_id = %s AND kind = 'name' AND spelt ILIKE 'entinen%%'"
    was, later = register.one(changed, subject), AT + timedelta(days=1)
    batch = register.pull(row(45, Etunimet="Aino Helmi", Sukunimi="Uusi", Katu="Kuja 1", Postinro="33100", Paikka="T"), at=later)  # fmt: skip
    assert register.all(name, subject) == [("Aino Helmi", None, "Uusi")], "a name that went is used no more"
    assert register.all(borne, subject) == [("Aino Maria", "Maria", "Entinen", later)]
    assert register.one(changed, subject) > was
    assert register.one(found, subject)
    tasks.take_back(batch, register.how())
    assert register.all(name, subject) == [("Aino Maria", "Maria", "Entinen")]
    assert register.all(borne, subject) == []


@pytest.mark.usefixtures("generis_names")
def test_an_address_from_a_day_to_come_begins_then_and_is_no_contradiction_until_then(register, tmp_path):
    """Also one of which the source does not say of which kind it is: that is where somebody lives."""
    from seloste.register.sources import tasks

    plain = tmp_path / "generis.yaml"
    plain.write_text(
        MAPPING.read_text().replace("category: address, kind: home,", "category: address,").replace(
            "      Etunimet:", "      Muistutettu: {category: address, field: valid_from}\n      Etunimet:"
        ).replace("      Muistutettu: {category: receivables, field: reminded}\n", "")
    )  # fmt: skip
    where = {"Postinro": "33100", "Paikka": "Tampere"}
    lived = "SELECT street, valid_from::date::text, valid_until::date::text FROM register.address WHERE subject_id = %s ORDER BY id"
    register.pull(row(46, Katu="Kuja 1", **where))
    subject = register.subject(46)
    told = row(46, Katu="Kuja 2", **where, Muistutettu="1.6.2026")
    register.pull(told, mapping=plain)
    assert register.all(lived, subject) == [
        ("Kuja 1", "2026-03-02", "2026-05-31"),
        ("Kuja 2", "2026-05-31", None),
    ], "at the midnight that begins the day in Finland"
    register.pull(told, row(47), at=AT + timedelta(days=1), mapping=plain)
    states = "SELECT kind, state FROM register.source_claim WHERE subject_id = %s AND category = 'address' AND ended_at IS NULL"
    assert register.all(states, subject) == [("home", "held")]
    last = register.pull(row(46, Katu="Kuja 3", **where), at=AT + timedelta(days=2), mapping=plain)
    assert register.all(lived, subject) == [
        ("Kuja 1", "2026-03-02", "2026-03-04"),
        ("Kuja 2", "2026-05-31", None),
        ("Kuja 3", "2026-03-04", "2026-05-31"),
    ]
    tasks.take_back(last, register.how())
    assert register.all(lived, subject)[0] == ("Kuja 1", "2026-03-02", "2026-05-31")


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
    from seloste.register.sources import rollback, tasks

    first = register.pull(row(81))
    register.pull(row(81, Puhelin="0405556666"))
    with pytest.raises(rollback.LaterBatch, match="take that one back first"):
        tasks.take_back(first, register.how())


def test_what_waits_is_read_by_nobody_but_upkeep_of_its_side_and_rights(register):
    batch = register.pull(row(91, Hetu=hetu(91), Puhelin="x"), row(92))
    waiting = "SELECT count(*) FROM register.source_row WHERE batch_id = %s"
    for name, seen in (
        ("upkeep@sahkolaitos", 1),
        ("upkeep@sahkoverkko", 0),
        ("rights@all", 1),
    ):
        with psycopg.connect(register.cluster.dsn(register.cluster.role(name))) as login:
            assert login.execute(waiting, [batch.pk]).fetchone() == (seen,), name
    logins = {name for (name,) in register.all("SELECT login FROM policy.login")}
    for name in sorted(logins - {"upkeep@sahkolaitos", "upkeep@sahkoverkko", "rights@all"}):
        with psycopg.connect(register.cluster.dsn(register.cluster.role(name))) as login:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(waiting, [batch.pk])
    with psycopg.connect(register.cluster.dsn(register.cluster.role("upkeep@sahkoverkko"))) as other:
        ours = "WHERE side = 'sahkolaitos'"
        assert other.execute(f"SELECT count(*) FROM register.source_batch {ours}").fetchone() == (0,)
        assert other.execute(f"SELECT count(*) FROM register.source_step {ours}").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            other.execute(
                "INSERT INTO register.source_row (batch_id, side, number, source_key, state, contents)"
                " VALUES (%s, 'sahkolaitos', 1, 'x', 'staged', '{}')",
                [batch.pk],
            )


@pytest.mark.parametrize("state", ["staging", "rolling_back", "rolled_back"])
def test_what_is_not_read_to_its_end_is_not_mended(register, state):
    """Else it was applied and done, and the rest of the file was never read."""
    from seloste.register.sources import tasks
    from seloste.register.sources.rollback import NotReadWhole

    batch = register.pull(row(f"half-{state}", Puhelin="x"))
    assert batch.refused == 1
    batch.state = state
    with pytest.raises(NotReadWhole, match="pull it again"):
        tasks.mend(batch, register.source(), register.how())


def test_what_the_notice_seals_waits_sealed_and_its_key_goes_with_the_last_row(register, monkeypatch):
    """Whichever category that is: here as if addresses were sealed too."""
    from seloste.register.sources import staging, tasks

    sealed = staging.holds_sealed
    monkeypatch.setattr(staging, "holds_sealed", lambda category: category == "address" or sealed(category))
    code = hetu(95)
    batch = register.pull(row(95, Hetu=code, Puhelin="x", Katu="Salakatu 1"), f"96;H;Aino;{code}")
    contents = register.all("SELECT contents::text FROM register.source_row WHERE batch_id = %s", batch.pk)
    assert len(contents) == 2
    assert all(code not in text and "Salakatu" not in text for (text,) in contents)
    assert any('"Aino"' in text for (text,) in contents)
    assert register.one("SELECT salt IS NOT NULL FROM register.source_batch WHERE id = %s", batch.pk)
    mended = tasks.mend(batch, register.source(), register.how(), 2, {"Puhelin": "", "Katu": ""})
    assert (
        register.one(
            "SELECT count(*) FROM register.national_identifier WHERE subject_id = %s", register.subject(95)
        )
        == 1
    )
    tasks.take_back(mended, register.how())
    assert register.one("SELECT salt FROM register.source_batch WHERE id = %s", batch.pk) is None


def test_what_waits_goes_after_the_days_that_the_notice_gives_it(register):
    from seloste.register.sources.operations import forget

    batch = register.pull(row(97, Puhelin="x"), row(98))
    held = "SELECT (SELECT count(*) FROM register.source_row WHERE batch_id = %s), (SELECT count(*) FROM register.source_step WHERE batch_id = %s)"
    assert min(register.all(held, batch.pk, batch.pk)[0]) > 0
    with register.session()():
        forget(at=AT + timedelta(days=30) - timedelta(seconds=1))
    assert min(register.all(held, batch.pk, batch.pk)[0]) > 0
    with register.session()():
        assert forget(at=AT + timedelta(days=30))["rows"] > 0
    assert register.all(held, batch.pk, batch.pk) == [(0, 0)]
    assert register.one("SELECT salt FROM register.source_batch WHERE id = %s", batch.pk) is None
    with register.session()():
        assert forget(at=AT + timedelta(days=31))["rows"] == 0


def test_a_hetu_never_makes_two_records_one_by_itself(register):
    from seloste.register.sources import queries

    register.pull(row(101, Hetu=hetu(101)))
    batch = register.pull(
        row(102, Hetu=hetu(101)), row(101, Hetu=hetu(102)), row(103, Hetu=hetu(103)), row(104, Hetu=hetu(103))
    )
    with register.session()():
        reasons = {r.source_key: r.reason for r in queries.refused(batch)}
    assert reasons == {"102": "hetu_of_another", "101": "hetu_changed", "104": "hetu_of_two"}
    assert register.subject(103)


def test_an_organisation_is_found_by_its_business_id_and_who_is_known_elsewhere_by_that_number(
    register, tmp_path
):
    register.pull(
        row(111, Laji="Y", Etunimet="", Sukunimi="", Yritys="Oy Yksi Ab", Y_tunnus="1950694-1"), row(112)
    )
    path = tmp_path / "ax.yaml"
    text = MAPPING.read_text().replace("system: generis", "system: ax")
    path.write_text(
        text.replace(
            "      Posti: {category: email, field: value}\n",
            "      Posti: {category: customer_numbers, kind: generis, field: source_key}\n",
        )
    )
    register.pull(
        row("A1", Laji="Y", Etunimet="", Sukunimi="", Yritys="Yksi", Y_tunnus="1950694-1"),
        row("A2", Posti="112"),
        row("A3", Posti="112"),
        row("A4", Laji="Y", Etunimet="", Sukunimi="", Yritys="Yksi Oy", Y_tunnus="1950694-1"),
        mapping=path,
    )
    assert register.subject("A4", system="ax") == register.subject(111), "also where two rows mean one"
    assert register.subject("A3", system="ax") == register.subject(112)
    assert register.subject("A1", system="ax") == register.subject(111)
    assert register.subject("A2", system="ax") == register.subject(112)


def test_a_number_that_its_owner_had_banned_is_banned_again_when_it_is_imported(register):
    register.pull(row(121, Puhelin="0407777777", Kielto="K"))
    register.erase(register.subject(121), "customership")
    register.pull(row(122, Puhelin="040 777 7777"))
    bans = register.all(
        "SELECT channel FROM register.ban WHERE subject_id = %s ORDER BY 1", register.subject(122)
    )
    assert bans == [("phone",), ("sms",)]


def test_a_point_has_one_holder_at_a_time_and_the_row_says_so(register):
    from seloste.register.sources import queries

    register.pull(row(131, Sopimus="S131", Alkaa="1.1.2026", Loppuu="1.3.2026", GSRN=gsrn(131)))
    batch = register.pull(
        row(132, Sopimus="S132", Alkaa="28.2.2026", GSRN=gsrn(131)),
        row(133, Sopimus="S133", Alkaa="1.3.2026", Loppuu="1.4.2026", GSRN=gsrn(131)),
        row(134, Sopimus="S134", Alkaa="31.3.2026", GSRN=gsrn(131)),
        row(135, Sopimus="S131", Alkaa="1.1.2026"),
        row(136, Sopimus="S136", Alkaa="1.1.2026", Loppuu="1.1.2026"),
    )
    with register.session()():
        reasons = {r.source_key: r.reason for r in queries.refused(batch)}
    assert reasons == {
        "132": "point_of_another",
        "134": "point_of_another",
        "135": "number_of_another",
        "136": "ends_before_it_begins",
    }
    assert register.subject(133), "from the moment at which the other ends"


def test_every_answer_that_was_kept_while_importing_is_right(register):
    from seloste.policy.deep import verify_deep

    register.pull(*(row(150 + n, Kielto="K" if n % 2 else "", Puhelin=f"04088888{n:02}", Posti=f"p{n}@p.example", Sopimus=f"S15{n}", Alkaa="1.2.2026", Lasku=f"L15{n}", Summa="3", Eräpäivä="1.2.2026") for n in range(9)), row(160, Puhelin="x"))  # fmt: skip
    assert verify_deep(register.cluster) == []


def test_a_row_that_is_loaded_is_refused_as_the_policy_would_refuse_it_alone(register):
    """Without the condition in `loading` the first two come in."""
    register.pull(row(165))
    register.pull(row(166), company="sahkoverkko")
    here, beyond = register.subject(165), register.subject(166, side="sahkoverkko")
    nobody = register.one("SELECT max(id) + 1000 FROM register.subject")
    point = (
        "SELECT policy.load_contact_point(%s, %s, false)",
        ["subject_id", "category", "value", "as_given", "valid_from"],
    )

    def refused(columns, values, name="upkeep@sahkolaitos"):
        with psycopg.connect(register.cluster.dsn(register.cluster.role(name))) as login:
            with pytest.raises(psycopg.errors.InsufficientPrivilege) as told:
                login.execute(point[0], [columns, values])
            return told.value.diag.message_primary

    of = [["phone"], ["+358401"], ["0401"], ["2026-01-01"]]
    arrays = ["{" + ",".join(each) + "}" for each in of]
    untold = refused(point[1], [f"{{{beyond}}}", *arrays])
    assert untold == 'new row violates row-level security policy for table "contact_point"'
    assert refused(point[1], [f"{{{nobody}}}", *arrays]) == untold
    assert refused([*point[1][1:], "bits1"], [*arrays, "{-1}"]) == "permission denied for table contact_point"
    assert "load_contact_point" in refused(point[1], [f"{{{here}}}", *arrays], "service@sahkolaitos")


def test_whatever_stands_in_a_cell_comes_in_as_it_stands(register):
    told = 'O\\\'Brien {x,"y"} NULL'
    register.pull(
        row(
            167, Etunimet="NULL", Katu='"' + told.replace('"', '""') + '"', Postinro="33100", Paikka="Tampere"
        )
    )
    assert register.all(
        "SELECT street FROM register.address WHERE subject_id = %s", register.subject(167)
    ) == [(told,)]


def test_who_was_erased_does_not_come_back_by_an_import_and_the_others_come_in(register):
    """The policy refuses the chunk; parts of it are tried until the one subject whom it keeps out waits alone."""
    from seloste.register.sources import queries

    register.pull(row(171, Puhelin="0401111111"))
    gone = register.subject(171)
    register.erase(gone, "customership")
    batch = register.pull(*(row(170 + n, Puhelin="0409999999") for n in range(9)))
    assert (batch.state, batch.applied, batch.refused) == ("applied", 8, 1)
    with register.session()():
        assert [(r.source_key, r.reason) for r in queries.refused(batch)] == [("171", "erased_here")]
    assert register.one("SELECT count(*) FROM register.contact_point WHERE subject_id = %s", gone) == 0


def test_what_the_database_holds_to_is_the_reason_of_the_row_that_would_break_it(register):
    """An agreement's number that nobody here can see is taken: of an erased subject's, or across a restriction."""
    from seloste.register.sources import queries

    register.pull(row(175, Sopimus="S175", Alkaa="1.1.2026"), row(176))
    register.admin.execute("UPDATE register.agreement SET bits1 = 0, bits2 = 0 WHERE number = 'S175'")
    try:
        batch = register.pull(row(176, Sopimus="S175", Alkaa="1.1.2026"), row(177), row(178))
    finally:
        register.admin.execute("SELECT policy.refresh(ARRAY[%s]::bigint[], NULL)", [register.subject(175)])
    with register.session()():
        assert [(r.source_key, r.reason) for r in queries.refused(batch)] == [("176", "agreement_found")]
    assert register.subject(178)


def test_a_file_that_turns_out_bad_half_way_leaves_nothing(register, monkeypatch):
    from seloste.register.sources import operations, tasks
    from seloste.register.sources.port import NotReadableSource

    monkeypatch.setattr(tasks, "STAGED_AT_ONCE", 100)
    staged = []
    stage = operations.stage
    monkeypatch.setattr(operations, "stage", lambda *a, **o: staged.append(a[1]) or stage(*a, **o))
    before = register.one("SELECT count(*) FROM register.source_row"), counts(register)
    file = register.write(*(row(2000 + n) for n in range(400)))
    file.write_bytes(file.read_bytes() + row(1999, Sukunimi="Mäkelä").encode("latin-1"))
    with pytest.raises(NotReadableSource, match="is not utf-8"):
        tasks.pull(register.source(file), "customers", register.how())
    assert (register.one("SELECT count(*) FROM register.source_row"), counts(register)) == before
    state = "SELECT state FROM register.source_batch ORDER BY id DESC LIMIT 1"
    assert register.one(state) == "rolled_back"
    assert staged, "some of it had been kept by then"


def test_where_most_rows_are_wrong_the_file_is_and_nothing_is_applied(register, monkeypatch):
    from seloste.register.sources import tasks

    monkeypatch.setattr(tasks, "REFUSED_AT_MOST", 3)
    before = counts(register)
    file = register.write(row(190), *(row(191 + n, Puhelin="x") for n in range(4)))
    with pytest.raises(tasks.TooManyRefused, match="Nothing was applied"):
        tasks.pull(register.source(file), "customers", register.how())
    assert counts(register) == before


def test_five_systems_bring_one_human_each_in_its_own_words(register, tmp_path):
    from seloste.connectors.files.mapping import read_mapping
    from seloste.connectors.files.source import FileSource
    from seloste.project.people import exports
    from seloste.register.sources import tasks
    from seloste.register.sources.port import takes

    def source(system, **files):
        path = EXAMPLES / "tampereen-sahkolaitos" / "sources" / f"{system}.yaml"
        return FileSource(read_mapping(path, takes()), takes(), files)

    refused = []
    for export in exports.write_exports(tmp_path, AT.date()):
        made = source(export.system, **{export.feed: export.file})
        company = made.describe().controller
        batch = tasks.pull(made, export.feed, register.how(company=company))
        assert batch.state == "applied"
        if batch.refused:
            refused.append((export.system, export.feed, batch))
    [(system, _, batch)] = [each for each in refused if each[1] == "customers"]
    assert (system, batch.refused) == ("generis", 1)
    helmi = register.subject(exports.HELMI)
    assert {
        register.subject(key, system=system)
        for key, system in (("E0", "enerity"), ("AX0", "ax"), ("F1", "event_forms"))
    } == {helmi}
    assert register.subject("N0", side="sahkoverkko", system="trimble_nis") not in {None, helmi}
    names = "SELECT given_names, family_name FROM register.subject WHERE id = %s"
    assert register.all(names, helmi) == [("Helmi Matilda", "Vuorensola")], (
        "the first word stands, the others are claims"
    )
    kinds = "SELECT kind, street FROM register.address WHERE subject_id = %s ORDER BY 1, 2"
    assert register.all(kinds, helmi) == [("billing", "Hämeenkatu 12 A 4"), ("home", "Hämeenkatu 12 A 4")]
    assert register.all("SELECT channel FROM register.ban WHERE subject_id = %s", helmi) == [("phone",)]
    assert register.one("SELECT count(*) FROM register.receivable WHERE subject_id = %s", helmi) == 2
    mended = tasks.mend(batch, source("generis"), register.how(), 4, {"Puhelin": "040 123 4567"})
    assert mended.refused == 0
