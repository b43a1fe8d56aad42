"""The grammar as JSON Schema 2020-12, for editors."""

from __future__ import annotations

from typing import Any

from .whole import Notice


def json_schema() -> dict[str, Any]:
    """This will describe the notice file for an editor, with the key names of the file.

    Shape: JSON Schema 2020-12.
    """
    schema = Notice.model_json_schema(by_alias=True)
    _close(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Seloste notice",
    }


def _close(schema: Any) -> None:
    """Pydantic gives the pattern of a mapping's keys, and lets other keys in beside."""
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            schema["additionalProperties"] = False
        for inner in schema.values():
            _close(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _close(inner)
