"""What was erased is gone from the server's files within the declared windows, byte by byte.

A canary's words stand in every column that holds free text, and its identity code is sealed. They are
looked for in the files themselves: tables, indexes, long values beside tables, the write-ahead log,
temporary files, the server's log and a backup. Before the erasure each detector is shown to see.
"""

from __future__ import annotations

import secrets
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from conftest import EXAMPLES, governed
from database.people import administrator, login
from seloste.notice import read_notice
from seloste.project import populate, wiring
from seloste.project.declared import declared_tables

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
NOW = datetime.now(UTC)
CODE = "010190-987H"
FREE_TEXT = {
    "subject": ["given_names", "family_name", "organisation_name", "call_name"],
    "previous_name": ["given_names", "family_name", "organisation_name", "call_name"],
    "address": ["street", "postcode", "city", "care_of"],
    "safe_address": ["street", "postcode", "city", "care_of"],
    "contact_point": ["value", "as_given"],
    "agreement": ["number"],
    "e_invoice_address": ["operator"],
    "receivable": ["number", "product"],
    "payment": ["number", "archive_id"],
    "payer": ["name"],
    "reminder": ["number"],
    "instalment": ["number"],
    "consent": ["proof"],
    "case_text": ["text"],
    "idempotency": ["key"],
    "search_token": ["token", "spelt"],
    "source_identity": ["source_key"],
    "source_row": ["source_key"],
    "source_claim": ["source_key"],
    "source_correction": ["source_key", "receipt"],
}
"""Columns in which anybody could write anything."""
WORDS = {
    *(
        "side",
        "kind",
        "category",
        "controller",
        "role",
        "status",
        "decision",
        "language",
        "country",
        "form",
        "channel",
    ),
    *(
        "method",
        "start_reason",
        "about",
        "operation",
        "ending",
        "direction",
        "identified",
        "topic",
        "paid_by",
        "capacity",
        "spoken_with",
        "reversal",
    ),
    *("system", "asked", "reason", "field", "confirmed_reason", "team"),
    *("rule", "state", "end_reason", "purpose", "wording", "retention_class", "outcome", "notice_hash"),
}
"""Columns that hold a word of the notice or of a list, a country or a hash."""
CHECKED = {"business_id": ["value"], "receivable": ["reference"]}
"""Columns whose values have a form of their own: an organisation's number, digits to pay with."""
CLASSES = ("customership", "agreement_data", "bookkeeping", "consent_proof", "interactions", "staging")
KINDS = {"r": "tables", "i": "indexes", "t": "long_values"}


def test_the_canary_stands_in_every_column_of_free_text():
    for table in declared_tables().values():
        if table.about_subject:
            texts = {column for column, kind in table.columns.items() if kind == "text"} - WORDS
            expected = {*FREE_TEXT.get(table.name, ()), *CHECKED.get(table.name, ())}
            assert texts == expected, f"{table.name}: put the canary's word into what is new"


