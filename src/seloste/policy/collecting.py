"""What may not be collected, whoever writes the row: a receivable that is disputed, and one that has expired.

A second opinion on `seloste.kernel.limitation`, from the rows that there are. It refuses as a check constraint
does, under a name: who imports a row has it wait with that name as the reason.
Law: Perintälaki 513/1999 4, 4 b §; Laki velan vanhentumisesta 728/2003 4-5, 7, 10-11, 13 a §.
"""

from __future__ import annotations

from .functions import function

TABLES = frozenset({"receivable", "payment", "reminder", "instalment"})
"""Where it stands what is owed, and what interrupts its limitation."""

BEFORE = "WHEN ((new.state = 'in_collection'::text))"
"""For which rows it is asked; spelled as the catalogue tells it, so that applying again leaves it alone."""

COLLECTABLE = function(
    "collectable",
    "",
    "trigger",
    """DECLARE _state text; _since timestamptz; _due timestamptz; _first date; _last date; _day date;
BEGIN
  -- each state begins as a row without an end: the last of them is what was known last, superseded or not
  SELECT r.state, r.valid_from INTO _state, _since FROM register.receivable r
  WHERE r.subject_id = NEW.subject_id AND r.controller = NEW.controller AND r.number = NEW.number AND r.valid_until IS NULL ORDER BY r.id DESC LIMIT 1;
  -- the earliest due day that was ever told: a later one, told afterwards, makes no debt younger
  SELECT min(r.due_at) INTO _due FROM register.receivable r
  WHERE r.subject_id = NEW.subject_id AND r.controller = NEW.controller AND r.number = NEW.number;
  IF _state = 'disputed' AND (NEW.valid_until IS NULL OR NEW.valid_until > _since) THEN
    RAISE EXCEPTION 'a disputed receivable is not given to collection'
      USING ERRCODE = '23514', TABLE = 'receivable', CONSTRAINT = 'receivable_disputed_not_collected';
  END IF;
  _first := ((least(NEW.due_at, _due) AT TIME ZONE 'Europe/Helsinki') - interval '1 microsecond')::date;
  _last := _first + interval '3 years';
  FOR _day IN SELECT (x.at AT TIME ZONE 'Europe/Helsinki')::date FROM (
      SELECT m.sent_at FROM register.reminder m
        WHERE m.subject_id = NEW.subject_id AND m.controller = NEW.controller AND m.number = NEW.number
      UNION ALL SELECT p.paid_at FROM register.payment p
        WHERE p.subject_id = NEW.subject_id AND p.controller = NEW.controller AND p.number = NEW.number AND p.paid_by = 'debtor' AND p.reversed_at IS NULL
      UNION ALL SELECT i.agreed_at FROM register.instalment i
        WHERE i.subject_id = NEW.subject_id AND i.controller = NEW.controller AND i.number = NEW.number) x(at) ORDER BY 1
  LOOP
    EXIT WHEN _day > _last;
    _last := greatest(_last, (_day + interval '3 years')::date);
  END LOOP;
  IF EXISTS (SELECT 1 FROM register.subject s WHERE s.id = NEW.subject_id AND s.kind = 'person') THEN
    _last := least(_last, (_first + interval '20 years')::date);
  END IF;
  -- what is in collection from now on is judged now, whenever it is said to have begun
  IF (CASE WHEN NEW.valid_until IS NULL OR NEW.valid_until > statement_timestamp() THEN greatest(NEW.valid_from, statement_timestamp()) ELSE NEW.valid_from END)
      >= (_last + 1)::timestamp AT TIME ZONE 'Europe/Helsinki' THEN
    RAISE EXCEPTION 'an expired receivable is not given to collection'
      USING ERRCODE = '23514', TABLE = 'receivable', CONSTRAINT = 'receivable_expired_not_collected';
  END IF;
  RETURN NEW;
END""",
)
