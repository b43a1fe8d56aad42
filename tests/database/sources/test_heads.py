"""Invoice heads as a source tells them: reference, product, what came, reminders; and a debt that has expired."""

from __future__ import annotations

from datetime import timedelta

from .conftest import AT, row

HEAD = "SELECT reference, product, amount_cents, due_at, state FROM register.receivable WHERE subject_id = %s AND superseded_at IS NULL"


def owed(key, number, **cells):
    return row(key, **{"Lasku": number, "Summa": "100", "Eräpäivä": "31.1.2026", **cells})


def test_a_head_comes_in_whole_and_is_overdue_when_its_day_is_over(register):
    register.pull(
        owed(901, "H1", Viite="RF34 1234 561", Tuote="Sähkö", Maksettu="25,50", Muistutettu="15.2.2026")
    )
    who = register.subject(901)
    [(reference, product, cents, due_at, state)] = register.all(HEAD, who)
    assert (reference, product, cents, state) == ("1234561", "Sähkö", 10_000, "open")
    assert due_at.isoformat() == "2026-01-31T22:00:00+00:00"
    assert register.all("SELECT amount_cents, paid_by FROM register.payment WHERE subject_id = %s", who) == [
        (2_550, "unknown")
    ]
    assert register.all("SELECT kind, sent_at AT TIME ZONE 'Europe/Helsinki' || '' FROM register.reminder WHERE subject_id = %s", who) == [
        ("reminder", "2026-02-15 00:00:00")
    ]  # fmt: skip


def test_told_again_what_came_is_what_came_since(register):
    def came():
        return [cents for (cents,) in register.all("SELECT amount_cents FROM register.payment WHERE subject_id = %s ORDER BY id", register.subject(902))]  # fmt: skip

    register.pull(owed(902, "H2", Maksettu="10", Muistutettu="15.2.2026"))
    register.pull(owed(902, "H2", Maksettu="30", Muistutettu="15.2.2026"), at=AT + timedelta(days=1))
    assert came() == [1_000, 2_000]
    register.pull(owed(902, "H2", Maksettu="30", Muistutettu="1.3.2026"), at=AT + timedelta(days=2))
    assert came() == [1_000, 2_000]
    assert (
        register.one("SELECT count(*) FROM register.reminder WHERE subject_id = %s", register.subject(902))
        == 2
    )


def test_a_reference_that_fails_its_check_waits_with_its_reason(register):
    batch = register.pull(owed(903, "H3", Viite="1234562"))
    assert (batch.refused, batch.applied) == (1, 0)
    assert register.all("SELECT reason FROM register.source_row WHERE batch_id = %s", batch.pk) == [
        ("not_a_reference",)
    ]


def test_an_expired_debt_in_collection_waits_and_keeps_nothing_else_back(register):
    gone = "1.3.2023"
    batch = register.pull(
        owed(904, "H4", Eräpäivä=gone, Tila="perintä"),
        owed(905, "H5", Eräpäivä=gone, Tila="perintä", Muistutettu="1.3.2026"),
        owed(906, "H6", Eräpäivä=gone, Tila="auki"),
        owed(907, "H7", Eräpäivä=gone, Tila="perintä", Muistutettu="2.3.2026"),
    )
    told = register.all(
        "SELECT source_key, reason FROM register.source_row WHERE batch_id = %s ORDER BY 1", batch.pk
    )
    assert told == [
        ("904", "receivable_expired_not_collected"),
        ("907", "receivable_expired_not_collected"),
    ], "a reminder of the day after revives nothing"
    assert register.all(HEAD, register.subject(905))[0][4] == "in_collection"
    assert register.all(HEAD, register.subject(906))[0][4] == "open"


def test_what_a_batch_brought_beside_a_head_is_taken_back_with_it(register):
    from seloste.register.sources import tasks

    batch = register.pull(owed(908, "H8", Maksettu="10", Muistutettu="15.2.2026"))
    who = register.subject(908)
    done, _ = tasks.take_back(batch, register.how())
    assert done.state == "rolled_back"
    for table in ("payment", "reminder", "receivable"):
        assert register.one(f"SELECT count(*) FROM register.{table} WHERE subject_id = %s", who) == 0, table


def test_an_invoice_of_two_is_nobodys_until_somebody_says_whose(register):
    from seloste.register.sources import queries

    owed = {"Lasku": "L138", "Summa": "10", "Eräpäivä": "1.4.2026"}
    batch = register.pull(row(138, **owed), row(138, **owed), row(139, **owed))
    with register.session()():
        assert [(r.source_key, r.reason) for r in queries.refused(batch)] == [("139", "number_of_two")]
    owner = "SELECT subject_id FROM register.receivable WHERE number = 'L138'"
    assert register.all(owner) == [(register.subject(138),)]


def test_what_became_of_a_receivable_is_followed_and_nothing_that_cannot_become(register):
    from seloste.register.sources import queries

    def told(state, summa="10"):
        return row(141, Lasku="L141", Summa=summa, Eräpäivä="1.4.2026", Tila=state)

    register.pull(told("auki"), mapping=register.mapping("ax"))
    register.pull(told("maksettu"), at=AT + timedelta(days=5), mapping=register.mapping("ax"))
    known = register.all(
        "SELECT state, valid_until IS NULL FROM register.receivable WHERE number = 'L141' AND superseded_at IS NULL ORDER BY id"
    )
    assert known == [("open", False), ("paid", True)]
    batch = register.pull(told("auki", "11"), at=AT + timedelta(days=6), mapping=register.mapping("ax"))
    with register.session()():
        assert [r.reason for r in queries.refused(batch)] == ["no_such_step"]
