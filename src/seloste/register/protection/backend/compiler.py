"""SQL compilers of a purpose: they name only what it may name, and record before they let out.

What PostgreSQL refuses is not judged here a second time: a hidden column is left out of the
default columns (so it is deferred), and touching it is refused by the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.postgresql import compiler as postgresql
from django.db.models import Field
from django.db.models.expressions import DatabaseDefault, Func, Value
from django.db.models.lookups import In
from django.db.models.sql.constants import (
    CURSOR,
    GET_ITERATOR_CHUNK_SIZE,
    MULTI,
    NO_RESULTS,
    ROW_COUNT,
    SINGLE,
)

from seloste.register.protection.backend.aggregates import FEWEST, in_query
from seloste.register.protection.backend.gate import run
from seloste.register.protection.backend.letting_out import let_out, let_out_count, let_out_touched
from seloste.register.protection.backend.reading import (
    Reading,
    Study,
    column,
    counts,
    key_field,
    refuse,
    vet,
    walk,
)
from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.db.models.sql.query import Query

    from seloste.register.protection.backend.purpose import PurposeConnection

    Base = postgresql.SQLCompiler
else:
    Base = object

Row = tuple[Any, ...]
MANY = 100


@dataclass(frozen=True)
class Streamed:
    """A query that is to be read through a cursor on the server, and what is let out of its rows."""

    sql: str
    params: tuple[Any, ...]
    reading: Reading
    let_out: Callable[[Sequence[Row]], Iterator[Row]]
    """Cuts off what was not asked for, and makes the values Python's."""


class Recording(Base):
    """What the compilers of SELECT, UPDATE and DELETE have in common."""

    connection: PurposeConnection
    reading: Reading | None = None
    asks_existence = False

    def execute_sql(
        self,
        result_type: str | None = MULTI,
        chunked_fetch: bool = False,
        chunk_size: int = GET_ITERATOR_CHUNK_SIZE,
    ) -> Any:
        """This will run the query, record whose rows it found, and let them out.

        Raises: NotInPurpose, NotRecorded.
        """
        result_type = result_type or NO_RESULTS
        self.reading = Reading()
        try:
            sql, params = self.as_sql()
        except EmptyResultSet:
            sql = ""
        if not sql:
            return iter([]) if result_type == MULTI else None
        if result_type == CURSOR:
            self.connection.cursor()  # refuses
        cursor = run(self.connection.session, sql, params)
        if result_type in {ROW_COUNT, NO_RESULTS}:
            let_out_touched(self.connection.session, cursor, self.reading)
            return cursor.rowcount
        if self.asks_existence or self.reading.aggregate or self.counting():
            return let_out_count(self.connection.session, cursor, self.reading, self._few())
        rows = let_out(self.connection.session, cursor, self.reading, chunk_size if chunked_fetch else None)
        width = self.col_count
        if result_type == SINGLE:
            found = next(chain.from_iterable(rows), None)
            return found and found[:width]
        blocks = ([row[:width] for row in block] for block in rows)
        return blocks if chunked_fetch else list(blocks)

    def _few(self) -> set[int]:
        """Whom a count or an existence is about, while they are few: a number of few is an answer about each."""
        asked = self.reading.counted if self.reading else None
        if asked is None:
            return set()
        try:
            sql, params = asked.get_compiler(connection=self.connection).as_sql()
        except EmptyResultSet:
            return set()
        rows = run(self.connection.session, sql, params).fetchall()
        subjects = {key for row in rows for key in row} - {None}
        return subjects if len(subjects) < FEWEST else set()

    def has_results(self) -> bool:
        """This will ask whether there is any row; recorded as counted."""
        self.asks_existence = True
        return bool(self.execute_sql(SINGLE))

    def counting(self) -> bool:
        """Whether all that comes out is a number of rows."""
        query = self.query
        return (
            not query.group_by
            and not query.default_cols
            and not query.select
            and counts(query.annotation_select.values())
        )

    def explain_query(self) -> Iterator[str]:
        """Estimates tell how common a value is among rows that the purpose may not see."""
        raise NotInPurpose("EXPLAIN is refused on a purpose's connection")


@Field.register_lookup
class Among(In):
    """One of many values, told as one array: a parameter each, 2,000 of them took longer to write down than to find."""

    def as_postgresql(self, compiler: postgresql.SQLCompiler, connection: Any) -> tuple[str, Any]:
        """This will write the condition."""
        rhs = self.rhs if self.rhs_is_direct_value() else ()
        if len(rhs) < MANY or not {type(value) for value in rhs} <= {int, str}:
            return super().as_sql(compiler, connection)
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*params, list(rhs)]


