"""The grammar as JSON Schema 2020-12, for editors."""

from __future__ import annotations

from typing import Any

from .whole import Notice


def json_schema() -> dict[str, Any]:
    """This will describe the notice file for an editor, with the key names of the file.

    Shape: JSON Schema 2020-12.
    """
    schema = Notice.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Seloste notice",
        **{k: v for k, v in schema.items() if k != "title"},
    }
