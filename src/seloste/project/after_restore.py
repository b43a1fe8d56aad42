"""What is asked of a register that was restored: is the ledger as it was signed, do sealed values open."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seloste.register.protection.keys import KeyProvider

    from .database import Cluster

SEALED = (
    ("national_identifier", "ciphertext"),
    ("e_invoice_address", "ciphertext"),
    ("confirmation", "ciphertext"),
    ("confirmation", "document"),
)
"""Where sealed values stand."""
SEALED_BESIDE = ("source_claim", "source_correction")
"""Where what is said of sealed values stands, under the key of its subject and category."""
_SEALED = " UNION ALL ".join(
    f"SELECT v.side, k.kek_version::int, k.wrapped, v.subject_id, '{table}', '{column}', v.{column}"
    f" FROM register.{table} v JOIN register.data_key k ON k.id = v.data_key_id"
    for table, column in SEALED
) + "".join(
    f" UNION ALL SELECT v.side, coalesce(k.kek_version, 0)::int, coalesce(k.wrapped, ''), v.subject_id, '{table}',"
    f" 'ciphertext', v.ciphertext FROM register.{table} v LEFT JOIN register.data_key k"
    " ON k.subject_id = v.subject_id AND k.category = v.category WHERE v.ciphertext IS NOT NULL"
    for table in SEALED_BESIDE
)


def ledger(cluster: Cluster) -> Iterator[tuple[bool, str]]:
    """This will verify the ledger against the checkpoints and the public key that came with the backup.

    Shape: whether all is well, and why; a line for each finding.
    """
    from seloste.register.ledger import verifying
    from seloste.register.ledger.checkpoints import CheckpointsUnreadable, Exported
    from seloste.register.ledger.verifier import PublicKey, Unreadable

    pinned, exported = cluster.ledger_key.with_suffix(".pub"), Exported(cluster.checkpoints)
    with _administrator(cluster) as admin:
        if not pinned.exists():
            [(signed,)] = admin.execute("SELECT count(*) FROM register.checkpoint").fetchall()
            if signed or exported.path.exists():
                yield False, f"it was signed, and {pinned.name}, the public key, did not come with the backup"
            else:
                yield True, "nothing was sealed yet"
            return
        try:
            told = verifying.verify(admin, PublicKey.parse(pinned.read_text()), exported.read())
        except (CheckpointsUnreadable, Unreadable) as wrong:
            yield False, str(wrong)
            return
    for each in told["findings"]:
        yield False, f"{each['what']}: {each['told']}"
    if told["intact"]:
        yield (
            True,
            f"{told['size']} events are as they were signed, and {told['unsealed']} are not sealed yet",
        )


def keys(cluster: Cluster) -> Iterator[tuple[bool, str]]:
    """This will compare the keys with those that the register knows, and open every sealed value once.

    Where no file of keys is there, as they are kept apart, nothing is asked: a restore says so by itself.
    Shape: whether all is well, and why.
    """
    from seloste.register.protection import key_versions
    from seloste.register.protection.keys import FileKeys, KeysExposed, KeysMissing

    provider = FileKeys(cluster.key_file)
    if not cluster.key_file.exists():
        yield True, "there is no file of keys, so nothing was opened"
        return
    with _administrator(cluster) as admin:
        try:
            found = [each for each in key_versions.check(admin, provider) if not each.is_well]
        except (KeysExposed, KeysMissing) as wrong:
            yield False, str(wrong)
            return
        for each in found:
            yield False, f"version {each.version} of {each.name} is {each.key}; {each.used} stand under it"
        opened = _opened(admin, provider)
    if opened["refused"]:
        yield False, f"{opened['refused']} sealed values do not open"
    elif not found:
        yield True, f"{opened['open']} sealed values open"


def _opened(admin: psycopg.Connection[Any], provider: KeyProvider) -> Counter[str]:
    """Opens each sealed value and keeps none of it."""
    from seloste.register.protection.keys import KeysMissing, WrongKey, kek
    from seloste.register.protection.sealing import NotReadable, Place, opened

    told: Counter[str] = Counter()
    with admin.transaction(), admin.cursor("sealed") as rows:
        for side, version, wrapped, subject, table, column, ciphertext in rows.execute(_SEALED):
            try:
                key = provider.unwrap(kek(side), version, bytes(wrapped))
                opened(bytes(ciphertext), key, Place(table, column, subject))
            except (KeysMissing, WrongKey, NotReadable):
                told["refused"] += 1
            else:
                told["open"] += 1
    return told


def _administrator(cluster: Cluster) -> psycopg.Connection[Any]:
    return psycopg.connect(
        make_conninfo(cluster.admin_dsn(), dbname=cluster.database),
        autocommit=True,
        options="-c search_path=register,pg_temp -c TimeZone=UTC",
    )
