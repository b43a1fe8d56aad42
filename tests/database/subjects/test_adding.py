"""Somebody new: seen by whoever prepares an agreement with them, and in the register once."""

import threading

import pytest
from psycopg import errors

from seloste.kernel.identifiers import business_id_check
from seloste.kernel.names import person

from .conftest import DAY, GRID, NOW, SELLER

AINO = person("Aino Maria", "af Esimerkki-Ström", "Maria")


def add(register, company="vera", **told):
    from seloste.register.subjects.adding import add_person

    with register.acting("agreements", company=company):
        return add_person(AINO, at=NOW, **told).pk


def test_a_clerk_adds_a_person_and_her_company_may_prepare_an_agreement(register):
    key = add(register)
    sql = "SELECT controller, valid_until - valid_from FROM register.preparation WHERE subject_id = %s"
    assert register.all(sql, key) == [("vera", 14 * DAY)]
    with register.acting("service") as session:
        seen = session.see(key)["visible"]["name"][0]
        assert (seen["given_names"], seen["call_name"], seen["family_name"]) == (
            "Aino Maria", "Maria", "af Esimerkki-Ström",
        )  # fmt: skip
    with register.acting("agreements") as session:
        # the database's clock made the preparation, a moment after NOW
        assert {why.reason for why in session.why(key, NOW + 13 * DAY)} == {"open"}
        assert {why.reason for why in session.why(key, NOW + 15 * DAY)} == {"no_agreement"}
    assert register.last_event()[:2] == ("subjects.add", "operation")


@pytest.mark.parametrize(
    ("purpose", "role", "company"),
    [
        ("agreements", "customer_service", "sahkolaitos"),
        ("agreements", "customer_service", "sahkoverkko"),
        ("service", "customer_service", "sahkoverkko"),
        ("direct_marketing", "marketer", "vera"),
        ("product_development", "analyst", "vera"),
        ("market_communication", "market_operator", "vera"),
    ],
)
def test_nobody_else_sees_somebody_new(register, purpose, role, company):
    from seloste.register.protection.session import acting

    key = add(register)
    kind = "campaign" if purpose == "direct_marketing" else "task"
    reason = register.reason(kind, "interaction")
    with acting(f"{role}.{company}", purpose, reason) as session:
        assert session.see(key)["visible"] == {}


def test_an_agreement_is_opened_with_somebody_new_in_the_same_session(register):
    from seloste.kernel.addresses import postal
    from seloste.register.agreements.operations import Terms, open_agreement
    from seloste.register.subjects.adding import add_person
    from seloste.register.subjects.changing import change_address

    with register.acting("agreements") as session:
        key = add_person(AINO, at=NOW).pk
        change_address(key, "home", postal("Voimakatu 1", "33100", "Tampere"), valid_from=NOW)
        open_agreement(key, Terms("N1", "vera", "sale"), requested_at=NOW, valid_from=NOW + DAY)
        assert {why.reason for why in session.why(key, NOW + 400 * DAY)} == {"open"}


def test_who_prepares_nothing_adds_nobody(register):
    from seloste.register.protection.refusals import NotInPurpose
    from seloste.register.subjects.adding import add_person

    with register.acting("service"), pytest.raises(NotInPurpose):
        add_person(AINO, at=NOW)


def test_a_login_makes_no_preparation_of_its_own_about_anybody(register):
    """Neither about a stranger nor about a customer of its own; and it adds nobody beyond its wall."""
    stranger, own = register.person(), register.customer()
    with register.login("agreements@vera") as connection:
        for subject in (stranger, own):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(
                    "INSERT INTO register.preparation (subject_id, controller, valid_from, valid_until)"
                    " VALUES (%s, 'vera', now(), now() + interval '1 day')",
                    [subject],
                )
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("INSERT INTO register.subject (side, kind) VALUES (%s, 'person')", [GRID])
        connection.execute("INSERT INTO register.subject (side, kind) VALUES (%s, 'person')", [SELLER])


def test_a_subject_that_upkeep_adds_is_prepared_for_by_nobody(register):
    from seloste.register.protection.session import acting
    from seloste.register.subjects.adding import add_person

    with acting("data_engineer.vera", "upkeep", register.task):
        key = add_person(AINO, at=NOW).pk
    assert register.all("SELECT 1 FROM register.preparation WHERE subject_id = %s", key) == []


def test_the_register_contact_lets_a_returning_customer_be_served(register):
    from seloste.register.subjects.adding import prepare

    gone = register.person()
    with register.acting("agreements") as session:
        assert session.see(gone)["visible"] == {}
    with register.rights():
        first = prepare(gone, "vera", at=NOW - DAY, until=NOW + 7 * DAY)
        assert prepare(gone, "vera", at=NOW, until=NOW + 7 * DAY).pk == first.pk
        assert prepare(gone, "vera", at=NOW, until=NOW + 14 * DAY).valid_from == first.valid_from
    assert register.all(
        "SELECT valid_until FROM register.preparation WHERE subject_id = %s AND superseded_at IS NULL", gone
    ) == [(NOW + 14 * DAY,)]
    with register.acting("agreements") as session:
        assert "name" in session.see(gone)["visible"]
    with register.acting("agreements", company="sahkolaitos") as session:
        assert session.see(gone)["visible"] == {}


