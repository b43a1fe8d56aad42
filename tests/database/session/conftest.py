"""A database under a notice with a few purposes and people, and the look-up log of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest import governed
from database.people import administrator
from seloste.project import wiring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.project.database import Cluster

NOTICE = Path(__file__).with_name("notice.yaml")

WORLD = """
INSERT INTO register.staff (id, username, name, employer) OVERRIDING SYSTEM VALUE VALUES
  (1, 'aino', 'Aino', 'sahkolaitos'), (2, 'veli', 'Veli', 'vera'), (3, 'verkko', 'Verna', 'sahkoverkko'),
  (4, 'mikko', 'Mikko', 'sahkolaitos'), (5, 'lapsed', 'Lassi', 'sahkolaitos'), (6, 'contact', 'Ronja', 'sahkolaitos'),
  (7, 'graced', 'Greta', 'sahkolaitos');
INSERT INTO register.staff_role (staff_id, role, valid_from, valid_until) VALUES
  (1, 'clerk', now() - interval '1 year', NULL), (2, 'clerk', now() - interval '1 year', NULL),
  (3, 'clerk', now() - interval '1 year', NULL), (4, 'marketer', now() - interval '1 year', NULL),
  (4, 'clerk', now() - interval '1 year', now() - interval '1 day'), (5, 'clerk', now() - interval '1 year', NULL),
  (6, 'contact', now() - interval '1 year', NULL), (7, 'senior', now() - interval '1 year', NULL);
INSERT INTO register.training (staff_id, training, completed_at, valid_until) VALUES
  (1, 'privacy', now() - interval '3 years', now() - interval '2 years'), (1, 'privacy', now() - interval '1 day', now() + interval '1 year'),
  (2, 'privacy', now() - interval '1 day', now() + interval '1 year'), (3, 'privacy', now() - interval '1 day', now() + interval '1 year'),
  (5, 'privacy', now() - interval '2 years', now() - interval '1 day'),
  (7, 'privacy', now() - interval '1 day', now() + interval '1 year'), (7, 'law', now() - interval '2 years', now() - interval '1 day');
INSERT INTO register.subject (id, side, kind, given_names, family_name, organisation_name) OVERRIDING SYSTEM VALUE VALUES
  (1, 'sahkolaitos', 'person', 'Canary', 'Kanarialintu', NULL), (2, 'sahkolaitos', 'person', 'Other', 'Toinen', NULL),
  (3, 'sahkolaitos', 'person', 'Ban', 'Banned', NULL), (4, 'sahkolaitos', 'organisation', NULL, NULL, 'As Oy Kanaria'),
  (11, 'sahkoverkko', 'person', 'Canary', 'Kanarialintu', NULL);
SELECT setval('register.subject_id_seq', 1000);
INSERT INTO register.address (subject_id, kind, street, postcode, city, valid_from) VALUES
  (1, 'home', 'Kanariankatu 1', '33100', 'Tampere', now()), (1, 'postal', 'PL 1', '33101', 'Tampere', now()),
  (2, 'home', 'Toinentie 2', '33100', 'Tampere', now()), (11, 'home', 'Kanariankatu 1', '33100', 'Tampere', now());
INSERT INTO register.contact_point (subject_id, category, value, as_given, valid_from) VALUES
  (1, 'phone', '+358401234567', '040 1234567', now()), (1, 'email', 'canary@example.fi', 'Canary@example.fi', now()),
  (2, 'email', 'other@example.fi', 'other@example.fi', now());
INSERT INTO register.housing_form (subject_id, form) VALUES (1, 'detached');
INSERT INTO register.metering_point (id, side, gsrn, kind) OVERRIDING SYSTEM VALUE VALUES (1, 'sahkolaitos', '643007000000000001', 'sale');
INSERT INTO register.agreement (id, number, subject_id, side, controller, kind, metering_point_id) OVERRIDING SYSTEM VALUE VALUES
  (1, 'A1', 1, 'sahkolaitos', 'vera', 'sale', 1), (2, 'A2', 2, 'sahkolaitos', 'vera', 'sale', 1);
INSERT INTO register.agreement_party (agreement_id, subject_id, controller, valid_from) VALUES (1, 2, 'vera', now());
INSERT INTO register.representation (subject_id, organisation_id, role, valid_from) VALUES (1, 4, 'contact', now());
INSERT INTO register.ban (subject_id, channel, valid_from, notice_hash) VALUES (3, 'all', now(), 'x');
INSERT INTO register.case_file (id, subject_id, category, kind, opened_at, closed_at) OVERRIDING SYSTEM VALUE VALUES
  (1, NULL, 'interaction', 'call', now(), NULL), (2, NULL, 'interaction', 'call', now() - interval '1 day', now()),
  (3, 1, 'interaction', 'case', now(), NULL), (4, NULL, 'interaction', 'campaign', now(), NULL),
  (5, NULL, 'rights_request', 'request', now(), NULL), (6, NULL, 'interaction', 'case', now(), NULL);
"""


@pytest.fixture(scope="package")
def made(one_server) -> Iterator[Cluster]:
    """The database, made once."""
    with governed(one_server, NOTICE, "session") as cluster:
        with administrator(cluster) as admin:
            admin.execute(WORLD)
        yield cluster


@pytest.fixture(scope="module", autouse=True)
def cluster(made: Cluster) -> Cluster:
    """The database that sessions are acted on, whatever other tests acted on before."""
    wiring.configure(made)
    return made


class Models:
    """The models by name, imported when they are used: Django is set up by a fixture."""

    def __getattr__(self, name: str) -> Any:
        from seloste.register import models

        return getattr(models, name)


m = Models()


class Log:
    """The look-up log as the administrator reads it."""

    def __init__(self, cluster: Cluster) -> None:
        """Begins empty."""
        self.admin = administrator(cluster)
        self.clear()

    def clear(self) -> None:
        """Forgets what was logged."""
        self.admin.execute("TRUNCATE register.event, register.event_subject")

    def events(self) -> list[dict[str, Any]]:
        """Events in their order, each with its subjects."""
        cursor = self.admin.execute(
            "SELECT e.*, ARRAY(SELECT subject_id FROM register.event_subject s WHERE s.event_id = e.id ORDER BY 1) AS subjects"
            " FROM register.event e ORDER BY e.at, e.id"
        )
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def ways(self) -> list[tuple[str, list[int]]]:
        """Way and subjects of each event."""
        return [(event["way"], event["subjects"]) for event in self.events()]


@pytest.fixture
def log(cluster: Cluster) -> Iterator[Log]:
    """The look-up log, empty at first."""
    made = Log(cluster)
    yield made
    made.admin.close()
