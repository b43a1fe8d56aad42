"""Systems: where data are kept. A category may say which system is its master: whose value decides."""

from spec.telling import notice


def test_a_category_has_a_master():
    told = notice(
        "systems: {billing: {name: Ledger 3}}\ncategories: {bills: {name: {en: Bills}, master: billing}}"
    )
    assert told.systems[told.categories["bills"].master].name == "Ledger 3"
