"""A few unmistakable people, put into a governed database as a purpose does it: upkeep of the register."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from seloste.project.database import Cluster

PATH = "-c search_path=register,pg_temp"
SIDES = {"sahkolaitos": "sale", "sahkoverkko": "network"}


def login(cluster: Cluster, name: str, **options: object) -> psycopg.Connection:
    """A raw connection of a purpose's login, or of a fixed role; one of emergencies is opened."""
    dsn = cluster.dsn(cluster.role(name))
    connection = psycopg.connect(dsn, autocommit=True, **{"options": PATH, **options})
    if name.startswith("emergency@"):
        connection.execute("SELECT set_config('seloste.opening', %s, false)", [_opening(cluster, name)])
    return connection


_openings: dict[tuple[str, str], str] = {}


def _opening(cluster: Cluster, name: str) -> str:
    """An opening of a login of emergencies, as if somebody had just opened it; one a database."""
    if found := _openings.get((cluster.database, name)):
        return found
    with administrator(cluster) as admin:
        row = admin.execute(
            "WITH s AS (INSERT INTO register.staff (username, name, employer) VALUES (%s, 'X', 'x') RETURNING id)"
            " INSERT INTO register.break_glass (id, staff_id, controller, login, ground, reason, notice_hash, review_by)"
            " SELECT gen_random_uuid(), id, %s, %s, 'x', 'x', 'x', now() FROM s RETURNING id::text",
            [f"opener of {name}", name.partition("@")[2], name],
        ).fetchone()
    assert row
    return _openings.setdefault((cluster.database, name), row[0])


def administrator(cluster: Cluster, dbname: str | None = None, **options: object) -> psycopg.Connection:
    """The administrator, in the register's database; sees through row security."""
    dsn = make_conninfo(cluster.admin_dsn(), dbname=dbname or cluster.database)
    return psycopg.connect(dsn, autocommit=True, **options)


def purposes(cluster: Cluster) -> list[str]:
    """Every purpose login of the notice in force."""
    with login(cluster, "housekeeping") as keeper:
        return [name for (name,) in keeper.execute("SELECT login FROM policy.login ORDER BY login")]


@dataclass
class Person:
    """Somebody whose every value carries the same tag."""

    id: int
    side: str
    tag: str
    phone: str
    agreement: int
    point: int
    secrets: dict[str, list[str]] = field(default_factory=dict)
    """Words by category that give this person away."""


def person(cluster: Cluster, side: str, tag: str) -> Person:
    """A person with an agreement, ways to be reached, a debt, an identifier and a case; nothing is hidden."""
    digits = f"{sum(tag.encode()) * 7919 % 10**7:07d}"
    phone, gsrn = f"+35899{digits}", f"64300757{digits}999"[:18].ljust(18, "0")
    words = {
        "given": f"Etu{tag}", "family": f"Suku{tag}", "street": f"Katu{tag} 1", "email": f"{tag.lower()}@posti.example",
        "number": f"SOP-{tag}", "bill": f"LASKU-{tag}", "hetu": f"hetu-{tag}",
    }  # fmt: skip
    with login(cluster, f"upkeep@{side}") as upkeep, upkeep.transaction():

        def add(table: str, **row: object) -> None:
            columns, values = ", ".join(row), ", ".join(["%s"] * len(row))
            upkeep.execute(f"INSERT INTO {table} ({columns}) VALUES ({values})", list(row.values()))

        key, point, agreement, data_key = (
            upkeep.execute("SELECT policy.reserve(%s, 1)", [table]).fetchone()[0]
            for table in ("subject", "metering_point", "agreement", "data_key")
        )
        kind = SIDES[side]
        add(
            "subject",
            id=key,
            side=side,
            kind="person",
            given_names=words["given"],
            family_name=words["family"],
        )
        add("metering_point", id=point, side=side, gsrn=gsrn, kind=kind)
        add(
            "agreement",
            id=agreement,
            number=words["number"],
            subject_id=key,
            side=side,
            controller=side,
            kind=kind,
            metering_point_id=point,
        )
        add("agreement_period", agreement_id=agreement, subject_id=key, controller=side, kind=kind, metering_point_id=point,
            requested_at="2025-01-01Z", valid_from="2025-02-01Z")  # fmt: skip
        since = {"subject_id": key, "valid_from": "2025-01-01Z"}
        add("address", kind="home", street=words["street"], postcode="33100", city=f"Kaupunki{tag}", **since)
        add("contact_point", category="phone", value=phone, as_given=phone, **since)
        add("contact_point", category="email", value=words["email"], as_given=words["email"], **since)
        add(
            "data_key",
            id=data_key,
            subject_id=key,
            category="hetu",
            wrapped=f"avain-{tag}".encode(),
            kek_version=1,
        )
        add(
            "national_identifier",
            subject_id=key,
            side=side,
            data_key_id=data_key,
            ciphertext=words["hetu"].encode(),
            blind_index=f"bi-{tag}".encode(),
        )
        add("housing_form", subject_id=key, form="flat")
        add(
            "receivable",
            number=words["bill"],
            controller=side,
            agreement_id=agreement,
            amount_cents=4200,
            due_at="2025-06-01Z",
            state="open",
            **since,
        )
        add(
            "consent",
            subject_id=key,
            purpose="direct_marketing",
            wording="marketing_2026",
            given_at="2025-01-01Z",
            proof=f"todiste{tag}",
            notice_hash="x",
        )
        add(
            "consent",
            subject_id=key,
            purpose="profiling",
            wording="profiling_2026",
            given_at="2025-01-01Z",
            proof=f"todiste{tag}",
            notice_hash="x",
        )
        add("case_file", subject_id=key, category="interaction", kind="call", opened_at="2025-01-01Z")
    secrets = {
        "name": [words["given"], words["family"]],
        "address": [words["street"], f"Kaupunki{tag}"],
        "phone": [phone, phone[1:]],
        "email": [words["email"]],
        "hetu": [words["hetu"], words["hetu"].encode().hex(), f"bi-{tag}", f"bi-{tag}".encode().hex()],
        "agreements": [words["number"]],
        "metering_points": [gsrn],
        "receivables": [words["bill"]],
        "consents": [f"todiste{tag}"],
    }
    return Person(key, side, tag, phone, agreement, point, secrets)


def restrict(
    cluster: Cluster, someone: Person, *, categories: tuple[str, ...] = (), since: str = "1 hour"
) -> None:
    """Their processing is restricted: as a whole, or in some categories."""
    with login(cluster, "rights@all") as rights:
        rights.execute(
            "INSERT INTO restriction (subject_id, categories, purposes, valid_from) VALUES (%s, %s, '{}', now() - %s::interval)",
            [someone.id, list(categories), since],
        )