class Files:
    """The files of a server, as whoever takes its disk away reads them."""

    def __init__(self, cluster, server, backup):
        self.cluster, self.log, self.backup = cluster, server.log, backup
        with administrator(cluster) as admin:
            [(data, database)] = admin.execute(
                "SELECT current_setting('data_directory'), oid::text FROM pg_database WHERE datname = current_database()"
            ).fetchall()
        self.data, self.base = Path(data), Path(data) / "base" / database

    def places(self, *needles):
        """Where any of these bytes are: place to file or relation."""
        found = {}
        for place, name, path in self._all():
            try:
                held = path.read_bytes()
            except FileNotFoundError:
                continue
            if any(needle in held for needle in needles):
                found.setdefault(place, set()).add(name)
        return found

    def _all(self):
        with administrator(self.cluster) as admin:
            relations = {
                str(node): (name, KINDS.get(kind, kind))
                for node, name, kind in admin.execute(
                    "SELECT pg_relation_filenode(oid), relname, CASE WHEN relnamespace = 'pg_toast'::regnamespace THEN 't' ELSE relkind END"
                    " FROM pg_class WHERE pg_relation_filenode(oid) IS NOT NULL"
                )
            }
        for path in self.base.iterdir():
            name, kind = relations.get(path.name.partition(".")[0], (path.name, "tables"))
            yield kind, name, path
        for path in [*(self.data / "global").iterdir(), *(self.data / "base" / "pgsql_tmp").glob("**/*")]:
            if path.is_file():
                yield "temporary_files" if "pgsql_tmp" in path.parts else "tables", path.name, path
        for path in (self.data / "pg_wal").iterdir():
            if path.is_file():
                yield "write_ahead_log", path.name, path
        yield "server_log", "server.log", self.log
        if self.backup.exists():
            yield "backups", self.backup.name, self.backup

    def dump(self):
        """A backup as an operator takes it, by the server's own pg_dump."""
        pid = (self.data / "postmaster.pid").read_text().split()[0]
        dump = Path("/proc", pid, "exe").resolve().parent / "pg_dump"
        dsn = psycopg.conninfo.make_conninfo(self.cluster.admin_dsn(), dbname=self.cluster.database)
        with self.backup.open("wb") as file:
            subprocess.run([dump, "-d", dsn], stdout=file, check=True)


