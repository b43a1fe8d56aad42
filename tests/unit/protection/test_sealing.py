"""Values are readable in their place alone, and identifiers found by all of their characters."""

import pytest

from seloste.register.protection.keys import FileKeys, index, new_data_keys
from seloste.register.protection.sealing import NotFullForm, NotReadable, Place, blind_index, opened, seal

PLACE = Place("national_identifier", "ciphertext", 7)
CODE = b"010190-999W"
[KEY, OTHER] = new_data_keys(2)


def test_what_was_sealed_opens_in_its_place():
    sealed = seal(CODE, KEY, PLACE)
    assert opened(sealed, KEY, PLACE) == CODE
    assert CODE[:6] not in sealed
    assert seal(CODE, KEY, PLACE) != sealed


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (KEY, Place("national_identifier", "ciphertext", 8)),
        (KEY, Place("national_identifier", "other", 7)),
        (KEY, Place("other", "ciphertext", 7)),
        (OTHER, PLACE),
    ],
    ids=["another subject", "another column", "another table", "another key"],
)
def test_it_opens_nowhere_else_and_under_no_other_key(key, place):
    with pytest.raises(NotReadable) as refused:
        opened(seal(CODE, KEY, PLACE), key, place)
    assert "010190" not in str(refused.value)


def test_it_does_not_open_when_touched_or_of_another_version():
    sealed = seal(CODE, KEY, PLACE)
    for touched in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\x02" + sealed[1:], sealed[:9], b""):
        with pytest.raises(NotReadable):
            opened(touched, KEY, PLACE)


def test_the_separator_tells_two_people_apart_and_a_side_another_and_a_version_too(tmp_path):
    keys = FileKeys(tmp_path / "keys.json")
    keys.make([index("seller"), index("grid")])
    keys.add(index("seller"))
    found = blind_index("100190-999P", "seller", keys, 1)
    assert found == blind_index(" 100190-999p ", "seller", keys, 1)
    assert found != blind_index("100190Y999P", "seller", keys, 1)
    assert found != blind_index("100190-999P", "grid", keys, 1)
    assert found != blind_index("100190-999P", "seller", keys, 2)
    with pytest.raises(NotFullForm):
        blind_index("100190999P", "seller", keys, 1)
