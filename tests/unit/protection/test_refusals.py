"""Errors say which rule refused and never which value."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, utils

from seloste.register.protection.refusals import (
    Contended,
    NotInPurpose,
    OutlivedSession,
    told,
    without_values,
)

CANARY = "Kanarialintu"


def error(kind, state, **fields):
    """A psycopg error as the server would have made it."""
    codes = {"primary": b"M", "detail": b"D", "table": b"t", "column": b"c", "constraint": b"n"}
    info = {psycopg.pq.DiagnosticField(ord(codes[k])): v.encode() for k, v in fields.items()}
    info[psycopg.pq.DiagnosticField.SQLSTATE] = state.encode()
    made = kind(f"it said {CANARY}", info=info)
    made.sqlstate = state
    return made


@pytest.mark.parametrize(
    ("state", "kind", "expected"),
    [
        ("23505", psycopg.errors.UniqueViolation, IntegrityError),
        ("23514", psycopg.errors.CheckViolation, IntegrityError),
        ("23P01", psycopg.errors.ExclusionViolation, IntegrityError),
        ("22P02", psycopg.errors.InvalidTextRepresentation, DataError),
        ("57014", psycopg.errors.QueryCanceled, OperationalError),
        ("40P01", psycopg.errors.DeadlockDetected, Contended),
        ("40001", psycopg.errors.SerializationFailure, Contended),
        ("42601", psycopg.errors.SyntaxError, utils.ProgrammingError),
        ("42501", psycopg.errors.InsufficientPrivilege, NotInPurpose),
    ],
)
def test_what_kind_of_error(state, kind, expected):
    original = error(
        kind, state, detail=f"Key (value)=({CANARY})", table="contact_point", constraint="c_value"
    )
    said = told(original)
    assert type(said) is expected
    assert said.sqlstate == state
    assert CANARY not in str(said)
    assert CANARY not in str(original.args)
    assert original.diag.message_detail is None


def test_names_of_the_schema_are_kept():
    said = told(
        error(
            psycopg.errors.UniqueViolation, "23505", table="subject", column="id", constraint="subject_pkey"
        )
    )
    assert str(said) == "UniqueViolation (23505): constraint subject_pkey, table subject, column id"


@pytest.mark.parametrize("state", ["42501", "P0001", "SEL01"])
def test_what_our_own_functions_say_is_kept(state):
    said = told(error(psycopg.errors.RaiseException, state, primary="another notice is in force"))
    assert "another notice is in force" in str(said)


def test_an_error_without_a_server():
    assert "cannot be sent" in str(told(psycopg.DataError(f"{CANARY} contains NUL")))
    assert "connection" in str(told(psycopg.OperationalError(f"role {CANARY}")))
    assert CANARY not in str(told(psycopg.OperationalError(f"role {CANARY}")))


def test_frames_are_emptied():
    def inner(name):
        raise RuntimeError

    def outer(name):
        try:
            inner(name)
        except RuntimeError as failed:
            raise ValueError from failed

    with pytest.raises(ValueError) as failed:
        outer(CANARY)
    without_values(failed.value)
    for raised in (failed.value, failed.value.__cause__):
        trace = raised.__traceback__
        while trace:
            if trace.tb_frame.f_code.co_name in {"inner", "outer"}:
                assert CANARY not in trace.tb_frame.f_locals.values()
            trace = trace.tb_next


def test_an_alias_that_is_gone_says_what_to_do():
    assert "inside acting" in str(OutlivedSession("The connection 'x#1' doesn't exist."))