class Canary:
    """Somebody whose every word can be told from everybody else's."""

    def __init__(self, cluster, admin, reason):
        self.cluster, self.admin, self.reason = cluster, admin, reason
        self.word = "Kana" + secrets.token_hex(6)
        self.needles = [self.word.encode(), self.word.lower().encode()]

    def acting(self, purpose, role, reason="task"):
        from seloste.register.protection.session import acting

        return acting(f"{role}.sahkolaitos", purpose, self.reason[reason])

    def one(self, sql, *values):
        return self.admin.execute(sql, values).fetchone()[0]

    def live(self):
        """Comes into the register by its purposes, is looked at and changed, several times."""
        word = self.word
        # what cannot be compressed and is longer than a page stands beside its table
        self.long = "".join(f"{secrets.token_urlsafe(900)}{word}" for _ in range(40))
        with login(self.cluster, "upkeep@sahkolaitos") as upkeep, upkeep.transaction():
            subject, agreement = (
                upkeep.execute("SELECT policy.reserve(%s, 1)", [table]).fetchone()[0]
                for table in ("subject", "agreement")
            )
            for table, row in (
                ("subject", {"id": subject, "side": "sahkolaitos", "kind": "person", "given_names": f"{word}etu", "family_name": f"{word}suku", "call_name": f"{word}kutsu"}),
                ("agreement", {"id": agreement, "number": f"{word}sop", "side": "sahkolaitos", "controller": "sahkolaitos", "kind": "sale"}),
                ("agreement_period", {"agreement_id": agreement, "controller": "sahkolaitos", "kind": "sale", "requested_at": "2025-01-01Z", "valid_from": "2025-02-01Z"}),
                ("address", {"kind": "home", "street": f"{word}katu", "postcode": f"{word}nro", "city": f"{word}kylä", "care_of": f"{word}co", "valid_from": "2025-01-01Z"}),
                ("contact_point", {"category": "email", "value": f"{word.lower()}@posti.example", "as_given": f"{word}@posti.example", "valid_from": "2025-01-01Z"}),
                ("contact_point", {"category": "phone", "value": "+358991234567", "as_given": f"{word} 099", "valid_from": "2025-01-01Z"}),
                ("housing_form", {"form": "flat"}),
                ("receivable", {"number": f"{word}lasku", "controller": "sahkolaitos", "product": f"{word}tuote", "agreement_id": agreement, "amount_cents": 1, "due_at": "2025-06-01Z", "state": "open", "valid_from": "2025-01-01Z"}),
                ("consent", {"purpose": "direct_marketing", "wording": "marketing_2026", "given_at": "2025-01-01Z", "proof": self.long, "notice_hash": "x"}),
            ):  # fmt: skip
                whole = row if table == "subject" else {"subject_id": subject, **row}
                upkeep.execute(
                    f"INSERT INTO {table} ({', '.join(whole)}) VALUES ({', '.join(['%s'] * len(whole))})",
                    list(whole.values()),
                )
        self.id = subject
        self.organisation = self.one(
            "INSERT INTO register.subject (side, kind, organisation_name) VALUES ('sahkolaitos', 'organisation', %s) RETURNING id",
            f"{word} Oy",
        )
        self._is_worked_with()
        self._is_used()
        self._spills()

    def _is_worked_with(self):
        """What clerks and imports write of it, in every other column that would take a name."""
        word, mine = self.word, {"subject_id": self.id}
        sided, owed = mine | {"side": "sahkolaitos"}, mine | {"controller": "sahkolaitos"}
        numbered = owed | {"number": f"{word}lasku"}
        staff = self.one("SELECT min(id) FROM register.staff")
        names = {"given_names": f"{word}ennen", "family_name": f"{word}o.s.", "call_name": f"{word}ennen"}
        where = {"street": f"PL {word}", "postcode": f"{word}nro", "city": word, "care_of": f"{word}co"}
        self.add("previous_name", **mine, **names, organisation_name=f"{word} Oy", valid_until=NOW)
        self.add("safe_address", **mine, **where, valid_from=NOW)
        payment = self.add(
            "payment", **numbered, amount_cents=1, paid_at=NOW, paid_by="other", archive_id=word
        )
        self.add("payer", **owed, payment_id=payment, name=f"{word} Naapuri")
        self.add("reminder", **numbered, kind="reminder", sent_at=NOW)
        self.add("instalment", **numbered, agreed_at=NOW, due_at=NOW, amount_cents=1)
        for category, kind in (("interaction", "case"), ("task", "task")):
            case = self.add("case_file", **mine, category=category, kind=kind, opened_at=NOW)
            for names_address in ("", "_address"):
                text = {"category": f"{category}{names_address}", "case_id": case, "text": f"Sanoi: {word}."}
                self.add("case_text", **mine, **text, staff_id=staff, written_at=NOW)
        self.add("idempotency", **sided, operation="x", key=word, at=NOW)
        self.add("search_token", **mine, category="name", kind="name", token=word.lower(), spelt=word)
        batch = self.add(
            "source_batch", side="sahkolaitos", system="generis", feed=secrets.token_hex(4), source_hash="x",
            mapping_hash="x", state="validated", begun_at=NOW, changed_at=NOW,
        )  # fmt: skip
        told = {"system": "generis", "source_key": f"{word}avain"}
        value = {"category": "name", "kind": "", "value": f'"{word}"'}
        self.add("source_identity", **sided, **told)
        self.add(
            "source_row", **sided, batch_id=batch, number=1, source_key=f"{word}avain", state="staged",
            contents=f'"{word}"',
        )  # fmt: skip
        self.add("source_claim", **sided, **told, **value, as_given=f'"{word}"', batch_id=batch, state="held")
        self.add(
            "source_correction", **sided, **told, **value, requested_at=NOW, state="sent", told_at=NOW,
            receipt=f"{word}kuitti",
        )  # fmt: skip

    def add(self, table, **row):
        """A row that an operation or an import would write; tells its key."""
        return self.one(
            f"INSERT INTO register.{table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))}) RETURNING id",
            *row.values(),
        )

    def _is_used(self):
        from seloste.register.subjects.models import Subject
        from seloste.register.subjects.operations import record_hetu
        from seloste.register.subjects.queries import find_by_hetu, hetu_of

        with self.acting("upkeep", "data_engineer"):
            record_hetu(self.id, CODE)
        key = self.one("SELECT id FROM register.data_key WHERE subject_id = %s", self.id)
        sealed = {"data_key_id": key, "ciphertext": b"-", "operator": f"{self.word}välittäjä"}
        self.add("e_invoice_address", subject_id=self.id, side="sahkolaitos", **sealed)
        for turn in range(3):
            with self.acting("rights", "register_contact", "request") as session:
                session.see(self.id)
                assert hetu_of(self.id) == CODE
                Subject.objects.filter(pk=self.id).update(given_names=f"{self.word}etu{turn}")
            with login(self.cluster, "service@sahkolaitos") as service:
                service.execute(
                    "UPDATE contact_point SET as_given = %s WHERE subject_id = %s",
                    [f"{self.word}{turn}", self.id],
                )
        with self.acting("upkeep", "data_engineer"):
            assert find_by_hetu(CODE, "sahkolaitos").pk == self.id
        # a statement that fails, with the canary's word in it
        with login(self.cluster, "upkeep@sahkolaitos") as upkeep, pytest.raises(psycopg.Error):
            upkeep.execute(
                "INSERT INTO business_id (subject_id, side, value) VALUES (%s, 'sahkolaitos', %s)",
                [self.id, self.word],
            )

    def _spills(self):
        """A sort that does not fit in memory writes the canary's word to a temporary file."""
        self.spilling = administrator(self.cluster)
        self.spilling.execute("SET work_mem = '64kB'")
        self.spilling.execute("BEGIN")
        self.spilling.execute(
            "DECLARE sorted CURSOR FOR SELECT s.given_names || n AS told FROM register.subject s, generate_series(1, 20000) n"
            " WHERE s.id = %s ORDER BY told",
            [self.id],
        )
        self.spilling.execute("FETCH 1 FROM sorted")

    def erase(self):
        """Every class that holds a word of it, by whoever answers rights."""
        from seloste.register.retention.operations import erase

        self.spilling.close()
        notice = read_notice(NOTICE)
        rows = {}
        for name in CLASSES:
            places = {
                place: columns
                for category in notice.categories.values()
                if category.retention == name
                for place, columns in (category.held_in or {}).items()
            }
            for subject in (self.id, self.organisation):
                with self.acting("rights", "register_contact", "request"):
                    for table, count in erase(subject, name, places, at=NOW).items():
                        rows[table] = rows.get(table, 0) + count
        return rows


