"""Controllers: the companies that decide why and how data are used (GDPR 4(7), 24).

A controller is told by its name and Business ID, and by what it does: a network company is apart from a
seller. An identifier that fails its check digit is quoted back.
"""

from spec.telling import found, notice, refused


def test_a_controller_is_named():
    assert (
        notice("controllers: {water: {name: Lakeside Water, activities: [water]}}").controllers["water"].name
        == "Lakeside Water"
    )
    refused("controllers: {water: {activities: [water]}}", "'name' is missing")


def test_a_wrong_business_id_is_found():
    assert found("controllers: {water: {name: W, business_id: 0984944-9}}") == []
    assert found("controllers: {water: {name: W, business_id: 0984944-8}}") == ["IDENTIFIER_FAILS"]


def test_an_activity_is_one_that_the_grammar_knows():
    refused("controllers: {water: {name: W, activities: [fishing]}}", "district_heat")
