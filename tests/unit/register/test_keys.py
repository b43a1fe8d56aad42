"""Identifiers are readable in their place alone, and found by all of their characters."""

import stat

import pytest

from seloste.register.protection.keys import FileKeys, KeysExposed, NotFullForm, NotReadable, Vault

PLACE = ("national_identifier", "ciphertext", 7)


@pytest.fixture
def vault(tmp_path):
    return Vault(FileKeys(tmp_path / "keys"))


def test_what_was_sealed_opens_in_its_place(vault):
    sealed = vault.seal("010190-999W", *PLACE)
    assert vault.open(sealed, *PLACE) == "010190-999W"
    assert b"010190" not in sealed
    assert vault.seal("010190-999W", *PLACE) != sealed


@pytest.mark.parametrize(
    "elsewhere",
    [
        ("national_identifier", "ciphertext", 8),
        ("national_identifier", "other", 7),
        ("other", "ciphertext", 7),
    ],
)
def test_it_opens_nowhere_else(vault, elsewhere):
    with pytest.raises(NotReadable) as refused:
        vault.open(vault.seal("010190-999W", *PLACE), *elsewhere)
    assert "010190" not in str(refused.value)


def test_it_does_not_open_when_touched_or_of_another_version(vault):
    sealed = vault.seal("010190-999W", *PLACE)
    for touched in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\x02" + sealed[1:], b""):
        with pytest.raises(NotReadable):
            vault.open(touched, *PLACE)


def test_the_separator_tells_two_people_apart_and_a_side_another(vault):
    index = vault.blind_index("100190-999P", "seller")
    assert index == vault.blind_index(" 100190-999p ", "seller")
    assert index != vault.blind_index("100190Y999P", "seller")
    assert index != vault.blind_index("100190-999P", "grid")
    with pytest.raises(NotFullForm):
        vault.blind_index("100190999P", "seller")


def test_the_secret_is_its_owners_alone_and_stays(tmp_path):
    path = tmp_path / "keys"
    first = FileKeys(path).key("a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["keys"]
    assert FileKeys(path).key("a") == first != FileKeys(path).key("b")
    path.chmod(0o640)
    with pytest.raises(KeysExposed, match="chmod 600"):
        FileKeys(path).key("a")


def test_two_makers_agree_on_one_secret(tmp_path):
    first, second = FileKeys(tmp_path / "keys"), FileKeys(tmp_path / "keys")
    first._make()
    second._make()
    assert first.key("a") == second.key("a")


def test_keys_are_not_shown(tmp_path):
    keys = FileKeys(tmp_path / "keys")
    assert keys.key("a").hex() not in repr(keys)
    assert repr(keys.key("a")) not in repr(keys)