class SQLCompiler(Recording, postgresql.SQLCompiler):
    """SELECT."""

    def streamed(self) -> Streamed:
        """This will compile the query for a cursor that stays on the server; nothing is sent.

        Raises: NotInPurpose, when a row is about more than one subject.
        """
        self.reading = Reading()
        sql, params = self.as_sql()
        if len(self.reading.keys) != 1:
            raise refuse("rows about more than one subject each")
        width = self.col_count
        converters = self.get_converters([expression for expression, _, _ in self.select[:width]])

        def let_out(rows: Sequence[Row]) -> Iterator[Row]:
            asked = (row[:width] for row in rows)
            return map(tuple, self.apply_converters(asked, converters)) if converters else asked

        return Streamed(sql, params, self.reading, let_out)

    def get_default_columns(
        self, select_mask: Any, start_alias: str | None = None, opts: Any = None, from_parent: Any = None
    ) -> list[Any]:
        """The columns of a model that the purpose may read; those named by only(), and the subject's key."""
        columns: list[Any] = super().get_default_columns(select_mask, start_alias, opts, from_parent)
        if not columns:
            return columns
        table = columns[0].target.model._meta.db_table
        _, defer = self.query.deferred_loading
        if defer:
            readable = self.connection.session.login.may("select", table)
            return [c for c in columns if c.target.column in readable] or columns
        key = key_field(table)
        if key and all(c.target != key for c in columns):
            columns.append(key.get_col(columns[0].alias))
            # Model.from_db() takes values in the order of the model's fields
            columns.sort(key=lambda c: c.target)
        return columns

    def get_extra_select(self, order_by: Any, select: Any) -> list[Any]:
        """Adds the keys of subjects that the rows are about and the query did not ask for."""
        extra: list[Any] = super().get_extra_select(order_by, select)
        if self.reading is None:  # compiled into another query, which looks into it
            return extra
        study = Study(self.query)
        chosen = [expression for expression, _, _ in select]
        study.look([*chosen, *(expression for expression, _ in order_by)])
        reading = self.reading
        reading.columns, reading.pinned = study.columns, study.pinned
        reading.aggregate = in_query(self.query)
        if self.asks_existence or reading.aggregate or self.counting():
            reading.columns |= study.tables
            # a registered aggregate has a least number of its own, below which nothing is let out
            whom = _whom(self.query, study)
            reading.counted = None if reading.aggregate else whom
            return extra
        if self.query.group_by is None and any(each.contains_aggregate for each in chosen):
            raise refuse("an aggregate that is not registered by name")
        if self.query.alias_map:
            self._carry(reading, study, chosen, len(extra))
        return [*extra, *((added, self.compile(added), None) for added in reading.added)]

    def _carry(self, reading: Reading, study: Study, chosen: list[Any], behind: int) -> None:
        """Finds the key of each group of tables in the row, or adds it behind."""
        fixed = bool(self.query.distinct or self.query.group_by is not None)
        at = {(c.alias, c.target): i for i, c in enumerate(chosen) if hasattr(c, "target")}
        read = study.groups(chosen)
        for root, keys in study.keys().items():
            found = next((place for place in keys if place in at), None)
            if found:
                position = at[found]
            elif not keys:
                continue
            elif fixed or (not self.query.default_cols and root in read):
                raise refuse(
                    f"values without the subject's key: name {' or '.join(sorted({k.name for _, k in keys}))} "
                    "among the values"
                )
            else:
                found = keys[0]
                reading.added.append(found[1].get_col(found[0]))
                position = len(chosen) + behind + len(reading.added) - 1
            key = found[1]
            reading.keys.append(position)
            reading.origins.append((position, key.model._meta.db_table, column(key)))
            if study.keyless_base == root:
                reading.needed = position
        reading.category = next(
            (i for i, c in enumerate(chosen) if hasattr(c, "target") and c.target.column == "category"), None
        )


class SQLAggregateCompiler(Recording, postgresql.SQLAggregateCompiler):
    """Counts over a query inside; other aggregates are not registered."""

    def as_sql(self, *_limits: Any, **_aliases: Any) -> tuple[str, tuple[Any, ...]]:
        """Raises: NotInPurpose."""
        if self.reading is not None:
            if not counts(self.query.annotation_select.values()):
                raise refuse("an aggregate that is not registered by name")
            inner = self.query.inner_query
            study = Study(inner)
            study.look([*inner.select, *inner.annotation_select.values()])
            self.reading.columns, self.reading.pinned = study.columns | study.tables, study.pinned
            self.reading.counted = _whom(inner, study)
        sql, params = super().as_sql()
        return sql, tuple(params)

    def counting(self) -> bool:
        """It lets nothing else out."""
        return True


