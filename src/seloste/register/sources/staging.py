"""How a row stands while it waits: as the values that were read, or as the cells that could not be.

What the notice keeps sealed is sealed here too, under a key of the batch that nothing but its own random
bits makes again. They go when nothing of the batch waits any more, and with them whatever a copy still holds.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seloste.register.protection.keys import index, provided
from seloste.register.protection.operations import holds_sealed
from seloste.register.protection.sealing import NotReadable, Place, opened, seal

from .port import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .models import SourceBatch
    from .port import Refused, Scalar

SEALED = "sealed"


class Opener:
    """Seals and opens what waits of one batch."""

    def __init__(self, batch: SourceBatch) -> None:
        """Nothing is asked of the key provider before there is something to seal."""
        self._batch = batch
        self._known: dict[str, bool] = {}

    @staticmethod
    def current(side: str) -> int:
        """The version of the key that a batch's own is made from."""
        return provided().current(index(side))

    @cached_property
    def _key(self) -> bytes:
        batch = self._batch
        if batch.salt is None or batch.key_version is None:
            raise NotReadable(
                f"what waits of batch {batch.pk} was sealed, and the key of it is gone: pull it anew"
            )
        told = b"staged:" + bytes(batch.salt)
        return provided().digest(index(batch.side), batch.key_version, told)

    @cached_property
    def _place(self) -> Place:
        return Place("source_row", "contents", self._batch.pk)

    def holds_sealed(self, category: str) -> bool:
        """Whether the notice keeps a category sealed."""
        if category not in self._known:
            self._known[category] = holds_sealed(category)
        return self._known[category]

    def seal(self, told: object) -> str:
        """Something that can be written as JSON, so that nobody reads it without the key."""
        return b64encode(seal(json.dumps(told).encode(), self._key, self._place)).decode()

    def opened(self, sealed: str) -> Any:
        """What was sealed. Raises: NotReadable, KeysMissing."""
        return json.loads(opened(b64decode(sealed), self._key, self._place))

    def values(self, contents: Sequence[Sequence[Any]]) -> Iterator[Value]:
        """The values of a row that waits."""
        for category, kind, fields, given in contents:
            if SEALED in fields:
                fields, given = self.opened(fields[SEALED])  # noqa: PLW2901 - the same, opened
            yield Value(category, kind, fields, given)

    def given(self, contents: Mapping[str, Any]) -> dict[str, str]:
        """The cells of a row that could not be read."""
        return {
            column: self.opened(cell[SEALED]) if isinstance(cell, dict) else cell
            for column, cell in contents.items()
        }

    def shown(self, contents: Mapping[str, Any]) -> dict[str, str]:
        """What a refused row said, for whoever mends it: by column, or by category and field where it was read."""
        if "given" in contents:
            return self.given(contents["given"])
        return {
            ".".join(filter(None, (value.category, value.kind, name))): told
            for value in self.values(contents["values"])
            for name, told in value.given.items()
        }


def staged_contents(values: Iterable[Value], opener: Opener) -> dict[str, Any]:
    """This will write down the values of a row as they wait."""
    told: list[tuple[str, str, Mapping[str, Scalar], Mapping[str, str]]] = []
    for value in values:
        if opener.holds_sealed(value.category):
            sealed = {SEALED: opener.seal([dict(value.fields), dict(value.as_given)])}
            told.append((value.category, value.kind, sealed, {}))
        else:
            told.append((value.category, value.kind, value.fields, value.as_given))
    return {"values": told}


def refused_contents(row: Refused, opener: Opener) -> dict[str, Any]:
    """This will write down the cells of a row that could not be read."""
    cells = {
        column: {SEALED: opener.seal(cell)}
        if row.categories is None or opener.holds_sealed(row.categories.get(column, ""))
        else cell
        for column, cell in row.given.items()
    }
    return {"given": cells}
