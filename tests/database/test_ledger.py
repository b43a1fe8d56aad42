"""The ledger: every way to tamper with it is found, here and by the verifier that stands alone, and where."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from database.sealed import AT, TABLES, Ledger, ledger
from seloste.register.ledger import disposal, sealing, tree, verifier, verifying
from seloste.register.ledger.checkpoints import CheckpointsUnreadable, Exported
from seloste.register.ledger.signing import FileSigner

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SEALS = (5, 4, 3)
"""Events in each seal; one more is not sealed."""
TOUCHED = 6
"""The leaf that is tampered with: the second seal's second."""


@pytest.fixture(scope="module")
def made(server, tmp_path_factory):
    with ledger(server, tmp_path_factory.mktemp("ledger")) as at:
        for count in SEALS:
            at.happen(count)
            at.seal()
        at.happen()
        yield at


@pytest.fixture
def at(made: Ledger):
    with made.undone():
        yield made


def event(index: int) -> str:
    return f"(SELECT event_id FROM register.ledger_leaf WHERE index = {index})"


def changed(column: str, value: str) -> tuple[str, str, int]:
    return f"UPDATE register.event SET {column} = {value} WHERE id = {event(TOUCHED)}", "changed", TOUCHED


SWAP = """
ALTER TABLE register.ledger_leaf DROP CONSTRAINT ledger_leaf_event;
UPDATE register.ledger_leaf l SET {columns} FROM register.ledger_leaf o WHERE (l.index, o.index) IN ((5, 6), (6, 5));
ALTER TABLE register.ledger_leaf ADD CONSTRAINT ledger_leaf_event UNIQUE (event_id)"""
"""Two leaves exchange what is named."""

RENUMBER = """
DELETE FROM register.ledger_leaf WHERE index = 6;
UPDATE register.ledger_leaf SET index = index + 1000 WHERE index > 6;
UPDATE register.ledger_leaf SET index = index - 1001 WHERE index > 1000"""

