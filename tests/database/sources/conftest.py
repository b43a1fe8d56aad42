"""A register under the example's notice, a mapping of customers, and files written as a source would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from conftest import EXAMPLES, governed
from seloste.notice import read_notice

NOTICE = EXAMPLES / "tampereen-sahkolaitos" / "2026.yaml"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAPPING = Path(__file__).with_name("generis.yaml")
HEADER = "Asiakas;Laji;Etunimet;Sukunimi;Yritys;Y-tunnus;Hetu;Katu;Postinro;Paikka;Puhelin;Posti;Kielto;Sopimus;Alkaa;Loppuu;GSRN;Lasku;Summa;Eräpäivä;Tila;Viite;Tuote;Maksettu;Muistutettu"
COLUMNS = HEADER.split(";")


def row(key, **cells):
    """A line of the feed: a person by default, with what is told of them."""
    told = {"Asiakas": str(key), "Laji": "H", "Etunimet": "Aino", "Sukunimi": "Esimerkki"}
    told |= {name.replace("_", "-"): text for name, text in cells.items()}
    assert told.keys() <= set(COLUMNS)
    return ";".join(told.get(name, "") for name in COLUMNS)


def gsrn(number):
    """A GSRN that checks."""
    from stdnum import ean

    digits = f"6430{number:013}"
    return digits + ean.calc_check_digit(digits)


def hetu(number):
    """An artificial identity code: an individual number of 900-999."""
    from seloste.kernel.identifiers import hetu_check

    born = f"{number % 28 + 1:02}{number // 28 % 12 + 1:02}{number // 336 % 90:02}"
    individual = f"{900 + number % 100}"
    return f"{born}-{individual}{hetu_check(born + individual)}"


@dataclass
class Register:
    """The register, its administrator, and how to pull a file into it."""

    cluster: object
    admin: psycopg.Connection
    folder: Path
    task: str
    numbers: int = 0

    def session(self, company="vera"):
        from contextlib import contextmanager

        from seloste.register.protection.session import acting

        @contextmanager
        def opened():
            with acting(f"data_engineer.{company}", "upkeep", self.task) as session:
                yield session

        return opened

    def how(self, at=AT, company="vera", progress=lambda _done, _all: None):
        from seloste.register.sources.tasks import Acting

        side = "sahkoverkko" if company == "sahkoverkko" else "sahkolaitos"
        return Acting(side, self.session(company), at, progress)

    def write(self, *lines, header=HEADER):
        self.numbers += 1
        path = self.folder / f"{self.numbers}.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    def mapping(self, system):
        """The same feed of another system."""
        path = self.folder / f"{system}.yaml"
        path.write_text(MAPPING.read_text().replace("system: generis", f"system: {system}"))
        return path

    def source(self, path=None, mapping=MAPPING):
        from seloste.connectors.files.mapping import read_mapping
        from seloste.connectors.files.source import FileSource
        from seloste.register.sources.port import takes

        return FileSource(read_mapping(mapping, takes()), takes(), {"customers": path} if path else {})

    def pull(self, *lines, at=AT, company="vera", mapping=MAPPING):
        from seloste.register.sources import tasks

        source = self.source(self.write(*lines), mapping)
        return tasks.pull(source, "customers", self.how(at, company))

    def erase(self, subject, retention):
        """Erases a class of somebody, as the register contact does."""
        from seloste.interfaces.cli.retention import held
        from seloste.register.protection.session import acting
        from seloste.register.retention.operations import erase

        [(request,)] = self.all(
            "INSERT INTO register.case_file (category, kind, opened_at)"
            " VALUES ('rights_request', 'request', now()) RETURNING id"
        )
        with acting("register_contact.vera", "rights", f"request:{request}") as session:
            erase(subject, retention, held(session, retention), at=AT)

    def all(self, sql, *values):
        return self.admin.execute(sql, values).fetchall()

    def one(self, sql, *values):
        found = self.admin.execute(sql, values).fetchone()
        return found[0] if found else None

    def subject(self, key, side="sahkolaitos", system="generis"):
        return self.one(
            "SELECT subject_id FROM register.source_identity WHERE side = %s AND system = %s AND source_key = %s",
            side,
            system,
            str(key),
        )


@pytest.fixture(scope="session")
def register(one_server, tmp_path_factory):
    from seloste.project import populate, wiring
    from seloste.register.protection.key_versions import make
    from seloste.register.protection.keys import provided

    notice = read_notice(NOTICE)
    with governed(one_server, notice, "src") as cluster:
        wiring.configure(cluster)
        dsn = psycopg.conninfo.make_conninfo(cluster.admin_dsn(), dbname=cluster.database)
        with psycopg.connect(dsn, autocommit=True) as admin:
            make(admin, provided(), notice.sides())
            populate.hire(admin, notice, datetime.now(UTC).date())
            [(task,)] = admin.execute(
                "INSERT INTO register.case_file (category, kind, opened_at) VALUES ('interaction', 'task', now()) RETURNING id"
            ).fetchall()
            yield Register(cluster, admin, tmp_path_factory.mktemp("files"), f"task:{task}")


@pytest.fixture(autouse=True)
def _everybody_is_found(register):
    """Whatever an import did or took back: everybody is found by what stands in their rows, and by nothing else."""
    from seloste.register.subjects.tasks import compare

    yield
    compared = compare(register.admin)
    assert compared.is_whole, (dict(compared.missing), dict(compared.left))


@pytest.fixture
def generis_names(monkeypatch):
    """As if the notice said that Generis is the master of names and addresses."""
    from seloste.register.sources import standings

    def declared(term):
        told = real(term)
        if term != "categories":
            return told
        return told | {name: {**told[name], "master": "generis"} for name in ("name", "address")}

    real = standings.declared
    monkeypatch.setattr(standings, "declared", declared)
