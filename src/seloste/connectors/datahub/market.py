"""Who we are in the market: which company speaks under which number, and who the hub is. Declared in YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from seloste.kernel.identifiers import eic, gln
from seloste.register.sources.port import NotReadableSource

if TYPE_CHECKING:
    from pathlib import Path


Gln = Annotated[str, AfterValidator(gln)]
GridArea = Annotated[str, AfterValidator(eic)]


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
        told = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError):
        return False
    return isinstance(told, dict) and "hub" in told


def read_market(path: Path) -> Market:
    """This will read who we are in the market.

    Raises: UnreadableMarket.
    """
    try:
        told = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        return Market.model_validate(told)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise UnreadableMarket(f"{path} cannot be read as YAML: {type(error).__name__}") from None
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()
        )
        raise UnreadableMarket(f"{path} does not say who we are in the market: {wrong}") from None