MUTATIONS = {
    **{
        f"an event's {column}": changed(column, value)
        for column, value in {
            "actor": "'18'", "at": "at + interval '1 microsecond'", "break_glass": "true",
            "categories": "'{phone,name}'", "channel": "NULL", "count": "count + 1",
            "kind": "'subjects.written'", "login": "'upkeep@sahkolaitos'", "notice_hash": "''",
            "reason": "'call:4712'", "retention_class": "NULL", "role": "''",
            "salt": "substring(sha256(salt) FOR 16)", "way": "'opened'",
        }.items()
    },
    "a member more": (f"INSERT INTO register.event_subject VALUES (99, {event(6)})", "changed", 6),
    "a member less": (f"DELETE FROM register.event_subject WHERE event_id = {event(7)} AND subject_id = 0", "changed", 7),
    "another member": (f"UPDATE register.event_subject SET subject_id = 99 WHERE event_id = {event(6)}", "changed", 6),
    "an event removed": (f"DELETE FROM register.event WHERE id = {event(6)}", "removed", 6),
    "an event removed with its leaf": (
        f"DELETE FROM register.event WHERE id = {event(6)}; DELETE FROM register.ledger_leaf WHERE index = 6", "removed", 6
    ),
    "an event removed and the others moved up": (
        f"DELETE FROM register.event WHERE id = {event(6)}; {RENUMBER}", "leaves", 6
    ),
    "two events reordered": (SWAP.format(columns="event_id = o.event_id, hash = o.hash"), "leaves", 5),
    "two leaves reordered whole": (
        SWAP.format(columns="event_id = o.event_id, hash = o.hash, nodes = o.nodes"), "leaves", 5
    ),
    "two events in each other's place": (SWAP.format(columns="event_id = o.event_id"), "changed", 5),
    "an event changed and its leaf with it": (
        (f"UPDATE register.event SET reason = 'call:1' WHERE id = {event(6)};"
        "UPDATE register.ledger_leaf SET hash = sha256('agreed') WHERE index = 6"), "leaves", 6
    ),
    "a leaf's hash": ("UPDATE register.ledger_leaf SET hash = sha256('x') WHERE index = 6", "changed", 6),
    "the last events cut off": (
        ("DELETE FROM register.event e USING register.ledger_leaf l WHERE l.event_id = e.id AND l.index >= 9;"
        "DELETE FROM register.ledger_leaf WHERE index >= 9"), "truncated", 9
    ),
    "a leaf put in after the last": (
        ("INSERT INTO register.ledger_leaf (index, event_id, hash, nodes) SELECT 12, id, sha256('x'), '' FROM register.event e"
        " WHERE NOT EXISTS (SELECT 1 FROM register.ledger_leaf l WHERE l.event_id = e.id)"), "changed", 12
    ),
    "a node": ("UPDATE register.ledger_leaf SET nodes = sha256('x') || substring(nodes FROM 33) WHERE index = 7", "node", 6),
    "a node of two leaves exchanged": ("UPDATE register.ledger_leaf SET nodes = (SELECT nodes FROM register.ledger_leaf WHERE index = 3) WHERE index = 11", "node", 8),
    "nodes removed": ("UPDATE register.ledger_leaf SET nodes = '' WHERE index = 7", "node", 0),
    "nodes cut off": ("UPDATE register.ledger_leaf SET nodes = substring(nodes FOR 32) WHERE index = 7", "node", 0),
    "a node more": ("UPDATE register.ledger_leaf SET nodes = nodes || sha256('x') WHERE index = 7", "node", 7),
    "a checkpoint's root": ("UPDATE register.checkpoint SET root = sha256('x') WHERE number = 1", "checkpoint", 8),
    "a checkpoint's size": ("UPDATE register.checkpoint SET size = 8 WHERE number = 1", "checkpoint", 8),
    "a checkpoint's time": ("UPDATE register.checkpoint SET at = at + interval '1 day' WHERE number = 1", "checkpoint", 8),
    "a checkpoint's text": ("UPDATE register.checkpoint SET note = replace(note, 'at 2026', 'at 2025') WHERE number = 1", "checkpoint", 8),
    "a checkpoint that cannot be read": ("UPDATE register.checkpoint SET note = 'x' WHERE number = 1", "checkpoint", 8),
    "a checkpoint removed": ("DELETE FROM register.checkpoint WHERE number = 1", "checkpoint", 8),
    "the first checkpoint removed": ("DELETE FROM register.checkpoint WHERE number = 0", "checkpoint", 4),
    "the last checkpoint removed": ("DELETE FROM register.checkpoint WHERE number = 2", "checkpoint", 11),
    "a checkpoint of a number far away": (
        ("INSERT INTO register.checkpoint SELECT 9000000000000000000, size, root, at, key_id,"
        " replace(note, 'number 2', 'number 9000000000000000000') FROM register.checkpoint WHERE number = 2"),
        "checkpoint",
        11,
    ),
    "checkpoints exchanged": (
        "UPDATE register.checkpoint c SET note = o.note FROM register.checkpoint o WHERE (c.number, o.number) IN ((0, 1), (1, 0))",
        "checkpoint", 4,
    ),
    "the last seal undone as if it had never been": (
        ("DELETE FROM register.event e USING register.ledger_leaf l WHERE l.event_id = e.id AND l.index >= 9;"
        "DELETE FROM register.ledger_leaf WHERE index >= 9; DELETE FROM register.checkpoint WHERE number = 2"), "truncated", 9
    ),
    "everything gone": (
        "TRUNCATE register.event, register.event_subject, register.ledger_leaf, register.checkpoint", "truncated", 0
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_is_tampered_with_is_found_and_where(at: Ledger, name):
    sql, what, index = MUTATIONS[name]
    tamper(at, sql)
    found = at.verify()
    assert not found["intact"]
    assert (what, index) in [(f["what"], f["index"]) for f in found["findings"]]
    assert at.audit() == found, "the verifier that stands alone finds the same"


def tamper(at: Ledger, sql: str) -> None:
    """As somebody who may do anything in the database."""
    for statement in sql.split(";"):
        assert at.admin.execute(statement).rowcount != 0
    if "sha256('agreed')" in sql:
        agree(at)


def agree(at: Ledger) -> None:
    """Makes leaf 6 the right one of its changed event, as who knows how leaves are made would."""
    from seloste.register.ledger.bodies import COLUMNS, body

    row = at.admin.execute(f"SELECT {COLUMNS} FROM register.event e WHERE e.id = {event(6)}").fetchone()
    right = verifier.leaf_hash(verifier.canonical(body(row)[0]))
    at.admin.execute("UPDATE register.ledger_leaf SET hash = %s WHERE index = 6", [right])


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in MUTATIONS
        if name not in {"everything gone", "the last seal undone as if it had never been"}
    ],
)
def test_all_but_the_end_cut_off_is_found_without_an_exported_checkpoint(at: Ledger, name):
    if name == "the last checkpoint removed":
        tamper(at, MUTATIONS[name][0])
        assert [(f["what"], f["index"], f["upto"]) for f in at.verify(exported=False)["findings"]] == [
            ("leaves", 9, 11)
        ]
        return
    tamper(at, MUTATIONS[name][0])
    assert not at.verify(exported=False)["intact"]


