"""Marketing does not start again at what was erased of somebody who had said no, on that side of the wall."""

import pytest

from seloste.register.protection.keys import KeysMissing, provided

from .conftest import DAY, NOW
from .test_retention import places

CLASSES = ("relation", "kept")
"""That of telephone numbers, that of e-mail addresses."""


def somebody(register, number, side="seller"):
    """A subject with a number and an address of its own."""
    from seloste.register.subjects.operations import add_contact_point

    person = register.person(side)
    with register.rights("seller" if side == "seller" else "grid"):
        add_contact_point(person, "phone", f"048 {number}", at=NOW - 9 * DAY)
        add_contact_point(person, "email", f"A{number}@Posti.example", at=NOW - 9 * DAY)
    return person


def erased(register, person, company="seller"):
    from seloste.register.retention.operations import erase

    contacts = {"relation": "contact_point[phone]", "kept": "contact_point[email]"}
    for retention_class in CLASSES:
        place = contacts[retention_class]
        with register.rights(company):
            erase(person, retention_class, {place: places(register, retention_class)[place]}, at=NOW)


def banned(register, person):
    return sorted(
        channel
        for (channel,) in register.all(
            "SELECT channel FROM register.ban WHERE subject_id = %s AND superseded_at IS NULL AND valid_until IS NULL",
            person,
        )
    )


def says_no(how, person):
    from seloste.register.lawfulness import operations as lawfulness

    wording = lawfulness.Wording("marketing", "newsletter", "call", None if how == "withdrawn" else "email")
    match how:
        case "all" | "email" | "sms" | "letter":
            lawfulness.set_ban(person, how, at=NOW - DAY)
        case "lifted":
            lawfulness.set_ban(person, "all", at=NOW - 2 * DAY)
            lawfulness.lift_ban(person, "all", at=NOW - DAY)
        case "objected" | "objected elsewhere":
            lawfulness.receive_objection(
                person, "marketing" if how == "objected" else "service", at=NOW - DAY
            )
        case "withdrawn" | "withdrawn for e-mail" | "withdrawn and given again":
            lawfulness.give_consent(person, wording, at=NOW - 3 * DAY)
            lawfulness.withdraw_consent(person, "marketing", at=NOW - 2 * DAY)
            if how.endswith("again"):
                lawfulness.give_consent(person, wording, at=NOW - DAY)


@pytest.mark.parametrize(
    ("how", "kept"),
    [
        ("all", ["email", "phone", "sms"]),
        ("objected", ["email", "phone", "sms"]),
        ("withdrawn", ["email", "phone", "sms"]),
        ("email", ["email"]),
        ("withdrawn for e-mail", ["email"]),
        ("sms", ["sms"]),
        ("letter", []),
        ("lifted", []),
        ("objected elsewhere", []),
        ("withdrawn and given again", []),
        ("nothing", []),
    ],
)
def test_who_had_said_no_is_not_reached_when_the_contact_point_comes_back(register, how, kept):
    unique = next(register._numbers)
    number, other = f"5{unique:06}", f"6{unique:06}"
    before = somebody(register, number)
    with register.rights():
        says_no(how, before)
    erased(register, before)
    rows = register.all("SELECT to_jsonb(s)::text FROM register.suppression s")
    assert not any(number in row for (row,) in rows)
    assert banned(register, somebody(register, number)) == kept
    assert banned(register, somebody(register, other)) == [], "another number is another's"


def test_the_other_side_of_the_wall_is_never_asked(register):
    before = somebody(register, "7654321")
    with register.rights():
        says_no("all", before)
    erased(register, before)
    assert banned(register, somebody(register, "7654321", side="grid")) == []
    assert banned(register, somebody(register, "7654321")) == ["email", "phone", "sms"]


def test_it_stays_closed_until_its_owner_lifts_it(register):
    from seloste.register.lawfulness.operations import lift_ban
    from seloste.register.subjects.operations import add_contact_point

    before = somebody(register, "7000001")
    with register.rights():
        says_no("email", before)
    erased(register, before)
    after = somebody(register, "7000001")
    told = register.one(
        "SELECT count(*) FROM register.event e JOIN register.event_subject s ON s.event_id = e.id"
        " WHERE s.subject_id = %s AND e.kind = 'lawfulness.suppression.keep'",
        after,
    )
    assert told == (1,)
    with register.rights():
        lift_ban(after, "email", at=NOW)
        point = add_contact_point(after, "email", "a7000001@posti.example", at=NOW)
    assert point.value == "a7000001@posti.example"
    register.admin.execute("DELETE FROM register.contact_point WHERE subject_id = %s", [after])
    with register.rights():
        add_contact_point(after, "email", "a7000001@posti.example", at=NOW)
    assert banned(register, after) == [], "what its owner has lifted is not set again"


def test_without_the_key_nothing_is_erased_and_nothing_added(register):
    from seloste.register.subjects.operations import add_contact_point

    before, other = somebody(register, "7000002"), register.person()
    with register.rights():
        says_no("all", before)
    path = provided().path
    lost = path.rename(path.with_suffix(".lost"))
    try:
        with pytest.raises(KeysMissing):
            erased(register, before)
    finally:
        lost.rename(path)
    count = "SELECT count(*) FROM register.contact_point WHERE subject_id = %s"
    assert register.one(count, before) == (2,)
    erased(register, before)
    path.rename(lost)
    try:
        with pytest.raises(KeysMissing), register.rights():
            add_contact_point(other, "phone", "048 7000002", at=NOW)
    finally:
        lost.rename(path)
    assert register.one(count, other) == (0,)


def test_whoever_had_said_no_as_another_record_had_said_no(register):
    from seloste.register.lawfulness.operations import set_ban
    from seloste.register.subjects.merging import merge

    one, other = somebody(register, 7_001), somebody(register, 7_002)
    with register.rights():
        set_ban(other, "all", at=NOW - DAY)
        merge(one, other, at=NOW - DAY)
    erased(register, one)
    again = somebody(register, 7_001)
    assert banned(register, again) == ["email", "phone", "sms"]
