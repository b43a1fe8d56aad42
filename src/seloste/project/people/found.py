"""By what made-up people are found: of the rows that were made of them, before these have keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from seloste.project.people.tables import Side
    from seloste.register.subjects.tokens import Row, Value


def found(side: Side, first: int, categories: Collection[str]) -> list[Row]:
    """This will write what the subjects of a side are found by, in some categories; `first` is the key of the first."""
    # imported late: models want Django's settings
    from seloste.register.subjects.tokens import rows

    return [row for row in dict.fromkeys(rows(_values(side, first))) if row[1] in categories]


def _values(side: Side, first: int) -> Iterator[Value]:
    from seloste.register.subjects.tokens import Value

    rows = side.rows
    for key, _, _, given, family, organisation, *_ in rows["subject"]:
        if given or family or organisation:
            yield Value(first + key, "name", (given, family, organisation))
            yield Value(first + key, "customer", (str(first + key),))
    for subject, kind, value, *_ in rows["contact_point"]:
        yield Value(first + subject, kind, (value,))
    for subject, _, street, postcode, city, *_ in rows["address"]:
        yield Value(first + subject, "address", (street, postcode, city))
    for subject, _, code in rows["business_id"]:
        yield Value(first + subject, "business_id", (code,))
    for agreement in rows["agreement"]:
        yield from _held(side, agreement, first + agreement[2])
    for key, subject, *_ in rows["agreement_party"]:
        yield from _held(side, rows["agreement"][key], first + subject)
    for number, subject, controller, *_ in rows["receivable"]:
        yield Value(first + subject, "invoice", (number,), controller)


def _held(side: Side, agreement: tuple[Any, ...], subject: int) -> Iterator[Value]:
    from seloste.register.subjects.tokens import Value

    _, number, _, _, controller, _, point = agreement
    yield Value(subject, "agreement", (number,), controller)
    if point is not None:
        _, _, gsrn, number, _ = side.rows["metering_point"][point]
        yield Value(subject, "gsrn" if gsrn else "point", (gsrn or number,), controller)
