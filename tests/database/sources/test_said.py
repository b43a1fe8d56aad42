"""What an import leaves beside the values: who said what, in which words; and what becomes of it on the way back."""

from __future__ import annotations

from datetime import timedelta

from .conftest import AT, MAPPING, hetu, row

FIRM = {"Laji": "Y", "Etunimet": "", "Sukunimi": "", "Yritys": "Oy Esimerkki Ab"}


def said(register, subject):
    """Live claims of a subject: category, system, what of it is in the clear, state."""
    return register.all(
        "SELECT category, system, value, state FROM register.source_claim WHERE subject_id = %s AND ended_at IS NULL"
        " ORDER BY category, system, id",
        subject,
    )


def test_every_value_of_a_row_knows_where_it_came_from(register):
    code = hetu(601)
    lines = [
        row(601, Hetu=code, Katu="Kuja 1", Postinro="33100", Paikka="Tampere", Puhelin="040 101 0101",
            Posti="A101@Posti.example", Kielto="K", Sopimus="S601", Alkaa="1.2.2026", Lasku="L601", Summa="1 234,50",
            Eräpäivä="31.3.2026", Tila="auki")
    ]  # fmt: skip
    batch = register.pull(*lines)
    subject = register.subject(601)
    told = {category: (system, value, state) for category, system, value, state in said(register, subject)}
    assert set(told) == {"name", "hetu", "address", "phone", "email", "bans", "agreements", "receivables"}
    assert {(system, state) for system, _, state in told.values()} == {("generis", "held")}
    assert told["phone"][1] == {"value": "+358401010101"}
    assert told["hetu"][1] is None
    assert register.all(
        "SELECT batch_id, source_key, received_at, as_given FROM register.source_claim WHERE subject_id = %s AND category = 'phone'",
        subject,
    ) == [(batch.pk, "601", AT, {"value": "040 101 0101"})]
    [(rows,)] = register.all(
        "SELECT string_agg(c::text, '') FROM register.source_claim c WHERE subject_id = %s", subject
    )
    assert code not in rows

    before = register.all("SELECT id, state, ended_at FROM register.source_claim ORDER BY id")
    again = register.pull(*lines, row(602), at=AT + timedelta(days=1))
    assert again.applied == 2
    claims = register.all("SELECT id, state, ended_at FROM register.source_claim ORDER BY id")
    assert claims[: len(before)] == before
    assert [key for key, *_ in said(register, subject)].count("phone") == 1


def test_another_system_contradicts_and_overwrites_nothing(register, tmp_path):
    """Both find the company by its Y-tunnus; telephone numbers are this register's own to decide."""
    enerity = tmp_path / "enerity.yaml"
    text = MAPPING.read_text().replace("system: generis", "system: enerity")
    enerity.write_text(text.replace("controller: vera", "controller: sahkolaitos"))
    register.pull(row(611, **FIRM, Y_tunnus="7654321-2", Puhelin="0401110001"))
    subject = register.subject(611)
    register.pull(
        row("E611", **FIRM, Y_tunnus="7654321-2", Puhelin="0401110002"),
        at=AT + timedelta(days=1), company="sahkolaitos", mapping=enerity,
    )  # fmt: skip
    assert register.subject("E611", system="enerity") == subject
    assert register.all("SELECT value FROM register.contact_point WHERE subject_id = %s", subject) == [
        ("+358401110001",)
    ]
    assert [row for row in said(register, subject) if row[0] == "phone"] == [
        ("phone", "enerity", {"value": "+358401110002"}, "different"),
        ("phone", "generis", {"value": "+358401110001"}, "held"),
    ]
    assert {state for category, _, _, state in said(register, subject) if category != "phone"} == {"held"}
    with register.session()():
        from seloste.register.sources.conflicts import conflicts, take_theirs

        [conflict] = conflicts(at=AT + timedelta(days=1), subject_id=subject)
        assert (conflict.system, conflict.master) == ("enerity", "seloste")
        take_theirs(conflict.claim, at=AT + timedelta(days=1))
    register.pull(
        row(611, **FIRM, Y_tunnus="7654321-2", Puhelin="0401110001", Posti="firma@posti.example"),
        at=AT + timedelta(days=2),
    )
    assert register.all(
        "SELECT value FROM register.contact_point WHERE subject_id = %s AND category = 'phone' AND valid_until IS NULL",
        subject,
    ) == [("+358401110002",)]


