"""Schemas of formats that others publish: not ours to pass on, so they are found outside and never copied in.

`SELOSTE_SCHEMAS` names the folder. Unset, what needs them is skipped, and the summary counts it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

DATAHUB = {
    document: f"datahub/masterdata/{document}_{name}.xsd"
    for document, name in {
        "F01": "MasterDataCustomerEvent",
        "F04": "MasterDataContractEvent",
        "F06": "MasterDataContractEvent",
        "F18": "MasterDataContractEvent",
        "E58": "MasterDataMPEvent",
    }.items()
}
PUBLISHED = "Fingrid Datahub Oy publishes them with its message descriptions (wiki.docs.datahub.fi)"


def datahub() -> dict[str, etree.XMLSchema]:
    """The schemas of market messages, by document; skips where none are named, fails where one is missing."""
    named = os.environ.get("SELOSTE_SCHEMAS")
    if not named:
        pytest.skip(f"SELOSTE_SCHEMAS names no folder of public schemas: {PUBLISHED}")
    folder = Path(named)
    if missing := [path for path in DATAHUB.values() if not (folder / path).is_file()]:
        pytest.fail(f"SELOSTE_SCHEMAS lacks {', '.join(missing)}: {PUBLISHED}")
    return {document: etree.XMLSchema(etree.parse(folder / path)) for document, path in DATAHUB.items()}
