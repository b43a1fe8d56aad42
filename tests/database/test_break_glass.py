"""An emergency is opened on a ground, for an hour, told at once, and reviewed by a second person."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured

from conftest import EXAMPLES, governed
from database.people import administrator, login, person
from seloste.notice import read_notice
from seloste.project import populate, wiring
from seloste.register.protection import alarms
from seloste.register.protection.actors import GroundNotDeclared, RoleMissing
from seloste.register.protection.session import acting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seloste.project.database import Cluster

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
NOW = datetime.now(UTC)
GROUND = "danger_to_life"
OFFICER, AUDITOR = "duty_officer.sahkolaitos", "auditor.sahkolaitos"


class Emergencies:
    """The register, two people in it, and what the administrator sees of the openings."""

    def __init__(self, cluster: Cluster, admin: psycopg.Connection) -> None:
        self.cluster, self.admin = cluster, admin
        self.someone = person(cluster, "sahkolaitos", "Hätä")
        self.beyond = person(cluster, "sahkoverkko", "Muuri")
        self.call, self.task, self.other = (
            f"{kind}:{self.one(OPEN_CASE, [kind])}" for kind in ("call", "task", "call")
        )

    def one(self, sql: str, values: Any = ()) -> Any:
        row = self.admin.execute(sql, values).fetchone()
        return row[0] if row else None

    def staff(self, username: str) -> int:
        return int(self.one("SELECT id FROM register.staff WHERE username = %s", [username]))

    def emergency(self, who: str = OFFICER, ground: str | None = GROUND, reason: str = "") -> acting:
        return acting(who, "emergency", reason or self.call, ground=ground)

    def review(self, who: str = AUDITOR) -> acting:
        return acting(who, "emergency_review", self.task)

    def openings(self) -> list[tuple[Any, ...]]:
        return self.admin.execute(
            "SELECT id, staff_id, controller, login, ground, reason FROM register.break_glass ORDER BY opened_at"
        ).fetchall()

    def shift(self, by: timedelta) -> None:
        self.admin.execute("UPDATE register.break_glass SET opened_at = opened_at - %s", [by])


OPEN_CASE = "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('interaction', %s, now()) RETURNING id"


@pytest.fixture(scope="module")
def _made(server) -> Iterator[Emergencies]:
    with governed(server, NOTICE, "glass") as cluster, administrator(cluster) as admin:
        populate.hire(admin, read_notice(NOTICE), NOW.date())
        yield Emergencies(cluster, admin)


@pytest.fixture
def glass(_made: Emergencies, monkeypatch: pytest.MonkeyPatch) -> Emergencies:
    monkeypatch.delenv("SELOSTE_MAIL", raising=False)
    wiring.configure(_made.cluster)
    _made.admin.execute(
        "TRUNCATE register.alarm, register.break_glass, register.event, register.event_subject"
    )
    return _made


class Inbox:
    """A mail server that keeps what it was given."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(envelope)
        return "250 kept"

    @property
    def texts(self) -> list[str]:
        import email
        import email.policy

        return [
            email.message_from_bytes(each.content, policy=email.policy.default).as_string()
            for each in self.mails
        ]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def inbox(glass: Emergencies) -> Iterator[Inbox]:
    kept = Inbox()
    port = free_port()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    alarms.post = alarms.MailServer("127.0.0.1", port, "seloste@x.example")
    yield kept
    server.stop()
    alarms.post = None


def test_a_ground_of_the_notice_opens_it_and_nothing_else_does(glass: Emergencies) -> None:
    for ground in (None, "", "curiosity", "danger to life"):
        with pytest.raises(GroundNotDeclared, match="danger_to_life, outage_of_protected_customer"):
            glass.emergency(ground=ground).__enter__()
    with pytest.raises(GroundNotDeclared, match="no purpose of emergencies"):
        acting("customer_service.sahkolaitos", "service", glass.call, ground=GROUND).__enter__()
    with pytest.raises(RoleMissing):
        glass.emergency(AUDITOR).__enter__()
    assert glass.openings() == []
    with glass.emergency() as session:
        seen = session.see(glass.someone.id)
    assert "address" in seen["visible"]
    [(_, staff, controller, name, ground, reason)] = glass.openings()
    assert (staff, controller, name) == (glass.staff(OFFICER), "sahkolaitos", "emergency@sahkolaitos")
    assert (ground, reason) == (GROUND, glass.call)


def test_it_is_kept_when_the_session_is_undone(glass: Emergencies) -> None:
    with pytest.raises(ZeroDivisionError), glass.emergency() as session:
        session.see(glass.someone.id)
        raise ZeroDivisionError
    assert len(glass.openings()) == 1
    rows = glass.admin.execute("SELECT kind, break_glass FROM register.event ORDER BY at, id").fetchall()
    assert rows == [("break_glass.opened", True), ("subjects.read", True)]


