"""Whom a query's rows are about: the keys of their subjects, found before the query is sent.

Every table in a query's FROM holds rows about somebody. Tables joined by the subject's key are
about the same subject; a table without a key (a metering point) is about whoever it is joined to.
Each such group must carry its key out in the row, or the rows are not let out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Field
from django.db.models.aggregates import Count
from django.db.models.expressions import Col, RawSQL, Ref, Star, Subquery, Window
from django.db.models.lookups import Exact, In
from django.db.models.sql.query import Query
from django.db.models.sql.where import AND, ExtraWhere, WhereNode

from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model

    from seloste.register.protection.backend.aggregates import Registered

Place = tuple[int, str]
"""A table in a query: which query, which alias."""

WITHOUT_SUBJECT = frozenset(
    {"staff", "staff_role", "training", "suppression", "source_batch", "source_step", "product"}
)
"""Tables about nobody in the register: their rows are recorded as read, without subjects."""


def refuse(what: str) -> NotInPurpose:
    """The refusal of rows whose subjects could not be recorded."""
    return NotInPurpose(f"{what}: whom the answer is about could not be recorded, so it is not let out")


@cache
def model_of(table: str) -> type[Model] | None:
    """The model of a table."""
    return next((m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == table), None)


def column(field: Field[Any, Any]) -> str:
    """The column of a field that has one."""
    return str(field.column)


@cache
def key_field(table: str) -> Field[Any, Any] | None:
    """The field by which a table's rows name their subject, if they do."""
    model = model_of(table)
    name = "id" if table == "subject" else "subject_id"
    return next((f for f in model._meta.concrete_fields if f.column == name), None) if model else None


@dataclass
class Reading:
    """What a query lets out: where its subjects' keys stand, which columns it reads."""

    keys: list[int] = field(default_factory=list)
    """Positions of subject keys in the row."""
    added: list[Col] = field(default_factory=list)
    """Keys that were not asked for: read behind the row and cut off before it is let out."""
    origins: list[tuple[int, str, str]] = field(default_factory=list)
    """Position, table and column of each key, as the server must confirm them."""
    needed: int | None = None
    """Position of a key that every row must have, when the rows have none of their own."""
    columns: set[tuple[str, str]] = field(default_factory=set)
    category: int | None = None
    """Position of the column that says which category a row holds."""
    pinned: set[int] = field(default_factory=set)
    """Subjects that the query names itself."""
    counted: Query | None = None
    """The keys of whom a count is about; few of them are recorded by name."""
    aggregate: Registered | None = None
    """What is let out instead of a bare count, when enough subjects are in it."""