def test_a_traders_business_id_is_kept_and_nobody_has_it_twice(register):
    """Beside a code too, which says who the trader is."""
    from seloste.register.subjects.adding import AlreadyHere, Identifiers, add_person

    digits = 2_000_000
    while (check := business_id_check(f"{digits}")) is None:
        digits += 1
    value = f"{digits}-{check}"
    with register.acting("agreements"):
        key = add_person(AINO, at=NOW, known_by=Identifiers(hetu=register.hetu(), business_id=value)).pk
    assert register.all("SELECT value FROM register.business_id WHERE subject_id = %s", key) == [(value,)]
    with register.acting("agreements"), pytest.raises(AlreadyHere, match=str(key)):
        add_person(AINO, at=NOW, known_by=Identifiers(hetu=register.hetu(), business_id=value))


# the hidden twin


def known_by(register, how, side=SELLER, controller="sahkolaitos"):
    """Somebody whom Vera does not see, and the identifier that tells them."""
    from seloste.register.subjects.adding import Identifiers
    from seloste.register.subjects.operations import record_hetu

    if how == "business_id":
        hidden = register.organisation(side)
        digits = f"{1_000_000 + hidden:07}"
        sql = "INSERT INTO register.business_id (subject_id, side, value) VALUES (%s, %s, %s)"
        while business_id_check(digits) is None:
            digits = f"{int(digits) + 1:07}"
        value = f"{digits}-{business_id_check(digits)}"
        register.admin.execute(sql, [hidden, side, value])
        return hidden, Identifiers(business_id=value)
    hidden = register.customer(controller, side)
    if how == "email":
        value = f"aino.{hidden}@posti.example"
        register.contact(hidden, "email", value)
        return hidden, Identifiers(email=value.upper())
    value = register.hetu()
    with register.acting("identification", company=controller):
        record_hetu(hidden, value)
    return hidden, Identifiers(hetu=value)


@pytest.mark.parametrize("how", ["hetu", "business_id", "email"])
def test_somebody_who_is_here_unseen_is_told_of_in_one_bit(register, how):
    from seloste.register.subjects.adding import HiddenTwin

    hidden, identifier = known_by(register, how)
    before = register.one("SELECT count(*) FROM register.subject")
    with pytest.raises(HiddenTwin) as refused:
        add(register, known_by=identifier)
    assert str(hidden) not in str(refused.value)
    assert register.one("SELECT count(*) FROM register.subject") == before
    # the session was rolled back, and its line in the log was not
    asked = register.one(
        "SELECT e.login, e.actor, array(SELECT subject_id FROM register.event_subject s WHERE s.event_id = e.id)"
        " FROM register.event e WHERE kind = 'subjects.twin' ORDER BY at DESC LIMIT 1"
    )
    assert (asked[0], asked[2]) == ("agreements@vera", [])


def test_one_who_is_restricted_is_unseen_and_here(register):
    from seloste.register.lawfulness.operations import set_restriction
    from seloste.register.subjects.adding import HiddenTwin, Identifiers

    own = register.customer()
    register.contact(own, "email", "rajattu@posti.example")
    with register.rights():
        set_restriction(own, at=NOW - DAY)
    with pytest.raises(HiddenTwin):
        add(register, known_by=Identifiers(email="rajattu@posti.example"))


@pytest.mark.parametrize("how", ["hetu", "email"])
def test_beyond_the_wall_nothing_is_compared(register, how):
    _, identifier = known_by(register, how, side=GRID, controller="sahkoverkko")
    add(register, known_by=identifier)


def test_the_register_contact_who_reaches_both_sides_adds_on_one(register):
    from seloste.register.subjects.adding import AlreadyHere, add_person

    hidden, identifier = known_by(register, "email", side=GRID, controller="sahkoverkko")
    with register.rights(GRID), pytest.raises(AlreadyHere) as here:
        add_person(AINO, at=NOW, known_by=identifier)
    assert here.value.subject_id == hidden
    with register.rights():
        added = add_person(AINO, at=NOW, known_by=identifier)
    assert added.side == SELLER


def test_somebody_whom_the_purpose_sees_is_named(register):
    from seloste.register.subjects.adding import AlreadyHere, Identifiers

    own = register.customer()
    register.contact(own, "email", "nakyva@posti.example")
    with pytest.raises(AlreadyHere) as here:
        add(register, known_by=Identifiers(email="nakyva@posti.example"))
    assert here.value.subject_id == own


def test_a_couple_may_share_an_email_where_a_better_identifier_tells_them_apart(register):
    from seloste.register.subjects.adding import Identifiers

    own = register.customer()
    register.contact(own, "email", "pariskunta@posti.example")
    assert add(register, known_by=Identifiers(hetu=register.hetu(), email="pariskunta@posti.example")) != own


