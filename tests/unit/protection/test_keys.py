"""Keys come from one file that is its owner's alone, are made once, and are never made in place of lost ones."""

from __future__ import annotations

import json
import stat
import threading

import pytest

from seloste.register.protection.keys import (
    FileKeys,
    KeysExposed,
    KeysMissing,
    WrongKey,
    index,
    kek,
    new_data_keys,
)

NAMES = (kek("seller"), index("seller"))


@pytest.fixture
def keys(tmp_path):
    made = FileKeys(tmp_path / "keys.json")
    made.make(NAMES)
    return made


def test_the_file_is_its_owners_alone_and_stays(keys):
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    before = keys.path.read_text()
    keys.make(NAMES)
    assert keys.path.read_text() == before
    assert FileKeys(keys.path).digest(NAMES[1], 1, b"x") == keys.digest(NAMES[1], 1, b"x")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_can_read_is_refused(keys, mode):
    keys.path.chmod(mode)
    with pytest.raises(KeysExposed, match="chmod 600"):
        FileKeys(keys.path).current(NAMES[0])


def test_a_missing_file_is_told_and_never_made_by_using_it(tmp_path):
    keys = FileKeys(tmp_path / "keys.json")
    with pytest.raises(KeysMissing, match="restore the file"):
        keys.wrap(NAMES[0], 1, b"\0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_something_else_is_told_and_left(tmp_path):
    path = tmp_path / "keys.json"
    for text in ("", "{", "[1]", '{"kek:seller": {"current": 1, "versions": {"1": "no hex"}}}'):
        path.write_text(text)
        path.chmod(0o600)
        with pytest.raises(KeysMissing, match="restore it"):
            FileKeys(path).make(NAMES)
        assert path.read_text() == text


def test_makers_at_once_agree(tmp_path):
    made = [FileKeys(tmp_path / "keys.json") for _ in range(8)]
    threads = [threading.Thread(target=each.make, args=[NAMES]) for each in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.check_value(NAMES[0], 1) for each in made}) == 1


def test_a_data_key_unwraps_under_its_version_alone(keys):
    [key, other] = new_data_keys(2)
    assert key != other
    assert len(key) == 32
    wrapped = keys.wrap(NAMES[0], 1, key)
    assert key not in wrapped
    assert keys.unwrap(NAMES[0], 1, wrapped) == key
    assert keys.add(NAMES[0]) == 2
    with pytest.raises(WrongKey, match="keys check"):
        keys.unwrap(NAMES[0], 2, wrapped)
    with pytest.raises(KeysMissing, match="version 3 of kek:seller"):
        keys.unwrap(NAMES[0], 3, wrapped)


def test_a_wrapped_key_is_as_rfc_3394_says(tmp_path):
    """RFC 3394, 4.6: 256 bits of key data with a 256-bit key."""
    path = tmp_path / "keys.json"
    given = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"
    path.write_text(json.dumps({"kek:seller": {"current": 1, "versions": {"1": given}}}))
    path.chmod(0o600)
    data = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    assert FileKeys(path).wrap("kek:seller", 1, data).hex().upper() == (
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"
    )


def test_a_next_version_waits_until_it_is_made_current(keys):
    assert keys.add(NAMES[0]) == keys.add(NAMES[0]) == 2
    assert keys.current(NAMES[0]) == 1
    keys.retire(NAMES[0], 1)
    assert keys.versions(NAMES[0]) == (1, 2), "the current one stays"
    keys.promote(NAMES[0], 2)
    keys.retire(NAMES[0], 1)
    assert keys.versions(NAMES[0]) == (2,)
    with pytest.raises(KeysMissing):
        keys.promote(NAMES[0], 3)


def test_another_process_sees_the_change_at_once(keys):
    other = FileKeys(keys.path)
    assert other.current(NAMES[0]) == 1
    keys.promote(NAMES[0], keys.add(NAMES[0]))
    assert other.current(NAMES[0]) == 2


def test_a_change_that_is_killed_leaves_the_file_as_it_was(keys, monkeypatch):
    before = keys.path.read_text()

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        keys.add(NAMES[0])
    monkeypatch.undo()
    assert keys.path.read_text() == before
    assert FileKeys(keys.path).versions(NAMES[0]) == (1,)


def test_keys_differ_and_are_not_shown(keys):
    held = json.loads(keys.path.read_text())
    told = [version for name in held.values() for version in name["versions"].values()]
    assert len(set(told)) == len(told)
    keys.current(NAMES[0])
    for shown in (repr(keys), str(keys.__dict__), repr(keys._named(NAMES[0]))):
        assert not any(key in shown or repr(bytes.fromhex(key)) in shown for key in told)
