"""How Django meets the database: set up once, and migrated as the owner."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import django
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg.conninfo import conninfo_to_dict

from seloste.project import after_restore, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from seloste.project.database import Cluster
    from seloste.register.protection.alarms import MailServer

AFTER_RESTORE: dict[str, Callable[[Cluster], Iterable[tuple[bool, str]]]] = {
    "ledger": after_restore.ledger,
    "keys": after_restore.keys,
}
"""What else is asked of a register that was restored, by name; each answers whether all is well, and why."""

BY_HAND = {
    "agreement": "`seloste agreement end`, `cancel` or `change`, which tell the customer too",
    "metering_point": "`seloste agreement cancel` and `open` at the right point",
    "receivable": "`seloste receivable pay`, `dispute`, `reopen` or `write-off`; another amount is brought by its master",
}
"""What is done by hand of what a system says and no single value writes, by the table that holds it."""

SEARCH_PATH = "-c search_path=register,pg_temp"
OWNER = "owner"


def configure(cluster: Cluster) -> None:
    """This will set up Django with the housekeeping login as `default`, or point it to another database.

    Logins of purposes are connected by `acting`, from the policy that is applied.
    """
    housekeeping = database(cluster.dsn(cluster.role("housekeeping")))
    _set_up()
    connect(DEFAULT_DB_ALIAS, {**housekeeping, "ENGINE": settings.BACKEND})
    # imported late: the backend wants Django's settings
    from seloste.register.agreements import findable as agreements
    from seloste.register.agreements import port as cancelled
    from seloste.register.agreements.sink import AgreementSink
    from seloste.register.billing import findable as billing
    from seloste.register.billing.dependents import Receivables
    from seloste.register.billing.sink import BillingSink
    from seloste.register.interactions.dependents import Contacts, Tasks
    from seloste.register.lawfulness.operations import keep_closed
    from seloste.register.lawfulness.sink import BanSink
    from seloste.register.protection import alarms, keys
    from seloste.register.protection.backend import logins, pool
    from seloste.register.sources import resolving
    from seloste.register.sources.port import receive_with
    from seloste.register.subjects import findable as subjects
    from seloste.register.subjects import port, taking
    from seloste.register.subjects.sink import SubjectSink
    from seloste.register.subjects.tokens import TokenSink

    pool.connect_through(cluster)
    keys.provide(keys.FileKeys(cluster.key_file))
    port.tell(keep_closed)
    receive_with(SubjectSink(), AgreementSink(), BillingSink(), BanSink(), TokenSink())
    resolving.resolve_with([taking.write], _ask_customer, BY_HAND)
    port.find_by(*subjects.WAYS, *agreements.WAYS, *billing.WAYS)
    cancelled.ask(Receivables(), Contacts(), Tasks())
    logins.forget()
    alarms.post = _mail_server(os.environ.get("SELOSTE_MAIL"))


def _ask_customer(subject_id: int, *, at: datetime) -> str:
    """A task about a customer, for whoever meets them next."""
    from seloste.register.interactions.operations import open_case

    return f"task:{open_case('task', 'interaction', at=at, subject_id=subject_id).pk}"


def _mail_server(told: str | None) -> MailServer | None:
    """The server of `smtp://HOST:PORT/SENDER`, or of `smtp+starttls://...`."""
    from seloste.register.protection.alarms import MailServer

    if not told:
        return None
    url = urlsplit(told)
    sender = url.path.strip("/")
    if not url.hostname or "@" not in sender or url.scheme not in {"smtp", "smtp+starttls"}:
        raise ImproperlyConfigured(
            "SELOSTE_MAIL is smtp://HOST:PORT/SENDER, or smtp+starttls://HOST:PORT/SENDER"
        )
    return MailServer(url.hostname, url.port or 25, sender, starttls=url.scheme.endswith("starttls"))


_run: list[tuple[str, Any]] = []
"""The statements that made the tables of an empty database in this process, to be run again for the next one."""


def migrate(owner_dsn: str, upto: list[tuple[str, str]] | None = None) -> None:
    """This will create or bring up to date the tables of the register, as their owner.

    The schema is made if it is missing; `btree_gist` must have been installed. `upto`: the
    migrations to stop at, by app and name. To work out the statements takes four times as long as to run them, so
    that another empty database gets those of the first.
    Raises: KeyError when this program does not know one of them.
    """
    _set_up()
    connect(OWNER, database(owner_dsn))
    connection = connections[OWNER]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'register'")
            if not cursor.fetchone():
                cursor.execute("CREATE SCHEMA register")
            cursor.execute("SELECT to_regclass('register.django_migrations') IS NULL")
            is_empty = cursor.fetchone()[0]
        if is_empty and upto is None and _run:
            with transaction.atomic(using=OWNER), connection.cursor() as cursor:
                for sql, params in _run:
                    cursor.execute(sql, params)
            return
        executor = MigrationExecutor(connection)
        if upto is not None and (strange := set(upto) - set(executor.loader.disk_migrations or ())):
            raise KeyError(*sorted(strange))
        ran: list[tuple[str, Any]] = []
        with connection.execute_wrapper(partial(_remember, ran)):
            executor.migrate(upto or executor.loader.graph.leaf_nodes())
        if is_empty and upto is None:
            _run[:] = ran
    finally:
        connection.close()
        del connections[OWNER], connections.databases[OWNER]


def _remember(ran: list[tuple[str, Any]], execute: Any, sql: str, params: Any, *rest: Any) -> Any:
    if not sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE")):
        ran.append((sql, params))
    return execute(sql, params, *rest)


def database(dsn: str) -> dict[str, Any]:
    """This will express a connection string as an entry of Django's `DATABASES`."""
    parts = conninfo_to_dict(dsn)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {"options": SEARCH_PATH, **parts},
    }


def connect(alias: str, how: dict[str, Any]) -> None:
    """Lets an alias lead here, wherever it led before."""
    if alias in connections:
        connections[alias].close()
        del connections[alias]
    known = connections.configure_settings({DEFAULT_DB_ALIAS: {}, alias: how})
    connections.databases[alias] = known[alias]


def _set_up() -> None:
    if django_settings.configured:
        return
    named = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    django_settings.configure(DATABASES={}, **named)
    django.setup()
