"""References of payments: both spellings of one are one, and a slip is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seloste.kernel.identifiers import NotAnIdentifier
from seloste.kernel.references import as_rf, in_groups, reference, reference_check

KNOWN = {
    "1232": "RF111232",
    "12344": "RF0812344",
    "1234561": "RF341234561",
    "11112": "RF9811112",
    "2348236": "RF332348236",
}
"""Published pairs of a viitenumero and its RF reference."""


@pytest.mark.parametrize(("national", "international"), KNOWN.items())
def test_both_spellings_are_one_reference(national, international):
    assert reference(national) == national
    assert reference(international) == national
    assert as_rf(national) == international


@pytest.mark.parametrize(
    "spelled",
    ["1234561", "12 34561", "0001234561", "00000 00000 00012 34561", "RF34 1234 561", "rf34 0001 2345 61"],
)
def test_it_is_known_however_it_is_printed(spelled):
    if spelled.startswith("rf34 0001"):
        spelled = f"rf{98 - int('0001234561271500') % 97:02} 0001 2345 61"
    assert reference(spelled) == "1234561"


@pytest.mark.parametrize(
    "wrong", ["", "123", "124", "12345", "RF351234561", "RF341234562", "1" * 21, "12a44", "RF12", "١٢٣٢"]
)
def test_what_is_no_reference_is_refused_without_being_repeated(wrong):
    with pytest.raises(NotAnIdentifier) as told:
        reference(wrong)
    assert wrong == "" or wrong not in str(told.value)


@given(st.integers(min_value=100, max_value=10**19 - 1).map(str))
def test_a_digit_that_slipped_is_noticed(body):
    whole = body + reference_check(body)
    assert reference(as_rf(whole)) == whole
    assert reference(in_groups(whole)) == whole
    slipped = str((int(whole[0]) % 9) + 1) + whole[1:]
    if slipped != whole:
        with pytest.raises(NotAnIdentifier):
            reference(slipped)


def test_it_is_printed_in_groups_of_five_from_the_right():
    assert in_groups("1234561") == "12 34561"
    assert in_groups("11112") == "11112"
