"""Finding: by whatever is known, as far as a purpose sees it; of anybody else neither list nor number tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from conftest import EXAMPLES, SOAK, governed
from database.people import login
from seloste.policy.deep import verify_deep
from seloste.project import made_up, wiring

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
NOW = datetime.now(UTC)
CLERK, BILLER, CONTACT = "customer_service.sahkolaitos", "billing.sahkolaitos", "register_contact.sahkolaitos"
HIDDEN = 1_000 if SOAK else 30


class Register:
    """A register of made-up people, and how to look for them."""

    def __init__(self, cluster, admin, made):
        self.cluster, self.admin, self.names = cluster, admin, made["names"]
        self.reasons = {each.partition(":")[0]: each for each in made["reasons"][""]}
        self.made = 0

    def acting(self, who=CLERK, purpose="service", kind="task"):
        from seloste.register.protection.session import acting

        return acting(who, purpose, self.reasons[kind])

    def find(self, text, who=CLERK, purpose="service", kind="task"):
        from seloste.register.subjects.finding import find

        with self.acting(who, purpose, kind) as session:
            return find(session, text)

    def found(self, *asked, **how):
        return {each.subject for each in self.find(*asked, **how).found}

    def rights(self, text):
        return self.found(text, CONTACT, "rights", "request")

    def all(self, sql, *values):
        return self.admin.execute(sql, values).fetchall()

    def people(self, side, count, family):
        """People with an agreement in force, a phone and an address, by which they are found."""
        first = self.made
        self.made += count
        keys = self.all(
            "INSERT INTO register.subject (side, kind, given_names, family_name)"
            " SELECT %s, 'person', 'Tuntematon', %s FROM generate_series(1, %s) RETURNING id", side, family, count,
        )  # fmt: skip
        keys = [key for (key,) in keys]
        kind = "sale" if side == "sahkolaitos" else "network"
        for number, key in enumerate(keys, first):
            self.all(
                "WITH a AS (INSERT INTO register.agreement (number, subject_id, side, controller, kind)"
                " VALUES (%s, %s, %s, %s, %s) RETURNING id, subject_id, controller, kind)"
                " INSERT INTO register.agreement_period (agreement_id, subject_id, controller, kind, requested_at, valid_from)"
                " SELECT id, subject_id, controller, kind, '2025-01-01Z', '2025-01-01Z' FROM a RETURNING 1",
                f"P{number}", key, side, side, kind,
            )  # fmt: skip
            self.all(
                "INSERT INTO register.contact_point (subject_id, category, value, as_given, valid_from)"
                " VALUES (%s, 'phone', %s, '', '2025-01-01Z') RETURNING 1", key, f"+35850{number:07}",
            )  # fmt: skip
            self.all(
                "INSERT INTO register.address (subject_id, kind, street, postcode, city, valid_from)"
                " VALUES (%s, 'home', 'Salakuja 7', '33100', 'Tampere', '2025-01-01Z') RETURNING 1", key,
            )  # fmt: skip
        self.mend(side)
        return keys

    def mend(self, side="sahkolaitos"):
        from seloste.register.subjects.tasks import mend

        with self.acting(f"data_engineer.{side}", "upkeep") as session:
            return mend(self.admin, session.login.sides)

    def compare(self):
        from seloste.register.subjects.tasks import compare

        return compare(self.admin)


@pytest.fixture(scope="module")
def register(one_server):
    from seloste.register.protection.backend.pool import pool

    with governed(one_server, NOTICE, "find") as cluster:
        wiring.configure(cluster)
        made = made_up.fill(cluster, 90, 3, lambda *_: None)
        dsn = psycopg.conninfo.make_conninfo(cluster.admin_dsn(), dbname=cluster.database)
        with psycopg.connect(dsn, autocommit=True) as admin:
            yield Register(cluster, admin, made)
        pool().close()


# what a purpose sees finds, and nothing else does


VALUES = {
    "phone": "SELECT subject_id, as_given FROM register.contact_point WHERE category = 'phone'",
    "email": "SELECT subject_id, upper(value) FROM register.contact_point WHERE category = 'email'",
    "address": "SELECT subject_id, street || ', ' || postcode || ' ' || city FROM register.address",
    "business_id": "SELECT subject_id, value FROM register.business_id",
    "agreement": "SELECT subject_id, number FROM register.agreement",
    "name": "SELECT id, upper(concat_ws(' ', family_name, split_part(given_names, ' ', 1), organisation_name)) FROM register.subject"
    " WHERE coalesce(family_name, organisation_name) IS NOT NULL",
    "customer": "SELECT id, id::text FROM register.subject WHERE family_name IS NOT NULL",
    "gsrn": "SELECT a.subject_id, m.gsrn FROM register.agreement a JOIN register.metering_point m ON m.id = a.metering_point_id"
    " WHERE m.gsrn IS NOT NULL",
}


@pytest.mark.parametrize("kind", VALUES)
def test_whoever_is_seen_by_a_value_is_found_by_it_and_nobody_else(register, kind):
    """What the login itself reads is what it finds by; the administrator's rows are what there is."""
    with login(register.cluster, "service@sahkolaitos") as service:
        seen = {tuple(row) for row in service.execute(VALUES[kind]).fetchall()}
    every = register.all(f"SELECT * FROM ({VALUES[kind]}) v ORDER BY md5(v::text)")
    hidden = [row for row in every if tuple(row) not in seen]
    assert hidden, "somebody is hidden, or this shows nothing"
    shown = [row for row in every if tuple(row) in seen]
    assert shown
    for subject, text in [*shown[:12], *hidden[:12]]:
        assert (subject in register.found(text)) is ((subject, text) in seen), (kind, subject)


