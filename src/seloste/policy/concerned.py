"""How a fact decides: whose answers hang on it, and in which order they are locked.

Subjects by key. What is read in a later statement is read as it stands under their locks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .merges import CLOSING, NAMED, REFUSED, merged, records

if TYPE_CHECKING:
    from .schema import Table

JUDGED = {
    "agreement_period": """SELECT c.subject_id FROM {changed} c
    UNION SELECT j.subject_id FROM {changed} c JOIN register.agreement_party j ON j.agreement_id = c.agreement_id
    UNION SELECT r.subject_id FROM {changed} c JOIN register.representation r ON r.organisation_id = c.subject_id""",
    "subject_merge": NAMED,
}
"""Whose answer hangs on a fact, where it is not its subject's alone."""

CONCERNED = {
    "agreement_period": JUDGED["agreement_period"],
    "agreement_party": """SELECT c.subject_id FROM {changed} c
    UNION SELECT a.subject_id FROM {changed} c JOIN register.agreement a ON a.id = c.agreement_id""",
    "representation": "SELECT c.subject_id FROM {changed} c UNION SELECT c.organisation_id FROM {changed} c",
    "subject_merge": records(NAMED),
}
"""Whoever else a fact is judged by: they are locked with its subject, before it is asked who is judged."""


def decided(table: Table, changed: str, came: str, *, lock: bool) -> str:
    """The body of a trigger by which facts that came, went or are superseded decide; `changed` are their rows.

    `came` is what is done about the rows themselves after that; `lock=False` is the race that a test must find.
    """
    judged = JUDGED.get(table.name, "SELECT DISTINCT c.subject_id FROM {changed} c").format(changed=changed)
    if table.name in {*CLOSING, "subject_merge"}:
        return _decided_together(table, changed, judged, came, lock=lock)
    agreements = (
        f", ARRAY(SELECT DISTINCT c.agreement_id FROM {changed} c)"
        if table.name in {"agreement_period", "agreement_party"}
        else ""
    )
    return (
        f"BEGIN\n{_locked(table, changed, lock=lock)}  PERFORM policy.refresh(ARRAY({judged}){agreements});\n"
        f"{came}  RETURN NULL;\nEND"
    )


def _decided_together(table: Table, changed: str, judged: str, came: str, *, lock: bool) -> str:
    """Every record of a human is locked in order of key and decided.

    A merge or its end locks them all too. So under the lock of one the group stands still: one that came while
    the lock was waited for is decided after the others.
    """
    refused = REFUSED if table.name == "subject_merge" and changed == "changed" else ""
    everybody = f"ARRAY({records('SELECT unnest(_ids) AS id')})"
    return f"""DECLARE _ids bigint[] := ARRAY({judged}); _known bigint[];
BEGIN
{_locked(table, changed, lock=lock)}{refused}  IF {merged("_ids")} THEN
    _ids := {everybody};
  END IF;
  PERFORM policy.refresh(_ids);
  IF {merged("_ids")} THEN
    _known := _ids; _ids := {everybody};
    IF NOT _ids <@ _known THEN PERFORM policy.refresh(_ids); END IF;
  END IF;
{came}  RETURN NULL;
END"""


def _locked(table: Table, changed: str, *, lock: bool) -> str:
    concerned = CONCERNED.get(table.name, "").format(changed=changed)
    return f"  {lock_subjects(f'IN ({concerned})')}\n" if lock and concerned else ""


def lock_subjects(which: str) -> str:
    """Locks subjects in order of key: what is read in a later statement is read as it stands."""
    return f"PERFORM 1 FROM register.subject x WHERE x.id {which} ORDER BY x.id FOR NO KEY UPDATE;"