@pytest.fixture(scope="module")
def made(server):
    if server.log is None:
        pytest.skip("the files of a server elsewhere cannot be read")
    with governed(server, NOTICE, "erased") as cluster:
        wiring.configure(cluster)
        from seloste.register.protection import key_versions
        from seloste.register.protection.keys import provided

        with administrator(cluster) as admin:
            notice = read_notice(NOTICE)
            key_versions.make(admin, provided(), notice.sides())
            populate.hire(admin, notice, NOW.date())
            yield cluster, admin


@pytest.fixture
def world(made, server, tmp_path):
    cluster, admin = made
    reason = {}
    for kind, category in (("task", "interaction"), ("request", "rights_request")):
        opened = (
            "INSERT INTO register.case_file (category, kind, opened_at) VALUES (%s, %s, now()) RETURNING id"
        )
        [(key,)] = admin.execute(opened, [category, kind]).fetchall()
        reason[kind] = f"{kind}:{key}"
    return Canary(cluster, admin, reason), Files(cluster, server, tmp_path / "backup.sql"), admin


def test_a_canary_is_gone_from_every_file_within_its_window(world):
    from seloste.register.retention.tasks import WINDOWS, sweep

    canary, files, admin = world
    canary.live()
    sealed = [bytes(part) for part in admin.execute(
        "SELECT n.ciphertext, n.blind_index, k.wrapped FROM register.national_identifier n JOIN register.data_key k ON k.id = n.data_key_id"
    ).fetchone()]  # fmt: skip
    files.dump()
    admin.execute("CHECKPOINT")
    before = files.places(*canary.needles)
    assert before.keys() == {
        "tables",
        "indexes",
        "long_values",
        "write_ahead_log",
        "temporary_files",
        "backups",
    }
    assert before["tables"] >= FREE_TEXT.keys() - {"consent"}, "a proof is long, and stands beside its table"
    assert before["indexes"] >= {
        "contact_point_value",
        "agreement_found",
        "search_token_once",
        "idempotency_once",
    }
    assert files.places(*sealed).keys() == {"tables", "indexes", "write_ahead_log"}, (
        "a backup has them as hexadecimal"
    )
    assert [part for part in sealed if part.hex() not in files.backup.read_text()] == []
    assert files.places(CODE.encode()) == {}, "what is sealed stands nowhere in the clear, before or after"
    controlled(files, admin)

    erased = canary.erase()
    assert erased.keys() >= {*FREE_TEXT, "national_identifier", "data_key"}
    admin.execute("VACUUM")
    admin.execute("CHECKPOINT")
    after_vacuum = files.places(*canary.needles)
    # what of the log is recycled meanwhile hangs on how much else was written
    assert {"tables", "backups"} <= after_vacuum.keys(), "VACUUM alone is not enough"

    swept = {each.place: each for each in sweep(admin, NOW)}
    left = files.places(*canary.needles, *sealed)
    assert left.keys() == {"backups"}
    assert swept.keys() == WINDOWS.keys()
    assert {place for place, each in swept.items() if each.state == "until"} == left.keys()
    assert swept["backups"].until == NOW + WINDOWS["backups"]
    assert files.places(CODE.encode()) == {}
    files.dump()
    assert files.places(*canary.needles) == {}, "the next backup has nothing of it"


