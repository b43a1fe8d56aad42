"""Sources: where data come from (GDPR 14(2)(f)).

A notice that says that all comes from the data subject is contradicted by data that are metered,
recorded, tracked or fetched elsewhere.
"""

from spec.telling import found

ONLY = "sources: {household: {name: {en: Household}, kind: data_subject, only: yes}}\n"


def test_data_that_arise_elsewhere_contradict_a_single_source():
    assert found(ONLY + "categories: {name: {name: {en: Name}, origin: [given]}}") == []
    for origin in ("metered", "recorded", "tracked", "from_organisation", "from_market", "inferred"):
        assert found(ONLY + f"categories: {{flow: {{name: {{en: Flow}}, origin: [{origin}]}}}}") == [
            "SOURCES_CONTRADICTED"
        ]


def test_several_sources_contradict_nothing():
    assert (
        found(
            ONLY.replace("only: yes", "only: no")
            + "categories: {flow: {name: {en: Flow}, origin: [metered]}}"
        )
        == []
    )