class Study:
    """Looks through one query and the queries inside it."""

    def __init__(self, query: Query) -> None:
        """Raises: NotInPurpose, for queries that no look-up log could follow."""
        self.query = query
        self.columns: set[tuple[str, str]] = set()
        self.pinned: set[int] = set()
        self._parent: dict[Place, Place] = {}
        self._tables: dict[Place, str] = {}
        self._own: list[Place] = []
        self._attached: set[Place] = set()
        self._enter(query, query)

    def groups(self, expressions: Iterable[Any]) -> set[Place]:
        """This will tell which groups of tables the given expressions of the query read."""
        return {self._root((id(self.query), c.alias)) for c in columns_of(expressions)}

    @property
    def tables(self) -> set[tuple[str, str]]:
        """The tables of the query, each by a column that tells no category: what a bare count reads."""
        return {(self._tables[place], "id") for place in self._own}

    def look(self, expressions: Iterable[Any]) -> None:
        """This will take expressions outside the WHERE clause (selected, ordered by, assigned) into account."""
        for expression in expressions:
            self._nodes(self.query, expression, conjunct=False)

    def keys(self, *, keyless_too: bool = False) -> dict[Place, list[tuple[str, Field[Any, Any]]]]:
        """This will list, group by group, the places where the subject's key can be read.

        Raises: NotInPurpose, for a query inside this one that asks about other subjects.
        """
        found: dict[Place, list[tuple[str, Field[Any, Any]]]] = {self._root(p): [] for p in self._own}
        for place, table in self._tables.items():
            if self._root(place) not in found:
                raise refuse(f"a query inside the query asks {table} about other subjects")
            if place in self._own and (key := key_field(table)):
                found[self._root(place)].append((place[1], key))
        for root, keys in found.items():
            tables = {t for p, t in self._tables.items() if self._root(p) == root}
            if not keys and not keyless_too and not tables <= WITHOUT_SUBJECT:
                raise refuse(
                    f"{', '.join(sorted(tables))} names no subject and is read through what does, such as an "
                    "agreement (select_related)"
                )
        return found

    @property
    def keyless_base(self) -> Place | None:
        """The group of the table that the rows are of, when they have no key of their own."""
        base = (id(self.query), self.query.base_table)
        return self._root(base) if key_field(self._tables[base]) is None else None

    def _enter(self, query: Query, own: Query) -> None:
        if query.combinator or query.extra or query.extra_tables or getattr(query, "explain_info", None):
            raise refuse("UNION, extra() and explain()")
        used = {a: t for a, t in query.alias_map.items() if query.alias_refcount[a]}
        for alias, table in used.items():
            place = (id(query), alias)
            self._tables[place] = table.table_name
            self._root(place)
            if query is own:
                self._own.append(place)
        for alias, join in used.items():
            if getattr(join, "parent_alias", None):
                self._join(query, alias, join)
        self._where(query, query.where, conjunct=True)
        for expression in query.annotations.values():
            for part in walk(expression):
                self._vet(query, part)
        if query is not own:
            inside: list[Any] = [*query.annotations.values(), *query.select, *query.order_by]
            for each in inside:
                self._nodes(query, each, conjunct=False)

    def _join(self, query: Query, alias: str, join: Any) -> None:
        here, there = (id(query), alias), (id(query), join.parent_alias)
        ours, theirs = key_field(self._tables[here]), key_field(self._tables.get(there, ""))
        if ours is None:
            self._attach(here, there)
        elif theirs is None and there not in self._attached:
            self._attach(there, here)
        for left, right in join.join_cols:
            if ours and theirs and right == ours.column and left == theirs.column:
                self._unite(here, there)
        if join.filtered_relation is not None:
            self._where(query, join.filtered_relation.resolved_condition, conjunct=False)

    def _attach(self, keyless: Place, to: Place) -> None:
        """A table without a key is about those of one neighbour; a second neighbour stands for itself."""
        self._attached.add(keyless)
        self._unite(keyless, to)

    def _where(self, query: Query, node: Any, *, conjunct: bool) -> None:
        if node is None:
            return
        if isinstance(node, WhereNode):
            conjunct = conjunct and node.connector == AND and not node.negated
            for child in node.children:
                self._where(query, child, conjunct=conjunct)
        else:
            self._nodes(query, node, conjunct=conjunct)

    def _nodes(self, query: Query, node: Any, *, conjunct: bool) -> None:
        for part in walk(node):
            self._vet(query, part)
            if isinstance(part, Col):
                table = self._tables.get((id(query), part.alias)) or part.target.model._meta.db_table
                self.columns.add((table, column(part.target)))
            elif isinstance(part, Exact | In):
                self._compare(query, part, conjunct=conjunct and part is node)
            elif isinstance(part, Subquery):
                self._enter(part.query, self.query)
            elif isinstance(part, Query):
                self._enter(part, self.query)

    def _vet(self, query: Query, part: Any) -> None:
        """Refuses what cannot be looked through, and windows that are not cut by the subject they look at."""
        vet(part)
        if isinstance(part, Window):
            by = {self._root((id(query), col.alias)) for col in _partition(part) if _is_key(col)}
            if not by or {self._root((id(query), col.alias)) for col in columns_of([part])} - by:
                raise refuse("a window over other subjects")

    def _compare(self, query: Query, lookup: Exact | In, *, conjunct: bool) -> None:
        left, right = lookup.lhs, lookup.rhs
        if not isinstance(left, Col):
            return
        if isinstance(right, Query) and len(right.select) == 1 and isinstance(right.select[0], Col):
            self._same(query, left, right, right.select[0])
        elif conjunct and isinstance(right, Col):
            self._same(query, left, query, right)
        elif conjunct and query is self.query and _is_key(left):
            values = right if isinstance(right, list | tuple | set) else [right]
            self.pinned |= {value for value in values if isinstance(value, int)}

    def _same(self, query: Query, left: Col, inner: Query, right: Col) -> None:
        """Unites the tables of two columns that are equal where both name the subject, or the same row."""
        same_row = (
            left.target.primary_key
            and left.target.model is right.target.model
            and left.target == right.target
        )
        if same_row or (_is_key(left) and _is_key(right)):
            self._unite(self._place(query, left), self._place(inner, right))

    def _place(self, query: Query, col: Col) -> Place:
        """Where a column stands; one of an outer query is looked for outside."""
        place = (id(query), col.alias)
        if (
            place not in self._tables
            and (id(query), col.alias) not in self._parent
            and col.alias not in query.alias_map
        ):
            return next((p for p in self._tables if p[1] == col.alias), place)
        return place

    def _root(self, place: Place) -> Place:
        parent = self._parent.setdefault(place, place)
        return parent if parent == place else self._root(parent)

    def _unite(self, one: Place, other: Place) -> None:
        self._parent[self._root(one)] = self._root(other)


