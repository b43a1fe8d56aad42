"""Who we are in the market: which company speaks under which number, and who the hub is. Declared in YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from seloste.kernel.identifiers import eic, gln
from seloste.notice.places import UnreadableNotice
from seloste.notice.reader import read_tree
from seloste.notice.whole import unreadable
from seloste.register.sources.port import NotReadableSource

if TYPE_CHECKING:
    from pathlib import Path


Gln = Annotated[str, AfterValidator(gln)]
GridArea = Annotated[str, AfterValidator(eic)]
HUB = re.compile(r"(?m)^hub:")


class UnreadableMarket(NotReadableSource):
    """The file does not declare who we are in the market; the message says what is wrong and where."""


class Company(BaseModel):
    """A controller of the notice, as the market knows it; `grid_area`: of a network company."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gln: Gln
    role: Literal["supplier", "network_company"]
    grid_area: GridArea | None = None


class Market(BaseModel):
    """The hub, and each of our companies that speaks with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str
    hub: Gln
    companies: dict[str, Company]

    def controller(self, number: str) -> str | None:
        """This will tell which controller a market party is; none of ours has another's number."""
        return next((name for name, company in self.companies.items() if company.gln == number), None)


def declares_market(path: Path) -> bool:
    """This will tell whether a mapping is that of the hub, and not of a system whose exports are files."""
    try:
        return HUB.search(path.read_text(encoding="utf-8")) is not None
    except (OSError, UnicodeDecodeError):
        return False


def read_market(path: Path) -> Market:
    """This will read who we are in the market, as strictly as a notice.

    Raises: UnreadableMarket, with line and column and what to write instead.
    """
    try:
        tree = read_tree(path)
        try:
            return Market.model_validate(tree)
        except ValidationError as wrong:
            raise unreadable(tree, wrong) from None
    except UnreadableNotice as wrong:
        raise UnreadableMarket(f"{path}: {wrong}") from None