ANOTHER = {
    "uuid": "gen_random_uuid()",
    "bigint": "{0} + 1000",
    "integer": "{0} + 1",
    "boolean": "NOT {0}",
    "bytea": "{0} || sha256('x')",
    "text[]": "array_append({0}, 'x')",
    "text": "coalesce({0}, '') || 'x'",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
}
"""A value that is another one, by type."""


def test_no_column_of_a_sealed_row_can_be_changed_unseen(at: Ledger):
    """Every column of every table, the ones of tomorrow too, except the texts of a check that refuses."""
    at.happen(1, LONG_AGO)
    at.seal()
    disposal.dispose(at.sealer, at.signer, at.exported, at=AT)
    assert at.verify()["intact"]
    columns = at.admin.execute(
        "SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE c.relnamespace = 'register'::regnamespace AND c.relname = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped",
        [list(TABLES)],
    ).fetchall()
    assert len(columns) > 25
    sealed = {
        "event": f"id = {event(TOUCHED)}", "event_subject": f"event_id = {event(TOUCHED)}", "ledger_leaf": "index = 7",
        "checkpoint": "number = 1", "ledger_disposal": "true",
    }  # fmt: skip
    unseen = []
    for table, column, kind in columns:
        other = "'opened'" if (table, column) == ("event", "way") else ANOTHER[kind].format(column)
        change = f"UPDATE register.{table} SET {column} = {other} WHERE {sealed[table]}"
        with at.admin.transaction(force_rollback=True):
            assert at.admin.execute(change).rowcount > 0, change
            # by the administrator inside the change, which is undone at once
            if verifier.verify(iter(list(verifying._records(at.admin))), at.pinned, at.exported.read())[
                "intact"
            ]:
                unseen.append(f"{table}.{column}")
    assert unseen == []


def test_what_is_as_it_was_is_intact(at: Ledger):
    found = at.verify()
    assert found == {"intact": True, "size": 12, "checkpoints": 3, "unsealed": 1, "findings": []}
    assert at.audit() == found
    assert at.verify(exported=False) == found
    assert at.seal().events == 1
    assert at.verify() == at.audit() == {**found, "size": 13, "checkpoints": 4, "unsealed": 0}
    assert at.seal().events == 0
    assert at.verify()["checkpoints"] == 4, "nothing new is nothing to sign"


def test_a_ledger_rebuilt_under_a_new_key_is_found(at: Ledger, tmp_path):
    """As the owner of everything in the database would do it, who has not the key."""
    at.admin.execute("TRUNCATE register.ledger_leaf, register.checkpoint")
    at.admin.execute("UPDATE register.event SET actor = '1'")
    sealing.seal(
        at.sealer, FileSigner(tmp_path / "ledger.key", "seloste/test"), Exported(tmp_path / "c.txt"), at=AT
    )
    [finding] = at.verify(exported=False)["findings"]
    assert (finding["what"], finding["index"], finding["upto"]) == ("key", 0, 12)
    assert at.audit(exported=False)["findings"] == [finding]
    found = at.verify()
    assert {(f["what"], f["index"]) for f in found["findings"]} >= {("checkpoint", 4), ("leaves", 0)}
    assert at.audit() == found


FORGED = """
WITH d AS (INSERT INTO register.ledger_disposal (index, event_id) VALUES ({index}, gen_random_uuid()) RETURNING event_id)
INSERT INTO register.event (id, at, kind, actor, role, login, reason, categories, way, count, notice_hash)
SELECT event_id, now(), 'ledger.disposed', 'retention', '', 'sealer', 'retention:log', '{{}}', 'operation', 1, 'abc' FROM d"""
"""A disposal as the program would write it, of a leaf whose time has not come."""

