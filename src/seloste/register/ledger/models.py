"""Events and who they concern: keys and never a name or a value."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Fact(models.Model):
    """A row that decides something: known from `recorded_at` until `superseded_at`.

    It is never overwritten. A change supersedes the row and inserts what is known now; the
    database refuses any other update, and both moments are the server's.
    """

    recorded_at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


def holds_until(since: str = "valid_from", until: str = "valid_until") -> Q:
    """The condition that a period `[since, until)` does not end before it begins."""
    return Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gte": F(since)})


class Period(models.Func):
    """The half-open range of two moments."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


def one_of(field: str, *known: str, optional: bool = False) -> Q:
    """The condition that a column holds one of the words; `optional`: or nothing."""
    condition = Q(**{f"{field}__in": known})
    return condition | Q(**{f"{field}__isnull": True}) if optional else condition


def check(table: str, name: str, condition: Q | models.Func) -> models.CheckConstraint:
    """A check constraint under a name that an operator can read."""
    return models.CheckConstraint(name=f"{table}_{name}", condition=condition)


def subject_index(table: str, *more: str) -> models.Index:
    """The index of a foreign key to the subject: without one an erasure takes minutes."""
    return models.Index(name=f"{table}_subject", fields=["subject", *more])


def to_subject(**options: Any) -> Any:
    """A foreign key to the subject; the database acts on nothing when a subject goes."""
    return key_to("Subject", **options)


def key_to(model: str, **options: Any) -> Any:
    """A foreign key that Django's collector never follows; its index is declared by the table.

    The constraint is deferred to the commit, as Django makes them.
    """
    return models.ForeignKey(
        f"register.{model}",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        **options,
    )


class RandomBits(models.Func):
    """128 random bits, made by the database where the writer brings none, so that nobody can leave them out.

    A random UUID has six bits that are fixed; two of them hashed have none.
    """

    template = "substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FOR 16)"
    output_field = models.BinaryField()


class IsFinite(models.Func):
    """Whether a moment is one: an event at infinity would never end, and always be the last."""

    function = "isfinite"
    output_field = models.BooleanField()


class Event(models.Model):
    """Something that happened: who acted, for what, and how many people it concerned.

    Its body goes when its retention class ends, and `salt` with it, so that the hash that stays in
    the tree cannot be guessed back. Without a class it stays.
    """

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    kind = models.TextField()
    actor = models.TextField()
    role = models.TextField()
    login = models.TextField()
    channel = models.TextField(null=True)
    reason = models.TextField(null=True)
    categories = ArrayField(models.TextField())
    way = models.TextField()
    count = models.IntegerField()
    notice_hash = models.TextField()
    break_glass = models.BooleanField(db_default=False)
    retention_class = models.TextField(null=True)
    salt = models.BinaryField(db_default=RandomBits())

    class Meta:
        db_table = "event"
        constraints = [
            check("event", "way", one_of("way", "opened", "listed", "counted", "verdict", "operation")),
            check("event", "finite", IsFinite(F("at"))),
            check("event", "count", Q(count__gte=0)),
        ]
        indexes = [models.Index(name="event_at", fields=["at"])]


class EventSubject(models.Model):
    """One of the people an event concerns.

    No foreign keys. Evidence outlives the subject, and the log's own connection would wait for
    the transaction that it records; event and members are one statement, and checking each
    member's event cost 32 ms for 1,000 of them against 4 ms.
    """

    pk = models.CompositePrimaryKey("subject_id", "event_id")
    subject_id = models.BigIntegerField()
    event = key_to("Event", db_constraint=False)

    class Meta:
        db_table = "event_subject"
        indexes = [models.Index(name="event_subject_event", fields=["event"])]


class Leaf(models.Model):
    """An event's place in the ledger, given by the sealer to what was committed.

    `nodes` are the hashes of the subtrees that this leaf completes, 32 bytes each, the smallest first:
    so every node is found by its last leaf, and a proof reads one row a node. No foreign key: the hash stays
    when the event's body goes.
    """

    index = models.BigIntegerField(primary_key=True)
    event = key_to("Event", db_constraint=False)
    hash = models.BinaryField()
    nodes = models.BinaryField()

    class Meta:
        db_table = "ledger_leaf"
        constraints = [
            models.UniqueConstraint(name="ledger_leaf_event", fields=["event"]),
            check("ledger_leaf", "index", Q(index__gte=0)),
        ]


class Checkpoint(models.Model):
    """What the sealer signed: how many leaves there were, and their root. `note` is the signed text."""

    number = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField()
    at = models.DateTimeField()
    key_id = models.TextField()
    note = models.TextField()

    class Meta:
        db_table = "checkpoint"
        constraints = [check("checkpoint", "number", Q(number__gte=0, size__gte=0))]


class Disposal(models.Model):
    """A place of the tree whose body a rule ended, and the event that says so."""

    index = models.BigIntegerField(primary_key=True)
    event = key_to("Event", db_constraint=False)

    class Meta:
        db_table = "ledger_disposal"
        indexes = [models.Index(name="ledger_disposal_event", fields=["event"])]