def test_within_its_hour_the_same_person_goes_on_under_it(glass: Emergencies) -> None:
    for _ in range(2):
        with glass.emergency():
            pass
    assert len(glass.openings()) == 1
    for more in (
        {"who": "duty_officer.vera"},
        {"ground": "outage_of_protected_customer"},
        {"reason": glass.other},
    ):
        with glass.emergency(**more):
            pass
    assert len(glass.openings()) == 4


def test_minute_sixty_one_is_refused_by_the_server(glass: Emergencies) -> None:
    """The stored opening is shifted back; the session's own clock has not moved."""
    from seloste.register.protection.break_glass import OpeningOver

    with glass.emergency() as session:
        session.see(glass.someone.id)
        glass.shift(timedelta(minutes=59))
        assert session.see(glass.someone.id)["visible"]
        glass.shift(timedelta(minutes=1))
        for ask in (session.see, session.why):
            with pytest.raises(OpeningOver, match="over by the server's clock"):
                ask(glass.someone.id)
    with glass.emergency() as session:
        assert session.see(glass.someone.id)["visible"]
    assert len(glass.openings()) == 2


def test_what_the_application_forgets_to_ask_the_policies_know(
    glass: Emergencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seloste.register.protection import break_glass

    monkeypatch.setattr(break_glass, "require_open", lambda *_: None)
    with glass.emergency() as session:
        assert session.see(glass.someone.id)["visible"]
        glass.shift(timedelta(minutes=60))
        assert session.see(glass.someone.id)["visible"] == {}
        assert session.why(glass.someone.id) == []


def raw(cluster: Cluster, name: str) -> psycopg.Connection:
    """A connection of a login that nobody opened."""
    return psycopg.connect(cluster.dsn(cluster.role(name)), autocommit=True)


def test_the_login_alone_reads_nothing(glass: Emergencies) -> None:
    """Whoever has the password and no opening; one of another login, or one made up, does not help.

    Nor is anything told by whether it is refused: somebody who is there and nobody are answered alike.
    """
    with glass.emergency("duty_officer.sahkoverkko"):
        [(beyond, *_)] = glass.openings()
    tables = ("subject", "address", "contact_point", "agreement", "agreement_party", "metering_point")
    asked = [
        *(f"SELECT id FROM register.{table}" for table in tables),
        "SELECT id FROM register.subject WHERE family_name = 'SukuHätä'",
        f"SELECT 1 WHERE policy.sees_subject({glass.someone.id})",
        f"SELECT 1 WHERE policy.sees({glass.someone.id}, 'address', '')",
        f"SELECT 1 WHERE policy.sees_agreement({glass.someone.agreement}, 'agreement', 'sahkolaitos')",
        f"SELECT * FROM policy.why({glass.someone.id}, now(), 'infinity')",
    ]
    for opening in ("", "x", str(beyond), str(uuid4())):
        with raw(glass.cluster, "emergency@sahkolaitos") as stolen:
            stolen.execute("SELECT set_config('seloste.opening', %s, false)", [opening])
            assert [sql for sql in asked if stolen.execute(sql).fetchall()] == []
    with glass.emergency(), raw(glass.cluster, "emergency@sahkolaitos") as opened:
        [mine] = [row[0] for row in glass.openings() if row[3] == "emergency@sahkolaitos"]
        opened.execute("SELECT set_config('seloste.opening', %s, false)", [str(mine)])
        assert [sql for sql in asked if not opened.execute(sql).fetchall()] == [
            "SELECT id FROM register.agreement_party"
        ]


def test_an_emergency_that_is_not_open_notes_nothing(glass: Emergencies) -> None:
    note = "SELECT policy.note('some.operation', '1', 'clerk', NULL, 'call:1', '{1}')"
    with raw(glass.cluster, "emergency@sahkolaitos") as stolen:
        for opening in ("", str(uuid4())):
            stolen.execute("SELECT set_config('seloste.opening', %s, false)", [opening])
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not open"):
                stolen.execute(note)
    with glass.emergency(), raw(glass.cluster, "emergency@sahkolaitos") as opened:
        mine = glass.openings()[-1][0]
        opened.execute("SELECT set_config('seloste.opening', %s, false)", [str(mine)])
        opened.execute(note)
    kinds = [
        k
        for (k,) in glass.admin.execute("SELECT kind FROM register.event WHERE way = 'operation'").fetchall()
    ]
    assert kinds.count("some.operation") == 1


def test_the_login_reaches_no_opening(glass: Emergencies) -> None:
    with raw(glass.cluster, "emergency@sahkolaitos") as stolen:
        for sql in (
            "SELECT id FROM register.break_glass",
            "UPDATE register.break_glass SET opened_at = now()",
            "INSERT INTO register.break_glass (id) VALUES (gen_random_uuid())",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stolen.execute(sql)
    with login(glass.cluster, "lookups") as log, pytest.raises(psycopg.errors.InsufficientPrivilege):
        log.execute(
            "INSERT INTO register.break_glass (id, opened_at, staff_id, controller, login, ground, reason, notice_hash, review_by)"
            " VALUES (gen_random_uuid(), now() + interval '1 day', 1, 'x', 'x', 'x', 'x', 'x', now())"
        )


def test_an_opening_of_another_sides_company_opens_nothing(glass: Emergencies) -> None:
    """It would be reviewed beyond the wall: who holds both logins could else open an emergency that nobody sees."""
    seen = {}
    for controller in ("sahkoverkko", "sahkolaitos"):
        with login(glass.cluster, "lookups") as log, raw(glass.cluster, "emergency@sahkolaitos") as stolen:
            key = uuid4()
            log.execute(
                "INSERT INTO register.break_glass (id, staff_id, controller, login, ground, reason, notice_hash, review_by)"
                " VALUES (%s, %s, %s, 'emergency@sahkolaitos', %s, %s, 'h', now())",
                [key, glass.staff(OFFICER), controller, GROUND, glass.call],
            )
            stolen.execute("SELECT set_config('seloste.opening', %s, false)", [str(key)])
            seen[controller] = stolen.execute("SELECT count(*) > 0 FROM register.subject").fetchone()[0]
    assert seen == {"sahkoverkko": False, "sahkolaitos": True}


def test_a_mail_goes_at_once_in_keys_alone(glass: Emergencies, inbox: Inbox) -> None:
    with glass.emergency() as session:
        [mail] = inbox.mails
        session.see(glass.someone.id)
    assert set(mail.rcpt_tos) == {"tietosuojavastaava@sahkolaitos.example", "tietosuoja@sahkolaitos.example"}
    [text] = inbox.texts
    [(opening, staff, *_)] = glass.openings()
    for told in ("emergency", GROUND, f"staff {staff}", opening.hex[:8], "sahkolaitos"):
        assert told in text
    name = glass.one("SELECT name FROM register.staff WHERE id = %s", [staff])
    secrets = [name, OFFICER, str(opening), glass.call]
    secrets += [word for words in glass.someone.secrets.values() for word in words]
    assert [word for word in secrets if word in text] == []


def test_a_mail_that_cannot_be_sent_stops_nothing_and_is_sent_later(glass: Emergencies, inbox: Inbox) -> None:
    reached, alarms.post = alarms.post, alarms.MailServer("127.0.0.1", 1, "seloste@x.example")
    with glass.emergency() as session:
        assert session.see(glass.someone.id)["visible"]
    from seloste.register.protection.break_glass import openings

    with glass.review() as session:
        assert [each.told for each in openings(session, at=NOW)] == [False]
    alarms.post = reached
    assert inbox.mails == []
    with glass.emergency(reason=glass.other):
        assert len(inbox.mails) == 2
    with glass.review() as session:
        assert [each.told for each in openings(session, at=NOW)] == [True, True]
        assert alarms.send_waiting(session.in_force) == 0
    sent = glass.admin.execute("SELECT sent FROM register.alarm ORDER BY id").fetchall()
    assert sent == [(False,), (True,), (True,)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that nobody has signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    where = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - timedelta(1), NOW + timedelta(1))
    signed = made.add_extension(where, critical=False).sign(key, SHA256())
    home = tmp_path_factory.mktemp("tls")
    (home / "certificate").write_bytes(signed.public_bytes(Encoding.PEM))
    (home / "key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    return home / "certificate", home / "key"


def test_a_server_is_trusted_by_its_certificate(
    glass: Emergencies, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    kept, port = Inbox(), free_port()
    server = Controller(kept, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True)
    server.start()
    try:
        monkeypatch.setenv("SELOSTE_MAIL", f"smtp+starttls://127.0.0.1:{port}/seloste@x.example")
        wiring.configure(glass.cluster)
        with glass.emergency():
            assert kept.mails == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        with glass.emergency(reason=glass.other):
            assert len(kept.mails) == 2
    finally:
        server.stop()


@pytest.mark.parametrize(
    "told", ["mail.example", "smtp://mail.example", "http://mail.example/a@b", "smtp:///a@b"]
)
def test_a_setting_that_names_no_server_is_refused(
    glass: Emergencies, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("SELOSTE_MAIL", told)
    with pytest.raises(ImproperlyConfigured, match="smtp://HOST:PORT/SENDER"):
        wiring.configure(glass.cluster)


def test_whom_it_let_be_seen_is_told_to_the_reviewer_of_that_side(glass: Emergencies) -> None:
    from seloste.register.protection.break_glass import openings

    with glass.emergency() as session:
        session.see(glass.someone.id)
    with glass.review() as session:
        [found] = openings(session, at=NOW)
    assert found.subjects == [glass.someone.id]
    with glass.review("auditor.sahkoverkko") as session:
        assert openings(session, at=NOW) == []


def _opened(glass: Emergencies) -> UUID:
    with glass.emergency():
        pass
    return UUID(str(glass.openings()[-1][0]))


def test_a_second_person_reviews_it_once(glass: Emergencies) -> None:
    from seloste.register.protection.break_glass import (
        AlreadyReviewed,
        NoSuchOpening,
        SecondPersonNeeded,
        openings,
        review,
    )

    opening = _opened(glass)
    # the officer is a supervisor too
    glass.admin.execute(
        "INSERT INTO register.staff_role (staff_id, role, valid_from) VALUES (%s, 'auditor', now())",
        [glass.staff(OFFICER)],
    )
    with pytest.raises(SecondPersonNeeded), glass.review(OFFICER) as session:
        review(session, opening, "justified", at=NOW)
    with pytest.raises(NoSuchOpening), glass.review("auditor.sahkoverkko") as session:
        review(session, opening, "justified", at=NOW)
    with pytest.raises(ValueError, match="unclear"), glass.review() as session:
        review(session, opening, "fine", at=NOW)
    with glass.review() as session:
        review(session, opening, "not_justified", at=NOW)
    with pytest.raises(AlreadyReviewed), glass.review() as session:
        review(session, opening, "justified", at=NOW)
    with glass.review() as session:
        [found] = openings(session, at=NOW + timedelta(days=30))
    assert (found.finding, found.reviewed_by, found.overdue) == ("not_justified", glass.staff(AUDITOR), False)


def test_the_database_too_wants_a_second_person(glass: Emergencies) -> None:
    opening, officer, auditor = _opened(glass), glass.staff(OFFICER), glass.staff(AUDITOR)
    change = "UPDATE register.break_glass SET reviewed_at = now(), reviewed_by = %s, finding = 'justified' WHERE id = %s"
    with login(glass.cluster, "emergency_review@sahkolaitos") as reviewer:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="second person"):
            reviewer.execute(change, [officer, opening])
        for sql in ("SET ground = 'x'", "SET opened_at = now()", "SET staff_id = 1", "SET review_by = now()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reviewer.execute(f"UPDATE register.break_glass {sql}")
        reviewer.execute(change, [auditor, opening])
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="reviewed already"):
            reviewer.execute(change, [auditor, opening])
    # and the table itself, when the trigger is gone
    again = "UPDATE register.break_glass SET reviewed_by = staff_id"
    with glass.admin.transaction(force_rollback=True):
        glass.admin.execute("ALTER TABLE register.break_glass DISABLE TRIGGER policy_reviewed")
        with pytest.raises(psycopg.errors.CheckViolation, match="second_person"):
            glass.admin.execute(again)


def test_a_review_that_nobody_made_in_time_is_overdue(glass: Emergencies) -> None:
    from seloste.register.protection.break_glass import openings

    _opened(glass)
    by = glass.one("SELECT review_by FROM register.break_glass")
    assert NOW < by <= NOW + timedelta(days=7)
    with glass.review() as session:
        assert openings(session, at=by - timedelta(seconds=1), overdue=True) == []
        [late] = openings(session, at=by, overdue=True)
    assert late.overdue


def test_the_subject_sees_it(glass: Emergencies) -> None:
    with glass.emergency() as session:
        session.see(glass.someone.id)
    request = f"request:{glass.one(OPEN_CASE, ['request'])}"
    with acting("register_contact.sahkolaitos", "rights", request) as session:
        [found] = session.lookups(glass.someone.id)
    assert (found.purpose, found.break_glass, found.way) == ("emergency", True, "opened")
    assert found.at is not None


def test_the_policy_is_what_the_notice_says(glass: Emergencies) -> None:
    from seloste.policy.verify import verify

    assert verify(glass.cluster).drift == ()
    glass.admin.execute("ALTER TABLE register.break_glass DISABLE TRIGGER policy_reviewed")
    try:
        assert [d.object for d in verify(glass.cluster).drift] == ["register.break_glass: policy_reviewed"]
    finally:
        glass.admin.execute("ALTER TABLE register.break_glass ENABLE ALWAYS TRIGGER policy_reviewed")
