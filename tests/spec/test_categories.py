"""Categories: which data, how long, from where, and in which columns they are held.

Columns that no category claims can be read by nobody. A category without columns is declared and not held
here. A category over a channel, or one that bears an address, closes with the channel or the address.
"""

from spec.telling import notice, refused


def test_a_category_claims_columns():
    told = notice('categories: {phone: {name: {en: Phone}, held_in: {"contact_point[phone]": [id, value]}}}')
    assert told.categories["phone"].held_in == {"contact_point[phone]": ("id", "value")}


def test_a_category_may_be_held_elsewhere():
    assert (
        notice("categories: {voice: {name: {en: Voice}, origin: [recorded]}}").categories["voice"].held_in
        == {}
    )


def test_a_category_names_only_what_is_declared():
    for field, named in (("retention", "x"), ("master", "x"), ("source", "[x]"), ("subject_groups", "[x]")):
        refused(f"categories: {{phone: {{name: {{en: Phone}}, {field}: {named}}}}}", "'x' is not declared")


def test_a_column_is_a_plain_name():
    refused(
        'categories: {phone: {name: {en: Phone}, held_in: {contact_point: ["value; drop"]}}}', "small letters"
    )
