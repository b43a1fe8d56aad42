"""Who we are in the market is declared, and a number that is none is told by its place."""

from __future__ import annotations

import pytest

from seloste.connectors.datahub.market import UnreadableMarket, read_market

RIGHT = """
system: datahub
hub: "6410000000001"
companies:
  vera: {gln: "6430000000009", role: supplier}
  sahkoverkko: {gln: "6430000000016", role: network_company, grid_area: 44Y-KEKSITTY--1R}
"""


def told(tmp_path, text: str):
    path = tmp_path / "datahub.yaml"
    path.write_text(text)
    return read_market(path)


def test_a_company_is_known_by_its_number(tmp_path):
    market = told(tmp_path, RIGHT)
    assert market.controller("6430000000016") == "sahkoverkko"
    assert market.controller("6410000000001") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("6430000000009", "6430000000008", "companies.vera.gln: .*check digit"),
        ("role: supplier", "role: king", "companies.vera.role: .*supplier.*network_company"),
        ("hub:", "hubb:", "'hub' is missing"),
        ("44Y-KEKSITTY--1R", "44Y-KEKSITTY--10", "companies.sahkoverkko.grid_area"),
        ("companies:", "companies: [", "9:1|line"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(tmp_path, old, new, said):
    with pytest.raises(UnreadableMarket, match=said):
        told(tmp_path, RIGHT.replace(old, new, 1))