def test_an_invoice_finds_whoever_owes_it_for_whom_reads_receivables(register):
    with login(register.cluster, "billing@sahkolaitos") as billing:
        [(subject, number)] = billing.execute(
            "SELECT subject_id, number FROM register.receivable LIMIT 1"
        ).fetchall()
    typed = f"RF12 {number[:5]} {number[5:]}"
    by = {each.subject: each.by for each in register.find(typed, BILLER, "billing").found}
    assert "invoice" in by[subject]
    told = register.find(typed)
    assert "invoice" not in {*told.searched, *(kind for each in told.found for kind in each.by)}


def test_a_login_without_phone_finds_nobody_by_phone(register):
    aino = register.names["aino"]
    [(said,)] = register.all(
        "SELECT as_given FROM register.contact_point WHERE subject_id = %s AND category = 'phone'", aino
    )
    assert aino in register.found(said)
    assert "phone" in register.find(said).searched
    assert aino in register.found("Kuusilampi Aino", BILLER, "billing")
    told = register.find(said, BILLER, "billing")
    assert aino not in {each.subject for each in told.found}
    assert "phone" not in told.searched
    with login(register.cluster, "billing@sahkolaitos") as billing:
        assert billing.execute(
            "SELECT count(*) FROM register.search_token WHERE category = 'phone'"
        ).fetchone() == (0,)
        assert billing.execute("SELECT count(*) FROM register.search_token").fetchone() > (0,)