DISPOSALS = {
    "whose time has not come": (FORGED.format(index=6), "leaf 6, the retention of which"),
    "made older than it is": (
        f"UPDATE register.event SET at = '2000-01-01Z' WHERE id = {event(6)};" + FORGED.format(index=6),
        "leaf 6, the body of which is not the one",
    ),
    "made older with its leaf": (
        (f"UPDATE register.event SET at = '2000-01-01Z', reason = 'call:1' WHERE id = {event(6)};"
        "UPDATE register.ledger_leaf SET hash = sha256('agreed') WHERE index = 6;") + FORGED.format(index=6),
        "leaf 6, the body of which is not the one",
    ),
    "of a class that the notice does not know": (
        f"UPDATE register.event SET retention_class = 'none' WHERE id = {event(6)};" + FORGED.format(index=6),
        "leaf 6, the body",
    ),
    "gone already": (
        f"DELETE FROM register.event WHERE id = {event(6)};" + FORGED.format(index=6),
        "leaf 6, the body of which is not there",
    ),
    "not sealed yet": (FORGED.format(index=12), "leaf 12, the body of which is not there"),
}  # fmt: skip


@pytest.mark.parametrize("name", DISPOSALS)
def test_a_disposal_that_no_rule_asks_for_is_never_signed(at: Ledger, name):
    """By the database's owner: signed, it would cover whatever is deleted then. Before the sealer judged, it was signed."""
    sql, why = DISPOSALS[name]
    tamper(at, sql)
    before = at.exported.path.read_bytes()
    for _ in range(2):
        with pytest.raises(sealing.LedgerTampered, match=why):
            at.seal()
    assert at.exported.path.read_bytes() == before
    assert at.admin.execute("SELECT max(number) FROM register.checkpoint").fetchone() == (2,)
    at.admin.execute(f"DELETE FROM register.event_subject WHERE event_id = {event(6)}")
    at.admin.execute(f"DELETE FROM register.event WHERE id = {event(6)}")
    found = at.verify()
    assert ("removed", 6) in [(f["what"], f["index"]) for f in found["findings"]]
    assert at.audit() == found


@pytest.mark.parametrize(
    "name", ["the last events cut off", "the last checkpoint removed", "everything gone"]
)
def test_who_tampered_cannot_have_it_sealed(at: Ledger, name):
    tamper(at, MUTATIONS[name][0])
    with pytest.raises(sealing.LedgerTampered, match="ledger verify"):
        at.seal()


def test_nothing_is_added_to_an_exported_file_that_was_damaged(at: Ledger):
    at.exported.path.write_text(at.exported.path.read_text()[:-20])
    with pytest.raises(CheckpointsUnreadable, match="as evidence"):
        at.seal()


@pytest.mark.parametrize("text", ["", "\n"])
def test_a_file_that_holds_no_checkpoint_is_neither_compared_with_nor_begun_anew(at: Ledger, capsys, text):
    """Emptied, it would let the last seal be undone, and another checkpoint of its number be signed."""
    tamper(at, MUTATIONS["the last seal undone as if it had never been"][0])
    at.exported.path.write_text(text)
    with pytest.raises(CheckpointsUnreadable, match="restore it from where it was kept, or name a new file"):
        at.exported.read()
    with (at.home / "export").open("w") as out:
        verifying.export(at.sealer, out)
    asked = ["--key", str(at.signer.pinned), "--checkpoint", str(at.exported.path)]
    assert verifier.main([str(at.home / "export"), *asked]) == 2
    assert "holds no checkpoint" in capsys.readouterr().err
    with pytest.raises(CheckpointsUnreadable):
        at.seal()
    assert at.exported.path.read_text() == text
    assert at.admin.execute("SELECT max(number) FROM register.checkpoint").fetchone() == (1,)