def test_an_import_that_is_taken_back_leaves_what_was_said_before(register):
    """Claims of people who go with it go too, also where they changed nothing; a key that seals another's word stays."""
    from seloste.register.sources import tasks

    register.pull(row(621, Puhelin="0401210001", Hetu=hetu(621)))
    subject = register.subject(621)
    before = register.all(
        "SELECT * FROM register.source_claim WHERE ended_at IS NULL ORDER BY id".replace(
            "*", "id, value, state"
        )
    )
    batch = register.pull(
        row(621, Puhelin="0401210002", Hetu=hetu(621)),
        row(622, Puhelin="0401220001", Hetu=hetu(622)),
        at=AT + timedelta(days=1),
    )
    assert register.all("SELECT 1 FROM register.source_claim WHERE batch_id = %s", batch.pk) != []
    new = register.subject(622)
    tasks.take_back(batch, register.how())
    assert (
        register.all("SELECT id, value, state FROM register.source_claim WHERE ended_at IS NULL ORDER BY id")
        == before
    )
    assert (
        register.all(
            "SELECT 1 FROM register.source_claim WHERE subject_id = %s OR batch_id = %s", new, batch.pk
        )
        == []
    )
    assert register.all("SELECT 1 FROM register.data_key WHERE subject_id = %s", new) == []
    assert register.all("SELECT category FROM register.data_key WHERE subject_id = %s", subject) == [
        ("hetu",)
    ]


def test_what_others_said_is_right_again_when_what_contradicted_it_is_taken_back(register):
    """Else it would be somebody's work to choose between two that say the same."""
    from seloste.register.sources import rollback, tasks

    ax = register.mapping("ax")

    def owed(key, due):
        return row(key, Lasku="L631", Summa="5", Eräpäivä=due)

    def states():
        return register.all(
            "SELECT system, state FROM register.source_claim WHERE subject_id = %s AND category = 'receivables'"
            " AND ended_at IS NULL ORDER BY 1",
            subject,
        )

    register.pull(owed(631, "1.4.2026"))
    subject = register.subject(631)
    tied = register.pull(row(632), mapping=ax)
    with register.session()():
        rollback.tie(tied, "A631", subject, at=AT)
    batch = register.pull(owed("A631", "2.4.2026"), at=AT + timedelta(days=1), mapping=ax)
    assert states() == [("ax", "held"), ("generis", "different")]
    tasks.take_back(batch, register.how())
    assert states() == [("generis", "held")]
    assert register.one("SELECT count(*) FROM register.source_row WHERE batch_id = %s", batch.pk) == 0


def test_what_is_changed_here_of_a_value_whose_master_is_elsewhere_waits_until_that_says_it_too(register):
    """An end of an agreement, of which Generis is the master, and the state of an invoice, of which AX is."""
    from seloste.register.agreements.operations import end_agreement
    from seloste.register.billing.operations import change_state
    from seloste.register.protection.session import acting

    def told(**more):
        return row(641, Sopimus="S641", Alkaa="1.2.2026", **more)

    def waits():
        return register.all(
            "SELECT category, system, state, value FROM register.source_correction WHERE subject_id = %s ORDER BY id",
            subject,
        )

    def ends():
        return register.all(
            "SELECT valid_until AT TIME ZONE 'Europe/Helsinki' || '', end_reason FROM register.agreement_period"
            " WHERE subject_id = %s AND superseded_at IS NULL",
            subject,
        )

    register.pull(told())
    subject = register.subject(641)
    key = register.one("SELECT id FROM register.agreement WHERE number = 'S641'")
    with acting("customer_service.vera", "agreements", register.task):
        end_agreement(key, at=AT, valid_until=AT + timedelta(days=30), reason="move_out")
    [(category, system, state, value)] = waits()
    assert (category, system, state) == ("agreements", "generis", "waiting")
    assert value == {
        "number": "S641",
        "valid_from": "2026-01-31T22:00:00+00:00",
        "valid_until": "2026-04-01T21:00:00+00:00",
    }
    register.pull(told(Puhelin="0401640001"), at=AT + timedelta(days=1))
    assert ends() == [("2026-04-02 00:00:00", "move_out")], "what it said before takes nothing back"
    register.pull(told(Loppuu="2.4.2026"), at=AT + timedelta(days=2))
    assert ends() == [("2026-04-02 00:00:00", "move_out")]
    assert [each[2] for each in waits()] == ["confirmed"]

    owed = {"Lasku": "L642", "Summa": "5", "Eräpäivä": "1.4.2026", "Tila": "auki"}
    register.pull(row(642, Sopimus="S642", Alkaa="1.2.2026", **owed), mapping=register.mapping("ax"))
    subject = register.subject(642, system="ax")
    with acting("billing.vera", "billing", register.task):
        change_state("L642", "vera", "disputed", at=AT + timedelta(days=1))
    assert waits() == [("receivables", "ax", "waiting", {"number": "L642", "state": "disputed"})]


def test_of_a_merged_human_the_origin_of_both_records_is_told(register):
    register.pull(row(651, Puhelin="0401650001"), row(652, Puhelin="0401650002"))
    one, other = register.subject(651), register.subject(652)
    register.admin.execute(
        "INSERT INTO register.subject_merge (subject_id, into_id, side, valid_from)"
        " VALUES (%s, %s, 'sahkolaitos', now())",
        [other, one],
    )
    from seloste.register.sources.origins import origins

    for record in (one, other):
        with register.session()():
            phones = [each.value for each in origins(record, at=AT) if each.category == "phone"]
        assert phones == [{"value": "+358401650001"}, {"value": "+358401650002"}]