def _is_key(col: Col) -> bool:
    return key_field(col.target.model._meta.db_table) == col.target


OURS = ("django.", "seloste.")
"""Where an expression must be made, to compile to what it says."""


TEXT = {"template", "function", "arg_joiner"}
"""Where a function keeps its text; Django sets none of it on an expression, but on its class."""
PLAIN: tuple[dict[str, str], ...] = ({}, {"function": "ARRAY", "template": "%(function)s[%(expressions)s]"})
"""What a function may say of its text: nothing, or what Django compares an array by."""


def vet(part: Any) -> None:
    """This will refuse a part of a query that compiles to more than can be looked through.

    A `Func` whose template, or a `Cast` whose type, is of one's own is text of one's own.
    Raises: NotInPurpose.
    """
    if type(part) is Col or not hasattr(part, "resolve_expression"):
        if isinstance(part, ExtraWhere):
            raise refuse("SQL text inside a query")
        return
    set_on_it = vars(part)
    more = set_on_it.get("extra")
    if isinstance(part, RawSQL) or TEXT & set_on_it.keys() or (more and more not in PLAIN):
        raise refuse("SQL text inside a query")
    made = [part, set_on_it.get("output_field")]
    while made:
        each = made.pop()
        if each is not None and not type(each).__module__.startswith(OURS):
            raise refuse(f"{type(each).__name__}, an expression that is not Django's own")
        if isinstance(each, Field):
            made.append(getattr(each, "base_field", None))


def _partition(window: Window) -> list[Col]:
    """The columns by which a window is cut; empty when it is cut by anything else."""
    by = window.partition_by
    return [col for col in by.get_source_expressions() if isinstance(col, Col)] if by is not None else []


def walk(node: Any) -> Iterator[Any]:
    """This will go through an expression and all inside it, but not into inner queries."""
    yield node
    if isinstance(node, Query | Subquery):
        return
    inner = node.children if isinstance(node, WhereNode) else getattr(node, "get_source_expressions", list)()
    for child in inner:
        if child is not None:
            yield from walk(child)
    if isinstance(node, In) and isinstance(node.rhs, list | tuple):
        for value in node.rhs:
            if hasattr(value, "get_source_expressions"):
                yield from walk(value)


def columns_of(expressions: Iterable[Any]) -> Iterator[Col]:
    """This will find the columns in expressions."""
    return (part for expression in expressions for part in walk(expression) if isinstance(part, Col))


def counts(expressions: Iterable[Any]) -> bool:
    """Whether all expressions count rows or a column: the aggregates that may be let out without a key.

    A count of what a condition or an expression picks out would tell of few beneath the number of many.
    """
    told = list(expressions)
    return bool(told) and all(isinstance(each, Count) and _is_plain(each) for each in told)


def _is_plain(count: Count) -> bool:
    inside = [part for part in count.get_source_expressions() if part is not None]
    return len(inside) == 1 and isinstance(inside[0], Col | Star | Ref)


def counts_subjects(expression: Any) -> bool:
    """Whether an expression counts the subjects that rows are about."""
    inside = expression.get_source_expressions()
    return (
        isinstance(expression, Count)
        and bool(getattr(expression, "distinct", False))
        and isinstance(inside[0], Col)
        and _is_key(inside[0])
        and not any(part is not None for part in inside[1:])
    )