def test_keys_hand_over(at: Ledger):
    """Whoever pinned the first key follows to the second; who pinned the second starts there."""
    signer, first = at.signer, at.signer.pinned.read_text()
    old = signer.path.read_bytes()
    try:
        done = sealing.hand_over(at.sealer, signer, at.exported, at=AT)
        assert (done.events, done.checkpoint.number) == (1, 4)
        assert at.exported.read()[3].next_key == signer.public != at.pinned
        assert signer.public.signed(done.checkpoint)
        found = at.verify()
        assert (found["intact"], found["checkpoints"]) == (True, 5)
        assert at.audit() == found
        signer.pinned.write_text(f"{signer.public}\n")
        assert at.verify() == at.audit() == found
        signer.pinned.write_text(first)
        signer.path.write_bytes(old)
        with pytest.raises(sealing.AnotherKey):
            at.seal()
        # the old key is spent: what it signs afterwards counts for nothing
        put_under(at, signer, number=5)
        [finding] = at.verify()["findings"]
        assert (finding["what"], "key in force" in finding["told"]) == ("checkpoint", True)
    finally:
        signer.path.write_bytes(old)
        signer.pinned.write_text(first)


def put_under(
    at: Ledger, signer: FileSigner, number: int, next_key: verifier.PublicKey | None = None
) -> None:
    """A checkpoint more of the tree as it is, by whatever key."""
    last = at.exported.last()
    note = signer.sign(
        verifier.Checkpoint.write(
            signer.public, size=last.size, root=last.root, number=number, at=last.at, next_key=next_key
        )
    )
    at.admin.execute(sealing._CHECKPOINT, {**note.columns, "note": note.text})


def test_a_stranger_cannot_hand_over_to_the_pinned_key(at: Ledger, tmp_path):
    """A ledger rebuilt under another key that then names the pinned one: nothing that this one signed is there."""
    at.admin.execute("TRUNCATE register.ledger_leaf, register.checkpoint")
    stranger = FileSigner(tmp_path / "ledger.key", "seloste/test")
    sealing.seal(at.sealer, stranger, Exported(tmp_path / "c.txt"), at=AT)
    put_under(at, stranger, 1, at.pinned)
    assert at.verify(exported=False)["findings"][0]["what"] == "key"
    assert at.audit(exported=False)["findings"][0]["what"] == "key"


def test_a_hand_over_that_was_killed_is_finished(at: Ledger):
    old = at.signer.path.read_bytes()

    class Killed(Exception):
        pass

    class Dies(FileSigner):
        def take_over(self, successor):
            raise Killed

    try:
        with pytest.raises(Killed):
            sealing.hand_over(at.sealer, Dies(at.signer.path, at.signer.name), at.exported, at=AT)
        assert at.signer.path.read_bytes() == old
        assert at.seal().events == 1
        assert at.signer.path.read_bytes() != old
        assert at.verify()["intact"]
    finally:
        at.signer.path.write_bytes(old)


def test_proofs_lead_to_the_signed_root(at: Ledger):
    from uuid import UUID, uuid4

    from seloste.register.ledger import verifying

    kept = at.exported.read()
    last = kept[-1]
    for index, key in at.leaves():
        told = verifying.prove(at.sealer, UUID(key), kept[0])
        proof = [bytes.fromhex(each) for each in told.proof]
        assert told.checkpoint == last.text
        assert tree.root_of_inclusion(bytes.fromhex(told.leaf), index, last.size, proof) == last.root
        grown = [bytes.fromhex(each) for each in told.grown]
        assert tree.has_grown(kept[0].size, last.size, kept[0].root, last.root, grown)
    with pytest.raises(verifying.NotSealedYet):
        verifying.prove(at.sealer, uuid4(), None)
    tamper(at, MUTATIONS["nodes removed"][0])
    with pytest.raises(sealing.LedgerTampered):
        verifying.prove(at.sealer, UUID(at.leaves()[0][1]), None)


def test_an_export_names_nobody(at: Ledger):
    at.admin.execute(f"UPDATE register.event_subject SET subject_id = 6405170991 WHERE event_id = {event(6)}")
    at.audit()
    told = (at.home / "export.jsonl").read_text()
    assert "6405170991" not in told
    assert "members" in told


@pytest.mark.parametrize("damage", ["cut", "line", "not json", "empty"])
def test_a_damaged_export_is_said_to_be_one(at: Ledger, damage, capsys):
    at.audit()
    file = at.home / "export.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    made = {
        "cut": lines[:-1],
        "line": [lines[0], "{}\n", *lines[2:]],
        "not json": [*lines[:3], "{"],
        "empty": [],
    }[damage]
    file.write_text("".join(made))
    assert verifier.main([str(file), "--key", str(at.signer.pinned)]) == 2
    assert "cannot be read" in capsys.readouterr().err