def _whom(query: Query, study: Study) -> Query | None:
    """The query for the keys of whom a counted one is about, up to as many as are too few; None if it names them itself.

    Raises: NotInPurpose, where they could not be told.
    """
    keys = [places[0] for places in study.keys().values() if places]
    if study.pinned or not keys:
        return None
    if any(each.contains_aggregate for each in query.annotations.values()) and query.group_by is not None:
        raise refuse("a count of groups")
    whom = query.clone()
    whom.default_cols, whom.group_by = False, None
    whom.select_related = False
    whom.set_annotation_mask(())
    whom.select = tuple(key.get_col(alias) for alias, key in keys)
    if not study.query.is_sliced or study.query.high_mark == 1:
        whom.clear_limits()
        whom.clear_ordering(force=True)
        whom.distinct = True
        whom.distinct_fields = ()
        whom.set_limits(high=FEWEST)
    return whom


class Touching(Recording):
    """UPDATE and DELETE: how many rows they touched is let out when it is known whose."""

    def as_sql(self, *_limits: Any, **_aliases: Any) -> tuple[str, tuple[Any, ...]]:
        """Adds RETURNING the subject's key.

        Raises: NotInPurpose, when the rows are chosen by another subject's.
        """
        sql, params = super().as_sql()
        if not sql or self.reading is None:
            return sql, params
        assigned = [(field.column, value) for field, _, value in getattr(self.query, "values", ())]
        study = Study(self.query)
        study.look(value for _, value in assigned if hasattr(value, "get_source_expressions"))
        if len(study.keys(keyless_too=True)) > 1:
            raise refuse("rows chosen by another subject's")
        table = self.query.get_meta().db_table
        self.reading.columns = study.columns | {(table, column) for column, _ in assigned}
        if key := key_field(table):
            self.reading.keys, self.reading.origins = [0], [(0, table, column(key))]
            sql += f" RETURNING {self.connection.ops.quote_name(column(key))}"
        return sql, params

    def execute_sql(self, result_type: str | None = ROW_COUNT, **_chunks: Any) -> int:  # type: ignore[override]
        """This will run it, record whose rows it touched, and tell how many."""
        return super().execute_sql(result_type) or 0


class SQLUpdateCompiler(Touching, postgresql.SQLUpdateCompiler):
    """UPDATE."""


class SQLDeleteCompiler(Touching, postgresql.SQLDeleteCompiler):
    """DELETE."""


class SQLInsertCompiler(postgresql.SQLInsertCompiler):
    """INSERT: names the columns that the purpose may set and leaves the others to the database."""

    connection: PurposeConnection

    def execute_sql(self, returning_fields: Sequence[Field[Any, Any]] | None = None) -> list[Row]:  # type: ignore[override]
        """This will insert the objects; what the database gave them is deferred on them.

        Raises: NotInPurpose, when a column was set that the purpose may not set.
        """
        table = self.query.get_meta().db_table
        readable = self.connection.session.login.may("select", table)
        told = [field for field in returning_fields or () if field.column in readable]
        if getattr(self.query, "on_conflict", None) is not None:
            raise refuse("ON CONFLICT")
        self.returning_fields = told
        left = self._leave_out()
        rows: list[Row] = []
        for sql, params in self.as_sql():
            cursor = run(self.connection.session, sql, params)
            rows += cursor.fetchall() if told else [()] * len(self.query.objs)
        self.connection.session.wrote = True
        columns: list[Any] = [field.get_col(table) for field in told]
        if converters := self.get_converters(columns):
            rows = [tuple(row) for row in self.apply_converters(rows, converters)]
        for made, row in zip(self.query.objs, rows, strict=False):
            for field in left:
                made.__dict__.pop(field.attname, None)
            for field, value in zip(told, row, strict=True):
                setattr(made, field.attname, value)
        # set above: Django would take the values by position, and some fields are not told
        return [()] * len(rows) if returning_fields else []

    def _leave_out(self) -> list[Field[Any, Any]]:
        table = self.query.get_meta().db_table
        settable = self.connection.session.login.may("insert", table)
        left = []
        for field in self.query.fields:
            values = [getattr(obj, field.attname) for obj in self.query.objs]
            if any(_asks(value) for value in values):
                raise refuse("a query inside an INSERT")
            if all(isinstance(value, DatabaseDefault) for value in values):
                left.append(field)
            elif field.column not in settable:
                if any(_is_set(field, value) for value in values):
                    raise NotInPurpose(
                        f"{self.connection.session.purpose} may not set {table}.{field.column}: leave it unset, or "
                        "act for a purpose that writes its category"
                    )
                left.append(field)
        self.query.fields = [field for field in self.query.fields if field not in left]
        return left


def _is_set(field: Field[Any, Any], value: Any) -> bool:
    if value is None or isinstance(value, DatabaseDefault):
        return False
    return (field.has_default() and callable(field.default)) or value != field.get_default()


def _asks(value: Any) -> bool:
    """Whether a value would be asked of the database, and not only computed from what is given."""
    if not hasattr(value, "resolve_expression"):
        return False
    parts = list(walk(value))
    for part in parts:
        vet(part)
    return any(not isinstance(part, Value | Func | DatabaseDefault) for part in parts)
