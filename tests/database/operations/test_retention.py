"""A class is erased by its rows; what the law keeps stays, and so does what others hold."""

import pytest

from .conftest import DAY, NOW


def places(register, retention_class):
    """What the notice's categories of a class claim."""
    return {
        place: columns
        for category in register.notice.categories.values()
        if category.retention == retention_class
        for place, columns in (category.held_in or {}).items()
    }


def count(register, table, person):
    return register.one(f"SELECT count(*) FROM register.{table} WHERE subject_id = %s", person)[0]


def test_the_relation_goes_and_what_the_law_keeps_stays(register):
    from seloste.register.billing.operations import Claim, book_receivable
    from seloste.register.retention.operations import AlreadyErased, erase

    person = register.person()
    register.admin.execute(
        "INSERT INTO register.contact_point (subject_id, category, value, as_given, valid_from)"
        " VALUES (%s, 'phone', '+358481234567', '048', now()), (%s, 'email', 'a@posti.example', 'A', now())",
        [person, person],
    )
    register.admin.execute(
        "INSERT INTO register.housing_form (subject_id, form) VALUES (%s, 'flat')", [person]
    )
    with register.rights():
        book_receivable(person, Claim("E1", "seller", 100, NOW), at=NOW - DAY)
        erased = erase(person, "relation", places(register, "relation"), at=NOW)
    assert erased == {"subject": 1, "contact_point": 1, "housing_form": 1}
    assert register.one("SELECT given_names, family_name FROM register.subject WHERE id = %s", person) == (
        None,
        None,
    )
    assert register.all("SELECT category FROM register.contact_point WHERE subject_id = %s", person) == [
        ("email",)
    ]
    assert count(register, "receivable", person) == 1
    assert register.all(
        "SELECT retention_class, erased_at FROM register.erasure WHERE subject_id = %s", person
    ) == [("relation", NOW)]
    with register.rights(), pytest.raises(AlreadyErased):
        erase(person, "relation", places(register, "relation"), at=NOW)


def test_a_joint_agreement_goes_with_the_last_who_holds_it(register):
    from seloste.register.agreements.operations import add_party, open_agreement
    from seloste.register.retention.operations import erase

    holder, other = register.person(), register.person()
    with register.rights():
        shared = open_agreement(holder, register.terms(), requested_at=NOW - DAY, valid_from=NOW - DAY)
        own = open_agreement(holder, register.terms(), requested_at=NOW - DAY, valid_from=NOW - DAY)
        add_party(shared.pk, other, valid_from=NOW - DAY)
        assert erase(holder, "agreement_data", places(register, "agreement_data"), at=NOW) == {
            "agreement": 1,
            "agreement_period": 1,
            "confirmation": 3,
            "data_key": 1,
        }
    kept = "SELECT id FROM register.agreement WHERE id IN (%s, %s)"
    assert register.all(kept, shared.pk, own.pk) == [(shared.pk,)]
    with register.rights():
        assert erase(other, "agreement_data", places(register, "agreement_data"), at=NOW) == {
            "agreement": 1,
            "agreement_period": 1,
            "agreement_party": 1,
            "confirmation": 1,
            "data_key": 1,
        }
    assert register.all(kept, shared.pk, own.pk) == []


def test_nobody_else_loses_a_row(register):
    from seloste.register.lawfulness.operations import set_ban
    from seloste.register.retention.operations import erase

    person, other = register.person(), register.person()
    with register.rights():
        set_ban(other, "all", at=NOW)
        erase(person, "relation", places(register, "relation"), at=NOW)
    assert count(register, "ban", other) == 1
    assert register.one("SELECT family_name FROM register.subject WHERE id = %s", other) == ("Esimerkki",)
