"""A point is found by its full number, also where nobody is seen at it: whoever moves in must be put somewhere."""

from __future__ import annotations

from .functions import function

POINT_KEY = function(
    "point_key",
    "_side text, _kind text, _number text",
    "bigint",
    """BEGIN
  IF NOT has_column_privilege(session_user, 'register.metering_point', 'kind', 'INSERT') THEN
    RAISE EXCEPTION 'a point is looked for by who may add one, and this login adds none' USING ERRCODE = '42501';
  END IF;
  RETURN (SELECT p.id FROM register.metering_point p JOIN policy.login l ON l.role = session_user AND p.side = ANY(l.sides)
    WHERE p.side = _side AND p.kind = _kind AND (p.gsrn = _number OR p.number = _number));
END""",
    "STABLE",
)
"""The key of a point on the login's own side, by kind and full number; of who is or was there it tells nothing."""