def controlled(files, admin):
    """The detector of the server's log sees what is written there on purpose."""
    word = f"Kontrolli{secrets.token_hex(6)}"
    assert "server_log" not in files.places(word.encode())
    admin.execute("SET log_min_messages = log")
    admin.execute(f"DO $$ BEGIN RAISE LOG '{word}'; END $$")
    admin.execute("RESET log_min_messages")
    assert "server_log" in files.places(word.encode())


def test_what_somebody_still_sees_or_holds_is_left_and_told(world):
    from seloste.register.retention.tasks import sweep

    canary, files, admin = world
    canary.live()
    with administrator(canary.cluster) as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM register.subject")
        canary.erase()
        told = {each.place: each for each in sweep(admin, NOW, patience=0.2)}
        assert told["tables"].state == "until"
        assert f"process {reader.info.backend_pid} can still see" in told["tables"].why
        assert "tables" in files.places(*canary.needles)
    with administrator(canary.cluster) as holder:
        told = None

        def held(_done, _all):
            if holder.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
                holder.execute("BEGIN")
                holder.execute("LOCK TABLE register.subject IN ACCESS SHARE MODE")

        told = {each.place: each for each in sweep(admin, NOW, patience=0.2, progress=held)}
        assert told["tables"].why == "somebody held subject: sweep again"
        holder.execute("ROLLBACK")
    assert {each.place for each in sweep(admin, NOW) if each.state == "until"} == {"backups"}
    assert files.places(*canary.needles) == {}


def test_segments_that_are_used_again_are_told_and_do_carry_it_on(world):
    from seloste.register.retention.tasks import sweep

    canary, files, admin = world
    admin.execute("ALTER SYSTEM SET wal_recycle = on")
    admin.execute("SELECT pg_reload_conf()")
    try:
        with administrator(canary.cluster) as fresh:
            assert fresh.execute("SHOW wal_recycle").fetchone() == ("on",)
            canary.live()
            canary.erase()
            told = {each.place: each for each in sweep(fresh, NOW)}
            assert told["write_ahead_log"].state == "until"
            assert "wal_recycle is on" in told["write_ahead_log"].why
            fresh.execute("SELECT pg_switch_wal()")
            fresh.execute("CHECKPOINT")
            assert files.places(*canary.needles).keys() == {"write_ahead_log"}
    finally:
        admin.execute("ALTER SYSTEM SET wal_recycle = off")
        admin.execute("SELECT pg_reload_conf()")
    with administrator(canary.cluster) as fresh:
        assert fresh.execute("SHOW wal_recycle").fetchone() == ("off",)
        assert {each.place for each in sweep(fresh, NOW) if each.state == "until"} == {"backups"}
    assert files.places(*canary.needles) == {}