def test_whoever_does_not_search_reads_no_token(register):
    from seloste.register.protection.searching import NotFinding

    with pytest.raises(NotFinding):
        register.find("Kuusilampi", "collector.sahkolaitos", "collection")
    with login(register.cluster, "collection@sahkolaitos") as collection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            collection.execute("SELECT token FROM register.search_token")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            collection.execute("SELECT id FROM register.search_token WHERE spelt = 'kuusilampi'")
    with (
        login(register.cluster, "direct_marketing@sahkolaitos") as marketing,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        marketing.execute("SELECT id FROM register.search_token")
    with (
        login(register.cluster, "service@sahkolaitos") as service,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        service.execute("UPDATE register.search_token SET token = 'x'")


def test_what_one_side_alone_knows_is_not_found_on_the_other(register):
    for side, other in (("sahkolaitos", "sahkoverkko"), ("sahkoverkko", "sahkolaitos")):
        [key] = register.people(side, 1, f"Vainnen {side}")
        [(phone,)] = register.all("SELECT value FROM register.contact_point WHERE subject_id = %s", key)
        for text in (f"Vainnen {side}", phone, str(key), "Salakuja 7"):
            assert key in register.found(text, f"customer_service.{side}"), text
            assert key not in register.found(text, f"customer_service.{other}"), text
            assert key in register.rights(text), text


def test_nobody_hidden_is_in_a_list_or_a_number(register):
    """Behind the wall, restricted, erased: as many as fifty and more leave `more` untold."""
    shown = set(register.people("sahkolaitos", 3, "Piilonen"))
    third = HIDDEN // 3
    beyond = register.people("sahkoverkko", third, "Piilonen")
    restricted, erased = (register.people("sahkolaitos", third, "Piilonen") for _ in range(2))
    for key in restricted:
        register.all(
            "INSERT INTO register.restriction (subject_id, categories, purposes, valid_from)"
            " VALUES (%s, '{}', '{}', now()) RETURNING 1", key,
        )  # fmt: skip
    for key in erased:
        # the tokens are still there: it is the answer that hides them
        register.all(
            "INSERT INTO register.erasure (subject_id, retention_class, erased_at)"
            " VALUES (%s, 'customership', now()), (%s, 'bookkeeping', now()), (%s, 'agreement_data', now()) RETURNING 1", key, key, key,
        )  # fmt: skip
    hidden = {*beyond, *restricted, *erased}
    for text in ("Piilonen", "piil", "Tuntematon Piilosen", "Salakuja 7", "Salakuja 7, Tampere"):
        told = register.find(text)
        found = {each.subject for each in told.found}
        assert shown <= found, text
        assert not found & hidden, text
        assert not told.more, text
    for key in sorted(hidden):
        assert register.find(str(key)).found == (), key
    with login(register.cluster, "service@sahkolaitos") as service:
        counted = "SELECT count(DISTINCT subject_id) FROM register.search_token WHERE subject_id = ANY(%s)"
        assert service.execute(counted, [sorted(hidden)]).fetchone() == (0,)
    register.all("DELETE FROM register.search_token WHERE subject_id = ANY(%s) RETURNING 1", erased)


def test_what_is_under_turvakielto_finds_nobody_but_for_whom_it_is_shown(register):
    saara = register.names["saara"]
    [(street,)] = register.all("SELECT street FROM register.address WHERE subject_id = %s LIMIT 1", saara)
    assert saara in register.found("Lehtovuori Saara")
    assert saara not in register.found(street)
    assert saara in register.found(street, BILLER, "billing")
    assert saara in register.rights(street)


def test_at_most_fifty_are_told_and_that_there_are_more(register):
    keys = register.people("sahkolaitos", 53, "Monilukuinen")
    told = register.find("Monilukuinen")
    assert len(told.found) == len({each.subject for each in told.found}) == 50
    assert told.more
    assert {each.subject for each in told.found} < set(keys)
    assert not register.find(str(keys[0])).more


def test_what_is_spelt_so_comes_first(register):
    for family in ("Saarinenen", "Sarinenen", "Särinenen"):
        register.people("sahkolaitos", 2, family)
    for family in ("Saarinenen", "Sarinenen", "Särinenen"):
        names = [each.name for each in register.find(family).found]
        assert len(names) == 6
        assert {name.split()[-1] for name in names[:2]} == {family}


# the look-up log


def test_each_list_is_in_the_log_without_what_was_asked(register):
    aino = register.names["aino"]
    events = "SELECT e.id, e.way, e.count, e.categories, e::text FROM register.event e ORDER BY at DESC, id DESC LIMIT 1"
    members = "SELECT array_agg(subject_id) FROM register.event_subject WHERE event_id = %s"
    assert aino in register.found("Kuusilampi")
    [(event, way, count, categories, _)] = register.all(events)
    assert (way, categories) == ("listed", ["name"])
    assert count == len(register.all(members, event)[0][0])
    [(email,)] = register.all(
        "SELECT value FROM register.contact_point WHERE subject_id = %s AND category = 'email'", aino
    )
    register.find(email)
    [(event, way, count, categories, row)] = register.all(events)
    assert (way, count, sorted(categories)) == ("listed", 1, ["email", "name"])
    assert register.all(members, event) == [([aino],)]
    assert email not in row
    assert "kuusilampi" not in row.lower()
    assert register.find("Olematonniminen").found == ()
    [(event, way, count, categories, row)] = register.all(events)
    assert (way, count, categories) == ("listed", 0, [])
    assert "olematon" not in row.lower()


# a personal identity code


def test_an_identity_code_is_found_whole_and_under_a_purpose_of_its_own(register):
    from seloste.register.subjects.finding import HetuElsewhere
    from seloste.register.subjects.queries import hetu_of

    keys = [
        key
        for (key,) in register.all(
            "SELECT subject_id FROM register.national_identifier WHERE side = 'sahkolaitos' ORDER BY 1"
        )
    ]
    with register.acting(CONTACT, "rights", "request"):
        key, code = next((key, code) for key in keys if (code := hetu_of(key)))
    told = register.find(f" {code.lower()} ", CLERK, "identification", "request")
    assert [(each.subject, each.by) for each in told.found] == [(key, ("hetu",))]
    assert key in register.rights(code)
    with pytest.raises(HetuElsewhere) as refused:
        register.find(code)
    assert code not in str(refused.value)
    assert register.rights(code[:6]) == register.rights(code[:10]) == set()


# tokens follow their values


def test_operations_keep_what_somebody_is_found_by(register):
    from seloste.register.agreements.operations import Terms, add_party, open_agreement
    from seloste.register.billing.operations import Claim, book_receivable
    from seloste.register.subjects.operations import add_contact_point

    aino, eero = register.names["aino"], register.names["eero"]
    [(point, gsrn)] = register.all(
        "INSERT INTO register.metering_point (side, gsrn, kind) VALUES ('sahkolaitos', '643007500000000017', 'sale') RETURNING id, gsrn"
    )
    with register.acting():
        add_contact_point(aino, "phone", "045 7654321", at=NOW)
        add_contact_point(aino, "email", "Uusi.Osoite@Posti.example", at=NOW)
    with register.acting(CLERK, "agreements"):
        terms = Terms("UUSI-0042", "sahkolaitos", "sale", point)
        since = NOW - timedelta(days=1)
        agreement = open_agreement(aino, terms, requested_at=since, valid_from=since)
        add_party(agreement.pk, eero, valid_from=since)
    with register.acting(BILLER, "billing"):
        book_receivable(aino, Claim("00 77 88", "sahkolaitos", 100, NOW), at=NOW)
    for text in ("+358 45 765 4321", "uusi.osoite@"):
        assert register.found(text) == {aino}, text
    for text in ("uusi 0042", gsrn):
        assert register.found(text) == {aino, eero}, text
    assert register.found("RF11 7788", BILLER, "billing") == {aino}
    assert register.compare().is_whole


def test_a_value_that_was_wrong_finds_nobody(register):
    from seloste.register.models import Subject
    from seloste.register.subjects import tokens

    [key] = register.people("sahkolaitos", 1, "Vaarinniminen")
    with register.acting(CONTACT, "rights", "request"):
        Subject.objects.filter(pk=key).update(given_names="Oikea", family_name="Oikeaniminen")
        tokens.renew([key], "name")
    assert register.found("Oikeaniminen") == {key}
    assert register.found("Vaarinniminen") == set()


def test_a_missing_token_is_found_out_and_made_good(register):
    aino = register.names["aino"]
    assert register.compare().is_whole
    register.all(
        "DELETE FROM register.search_token WHERE subject_id = %s AND kind = 'phone' RETURNING 1", aino
    )
    compared = register.compare()
    assert dict(compared.missing) == {aino: {"phone"}}
    assert register.mend() > 0
    assert register.compare().is_whole
    assert register.mend() == 0


@pytest.mark.parametrize("stale", [False, True])
def test_an_erasure_takes_tokens_with_their_values(register, stale):
    """Also when the subject's answer has run out, and whoever searches does not meet the rows."""
    from seloste.interfaces.cli.retention import held
    from seloste.register.retention.operations import erase

    [key] = register.people("sahkolaitos", 1, "Poistettava")
    [other] = register.people("sahkolaitos", 1, "Jatettava")
    kinds = "SELECT coalesce(array_agg(DISTINCT kind ORDER BY kind), '{}') FROM register.search_token WHERE subject_id = %s"
    assert register.all(kinds, key) == [(["address", "agreement", "customer", "name", "phone"],)]
    if stale:
        for table, column in (("subject", "id"), ("search_token", "subject_id")):
            register.all(
                f"UPDATE register.{table} SET bits1 = 0, bits2 = 0, decided_until = now() - interval '1 hour' WHERE {column} = %s RETURNING 1",
                key,
            )
    for classes, left in (
        (["customership"], ["agreement", "customer", "name"]),
        (["agreement_data", "bookkeeping"], []),
    ):
        for each in classes:
            with register.acting(CONTACT, "rights", "request") as session:
                erase(key, each, held(session, each), at=NOW)
        assert register.all(kinds, key) == [(left,)]
        assert register.compare().is_whole
    assert len(register.all(kinds, other)[0][0]) == 5


def test_what_is_left_of_an_erasure_is_found_out(register):
    [key] = register.people("sahkolaitos", 1, "Jaanyt")
    register.all(
        "INSERT INTO register.erasure (subject_id, retention_class, erased_at) VALUES (%s, 'customership', now()) RETURNING 1",
        key,
    )
    assert dict(register.compare().left)[key] == {"phone", "address"}
    register.all("DELETE FROM register.search_token WHERE subject_id = %s RETURNING 1", key)
    assert key not in register.compare().left


# how it is found


def test_an_answer_that_has_run_out_hides_nobody(register):
    [key] = register.people("sahkolaitos", 1, "Vanhentunut")
    for table, column in (("subject", "id"), ("search_token", "subject_id")):
        register.all(
            f"UPDATE register.{table} SET bits1 = 0, bits2 = 0, decided_until = now() - interval '1 hour' WHERE {column} = %s RETURNING 1",
            key,
        )
    assert register.found("Vanhentunut") == {key}


@pytest.mark.parametrize(
    "name", ["service@sahkolaitos", "service@sahkoverkko", "billing@sahkolaitos", "rights@all"]
)
def test_a_search_meets_an_index_of_what_the_login_sees(register, name):
    """The condition of the search stands in the index's own, so that a hidden row is not even compared."""
    from seloste.kernel.folding import END

    sql = (
        "EXPLAIN SELECT subject_id FROM register.search_token WHERE kind = 'name' AND token >= 'kor' AND token < %s"
        " ORDER BY token LIMIT 50"
    )
    register.admin.execute("ANALYZE register.search_token")
    with login(register.cluster, name) as line:
        line.execute("SET enable_seqscan = off")
        plan = "\n".join(row for (row,) in line.execute(sql, [f"kor{END}"]).fetchall())
    assert f"policy_find_{name.replace('@', '_')}" in plan
    assert "Index Cond: ((kind = 'name'::text) AND (token >= 'kor'::text)" in plan


def test_every_answer_kept_with_a_token_is_right(register):
    assert verify_deep(register.cluster) == []


def test_records_of_one_human_are_told_as_one(register):
    """By what stands in either, and as the root; whoever the list is about is in the log with both records."""
    from seloste.register.subjects.merging import merge, unmerge

    [root], [other] = (register.people("sahkolaitos", 1, name) for name in ("Yhdistetty", "Entisniminen"))
    with register.acting(CONTACT, "rights", "request"):
        merge(other, root, at=NOW - timedelta(hours=1))
    for text in ("Yhdistetty", "Entisniminen"):
        assert [(each.subject, each.name) for each in register.find(text).found] == [
            (root, "Tuntematon Yhdistetty")
        ]
    members = "SELECT array_agg(subject_id ORDER BY 1) FROM register.event_subject WHERE event_id = (SELECT id FROM register.event ORDER BY at DESC, id DESC LIMIT 1)"
    assert register.all(members) == [(sorted([root, other]),)]
    with register.acting(CONTACT, "rights", "request"):
        unmerge(other, at=NOW)
    assert register.found("Entisniminen") == {other}
