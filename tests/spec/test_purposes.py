"""Purposes: why data are used, and on which basis each use rests (GDPR 5(1)(b), 6(1)).

A purpose names its controllers, its bases, the categories it reads, writes and erases, the groups it is
about, the roles that may act in it and its channels. What it does not say, it does not open: it is shared
among joint controllers, works on one subject at a time, and lasts a quarter of an hour.
"""

from seloste.kernel.periods import Duration
from spec.telling import found, notice, refused


def test_what_a_purpose_does_not_say():
    told = notice("purposes: {supply: {name: {en: Supply}, bases: [{kind: contract}]}}").purposes["supply"]
    assert (told.shared, told.works_on, told.session_minutes) == (True, "one", 15)
    assert not (told.marketing or told.profiling or told.across_walls or told.sees_protected_addresses)
    assert not (told.despite_restriction or told.despite_erasure)
    assert told.categories == told.writes == told.erases == told.roles == ()


def test_every_purpose_has_a_basis():
    assert found("purposes: {supply: {name: {en: Supply}}}") == ["PURPOSE_WITHOUT_BASIS"]
    assert found("purposes: {supply: {name: {en: Supply}, bases: [{kind: contract}]}}") == []


def test_a_basis_may_hold_only_for_a_while():
    basis = notice(
        "purposes: {books: {name: {en: Books}, bases: [{kind: legal_obligation, while: receivable, tail: P6Y}]}}"
    )
    assert basis.purposes["books"].bases[0].while_ == "receivable"
    assert basis.purposes["books"].bases[0].tail == Duration(years=6)


def test_a_purpose_names_only_what_is_declared():
    for field in ("controllers", "categories", "writes", "erases", "subject_groups", "roles", "objections"):
        refused(
            f"purposes: {{supply: {{name: {{en: Supply}}, {field}: [nobody]}}}}", "'nobody' is not declared"
        )
    refused(
        "purposes: {supply: {name: {en: Supply}, bases: [{kind: legitimate_interest, interest: greed}]}}",
        "'greed'",
    )


def test_a_session_has_an_end():
    refused("purposes: {supply: {name: {en: Supply}, session_minutes: 0}}", "session_minutes")
    refused("purposes: {supply: {name: {en: Supply}, session_minutes: 241}}", "session_minutes")


def test_an_emergency_is_opened_on_a_ground_that_is_declared():
    told = notice(
        "purposes: {rescue: {name: {en: Rescue}, break_glass: {grounds: {danger_to_life: {en: Danger to life}}}}}"
    )
    glass = told.purposes["rescue"].break_glass
    assert (list(glass.grounds), glass.minutes) == (["danger_to_life"], 60)


def test_marketing_and_collection_have_no_emergency():
    glass = "break_glass: {grounds: {hurry: {en: Hurry}}}"
    refused(f"purposes: {{offers: {{name: {{en: Offers}}, marketing: yes, {glass}}}}}", "for emergencies")
    owed = "bases: [{kind: legal_obligation, while: overdue}]"
    refused(f"purposes: {{debts: {{name: {{en: Debts}}, {owed}, {glass}}}}}", "for emergencies")


def test_a_purpose_that_awaits_something_has_no_day_yet():
    told = notice(
        "purposes: {reports: {name: {en: Reports}, opens_after: {dialogue: {name: {en: Dialogue held}},"
        " told: {name: {en: Staff told}, since: 2026-02-01}}}}"
    )
    assert told.purposes["reports"].awaits == ("dialogue",)


def test_an_extract_says_what_leaves_and_until_when():
    """Data of many leave as a file only under a name: which columns, how many people, who answers for it."""
    told = (
        "roles: {marketer: {name: {en: Marketer}}}\npurposes: {offers: {name: {en: Offers}, roles: [marketer], extracts:"
        " {letters: {name: {en: Letters}, holder: marketer, rows: address, columns: [street], at_most: 10,"
        " valid_until: 2027-01-01}}}}"
    )
    assert notice(told).purposes["offers"].extracts["letters"].at_most == 10
    refused(told.replace("holder: marketer", "holder: clerk"), "'clerk' is not declared")
    refused(told.replace(", valid_until: 2027-01-01", ""), "valid_until")
    refused(told.replace(" at_most: 10,", ""), "at_most")