def test_an_actor_asks_so_often_and_no_more(register):
    from seloste.policy.newcomers import ASKED_AT_MOST
    from seloste.register.protection.twins import AskedTooOften
    from seloste.register.subjects.adding import Identifiers

    nobody = Identifiers(email="ei.kukaan@posti.example")
    add(register, company="sahkolaitos", known_by=nobody)
    register.admin.execute(
        "INSERT INTO register.event (id, at, kind, actor, role, login, categories, way, count, notice_hash)"
        " SELECT gen_random_uuid(), now(), e.kind, e.actor, e.role, e.login, '{}', e.way, 0, e.notice_hash"
        " FROM register.event e, generate_series(2, %s) WHERE e.kind = 'subjects.twin' AND e.login = 'agreements@sahkolaitos'",
        [ASKED_AT_MOST],
    )
    with pytest.raises(AskedTooOften):
        add(register, company="sahkolaitos", known_by=nobody)
    add(register, company="vera", known_by=Identifiers(email="ei.tamakaan@posti.example"))


def line(register, login, at="now()"):
    """A line in the look-up log, as only its own login writes one."""
    return register.one(
        "INSERT INTO register.event (id, at, kind, actor, role, login, categories, way, count, notice_hash)"
        f" VALUES (gen_random_uuid(), {at}, 'subjects.twin', '9999', 'r', %s, '{{}}', 'verdict', 0, 'h') RETURNING id",
        login,
    )[0]


@pytest.mark.parametrize(
    ("login", "logged", "asked", "told"),
    [
        ("agreements@vera", None, (SELLER, "email", "a@b.example"), "without a line"),
        ("agreements@vera", ("agreements@sahkolaitos", "now()"), (SELLER, "email", "a@b.example"), "without a line"),
        ("agreements@vera", ("agreements@vera", "now() - interval '1 minute'"), (SELLER, "email", "a@b.example"), "without a line"),
        ("agreements@vera", ("agreements@vera", "now()"), (GRID, "email", "a@b.example"), "on this side"),
        ("agreements@vera", ("agreements@vera", "now()"), (SELLER, "email", "a%"), "whole identifier"),
        ("agreements@vera", ("agreements@vera", "now()"), (SELLER, "business_id", "1950694"), "whole identifier"),
        ("agreements@vera", ("agreements@vera", "now()"), (SELLER, "family_name", "Esimerkki"), "whole identifier"),
        ("service@sahkolaitos", ("service@sahkolaitos", "now()"), (SELLER, "email", "a@b.example"), "permission denied"),
    ],
)  # fmt: skip
def test_a_stolen_login_is_told_nothing_by_itself(register, login, logged, asked, told):
    event = line(register, *logged) if logged else None
    with register.login(login) as connection, pytest.raises(errors.InsufficientPrivilege, match=told):
        connection.execute("SELECT policy.twin(%s, %s, %s, %s)", [event, *asked])


def test_a_stolen_login_writes_no_line_of_its_own(register):
    with register.login("agreements@vera") as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("SELECT policy.note('subjects.twin', '1', 'r', NULL, NULL, '{}')")


def test_a_prospect_is_seen_for_the_consent_and_for_nothing_else(register):
    from seloste.register.lawfulness.operations import NotForProspects, Wording, add_prospect

    paper = "lomake 17"
    with register.rights():
        for purpose, wording in (("profiling", "profiling_2026"), ("direct_marketing", "profiling_2026")):
            with pytest.raises(NotForProspects):
                add_prospect(AINO, Wording(purpose, wording, paper), {}, at=NOW)
        wording = Wording("direct_marketing", "prospect_2026", paper, "email")
        key = add_prospect(AINO, wording, {"email": "uusi@posti.example"}, at=NOW - DAY)
    campaign = register.reason("campaign", "interaction")
    from seloste.register.protection.session import acting

    with acting("marketer.vera", "direct_marketing", campaign) as session:
        assert session.see(key)["visible"]["email"][0]["value"] == "uusi@posti.example"
    for purpose in ("service", "agreements"):
        with register.acting(purpose) as session:
            assert session.see(key)["visible"] == {}


def test_two_clerks_add_the_same_company_and_one_is_told(register):
    """The second waits for the first's Y-tunnus and finds it taken; taken out of the table, the constraint was missed."""
    from seloste.register.subjects.adding import AlreadyHere, HiddenTwin, Identifiers, add_organisation

    came, told, barrier = [], [], threading.Barrier(2)

    def clerk(company):
        from django.db import IntegrityError

        try:
            with register.acting("agreements", "market_operator", company):
                barrier.wait()
                came.append(
                    add_organisation("Sama Oy", at=NOW, known_by=Identifiers(business_id="2745543-5")).pk
                )
        except (AlreadyHere, HiddenTwin, IntegrityError) as error:
            told.append(error)

    both = [threading.Thread(target=clerk, args=(company,)) for company in ("vera", "sahkolaitos")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert (
        len(told),
        register.one("SELECT count(*) FROM register.business_id WHERE value = '2745543-5'")[0],
    ) == (1, 1)
