"""Where the mappings of source systems lie, and the connector that reads by them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from seloste.interfaces.cli.house import NotUsable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seloste.register.sources.port import MessageSystem, SourceSystem

EXAMPLES = Path(__file__).parents[3] / "examples" / "tampereen-sahkolaitos" / "sources"


def mappings(home: Path) -> dict[str, Path]:
    """This will find the mappings: of SELOSTE_SOURCES, else beside the register's own files, else the example's."""
    told = os.environ.get("SELOSTE_SOURCES")
    folders = [Path(told)] if told else [home / "sources", EXAMPLES]
    folder = next((each for each in folders if each.is_dir()), None)
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))} if folder else {}


def source(known: Mapping[str, Path], name: str, files: Mapping[str, Path]) -> SourceSystem | MessageSystem:
    """This will make the connector of a system: of the hub of the market, or of one whose exports are files.

    Raises: NotUsable, UnreadableMapping, UnreadableMarket.
    """
    from seloste.connectors.datahub.market import declares_market, read_market
    from seloste.connectors.files.mapping import read_mapping
    from seloste.connectors.files.source import FileSource
    from seloste.register.sources.port import takes

    if name not in known:
        raise NotUsable(
            f"there is no mapping {name!r}; there is {', '.join(known) or 'none'}. SELOSTE_SOURCES names another folder"
        )
    if declares_market(known[name]):
        from seloste.connectors.datahub.source import DatahubSource

        return DatahubSource(read_market(known[name]))
    return FileSource(read_mapping(known[name], takes()), takes(), files)
