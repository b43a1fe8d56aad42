"""`seloste bench find`: each kind of search, fifty at a time, against the same statement on plain tables."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING, Any

from .measuring import spread
from .register import register
from .sessions import USERS, acts
from .statements import SERVICE, Differs, by_hand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .policy import House
    from .register import Connection, Register

EACH, ROUNDS = 8, 6
"""Searches of each of the users in a round; rounds, the sides in turns."""
CONNECTIONS = 20
"""That whole searches share: of three logins, as a server has a hundred."""
TEXTS = 2_000
MOST = 51

ASKED = {
    "beginning of a family name": "SELECT left(s.family_name, 4) {of}",
    "family name": "SELECT s.family_name {of}",
    "both names": "SELECT split_part(s.given_names, ' ', 1) || ' ' || s.family_name {of}",
    "beginnings of both names": "SELECT left(s.given_names, 2) || ' ' || left(s.family_name, 4) {of}",
    "phone": "SELECT c.as_given {of} JOIN register.contact_point c ON c.subject_id = s.id WHERE c.category = 'phone'",
    "e-mail": "SELECT c.value {of} JOIN register.contact_point c ON c.subject_id = s.id WHERE c.category = 'email'",
    "street address": "SELECT a.street || ', ' || a.city {of} JOIN register.address a ON a.subject_id = s.id",
    "customer number": "SELECT s.id::text {of}",
    "agreement": "SELECT a.number {of} JOIN register.agreement a ON a.subject_id = s.id",
    "GSRN": "SELECT m.gsrn {of} JOIN register.agreement a ON a.subject_id = s.id"
    " JOIN register.metering_point m ON m.id = a.metering_point_id",
    "invoice": "SELECT r.number {of} JOIN register.receivable r ON r.subject_id = s.id",
    "business ID": "SELECT b.value FROM register.business_id b WHERE b.side = 'sahkolaitos'",
}
"""What is looked for, of people on the seller's side."""
BILLING = "billing@sahkolaitos"
IDENTIFICATION = "identification@sahkolaitos"


def bench_find(house: House, persons: int, say: Callable[[str], None]) -> dict[str, Any]:
    """This will measure on made-up people, in a database of its own: the time that 95 of 100 searches take at most.

    Shape: {"name", "rows": [{"case", "ours", "baseline", "ratio", "unit"}], "figures"}.
    """
    # imported late: it wants Django's settings
    from seloste.register.protection.backend.pool import connect_through

    figures: dict[str, Any] = {"persons": persons, "users": USERS, "rounds": ROUNDS}
    with house.database() as home, register(home, persons, say) as at:
        texts = _texts(at)
        with at.administrator() as admin:
            kept = {login: by_hand(admin, login) for login in (SERVICE, BILLING, IDENTIFICATION)}
            figures["tokens"] = admin.execute("SELECT count(*) FROM register.search_token").fetchone()[0]  # type: ignore[index]
            clerk = next(a for a in acts(admin) if a.purpose == "service" and a.reason.startswith("task"))
        rows = []
        for name, asked in texts.items():
            say(f"measuring: {name}")
            rows.append(_compared(at, name, _statements(name, asked, kept)))
        say("measuring: whole searches, with session and look-up log")
        connect_through(at.cluster, most=3 * CONNECTIONS, each=CONNECTIONS, wait=120)
        figures["connections"] = CONNECTIONS
        figures["find_ms_p95"] = {
            name: _whole(clerk, asked) for name, asked in texts.items() if name not in {"invoice", "hetu"}
        }
    return {"name": "find", "rows": rows, "figures": figures}


def _texts(at: Register) -> dict[str, list[str]]:
    """What is looked for, by kind: values of people all over the register."""
    of = "FROM (SELECT * FROM register.subject WHERE side = 'sahkolaitos' AND family_name IS NOT NULL) s"
    texts = {}
    with at.administrator() as admin:
        for name, sql in ASKED.items():
            found = admin.execute(
                f"SELECT * FROM ({sql.format(of=of)}) t ORDER BY md5(t::text) LIMIT {TEXTS}"
            ).fetchall()
            texts[name] = [text for (text,) in found if text]
        codes = admin.execute(
            "SELECT encode(coalesce(blind_index, blind_index_even), 'hex') FROM register.national_identifier"
            f" WHERE side = 'sahkolaitos' ORDER BY md5(id::text) LIMIT {TEXTS}"
        ).fetchall()
    texts["hetu"] = [code for (code,) in codes]
    return {name: found for name, found in texts.items() if found}


Statement = tuple[str, str, str, list[Any]]
"""Login, our SQL, the baseline's, parameters."""


def _statements(name: str, texts: list[str], kept: dict[str, str]) -> list[Statement]:
    """What each search asks of the database, and the same of plain tables with the answer tested by hand."""
    from seloste.register.protection.searching import NAMES, statement
    from seloste.register.subjects.finding import read
    from seloste.register.subjects.port import found_by

    if name == "hetu":
        sql = (
            "SELECT n.subject_id, s.given_names, s.family_name FROM register.national_identifier n"
            " JOIN register.subject s ON s.id = n.subject_id"
            " WHERE n.side = 'sahkolaitos' AND (n.blind_index = %s OR n.blind_index_even = %s)"
        )
        test = kept[IDENTIFICATION].replace("bits", "n.bits").replace("decided", "n.decided")
        plain = sql.replace("register.", "plain.") + f" AND {test}"
        return [(IDENTIFICATION, sql, plain, [bytes.fromhex(text)] * 2) for text in texts]
    login = BILLING if name == "invoice" else SERVICE
    beyond = {"phone", "metering_points"} if login == BILLING else {"receivables"}
    categories = {way.category for way in found_by().values()} - beyond
    held = ", ".join(f"'{category}'" for category in sorted(categories))
    made = []
    for text in texts:
        sql, params = statement(list(read(text, categories)), NAMES, MOST, merges=True)
        tested = f"plain.search_token WHERE category IN ({held}) AND {kept[login]} AND kind"
        plain = sql.replace("register.search_token WHERE kind", tested).replace("register.", "plain.")
        made.append((login, sql, plain, params))
    return made


def _compared(at: Register, name: str, statements: list[Statement]) -> dict[str, object]:
    """Fifty users at a time on each side in turns: the time within which 95 of 100 are answered. Units: milliseconds.

    Raises: Differs.
    """
    spent: dict[str, list[float]] = {"ours": [], "baseline": []}
    login = statements[0][0]
    with ExitStack() as stack:
        lines = {side: [stack.enter_context(_line(at, side, login)) for _ in range(USERS)] for side in spent}
        for each in statements[:20]:
            found = {side: _once(lines[side][0], side, each)[1] for side in spent}
            if found["ours"] != found["baseline"]:
                raise Differs(
                    f"{name}: the two sides answer {len(found['ours'])} and {len(found['baseline'])} rows"
                )
        threads = stack.enter_context(ThreadPoolExecutor(USERS))
        turn = spread(list(range(len(statements))))
        for number in range(ROUNDS):
            for side in list(spent)[:: -1 if number % 2 else 1]:
                work = [[statements[next(turn)] for _ in range(EACH)] for _ in range(USERS)]
                told = threads.map(_many, lines[side], [side] * USERS, work)
                spent[side] += [took for times in told for took in times]
    ours, theirs = (_p95(times) for times in spent.values())
    return {
        "case": name,
        "ours": round(ours, 2),
        "baseline": round(theirs, 2),
        "ratio": round(ours / theirs, 3),
        "unit": "ms",
    }


def _line(at: Register, side: str, login: str) -> Connection:
    line = at.login(login) if side == "ours" else at.plain()
    line.prepare_threshold = None
    return line


def _many(line: Connection, side: str, statements: list[Statement]) -> list[float]:
    return [_once(line, side, each)[0] for each in statements]


def _once(line: Connection, side: str, each: Statement) -> tuple[float, list[Any]]:
    _, ours, plain, params = each
    began = time.perf_counter()
    rows = line.execute(ours if side == "ours" else plain, params).fetchall()
    return time.perf_counter() - began, rows


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)] * 1e3


def _whole(clerk: Any, texts: list[str]) -> float:
    """Searches as the command makes them: a session, the search, its look-up log. Units: milliseconds."""
    from seloste.register.protection.session import acting
    from seloste.register.subjects.finding import find

    def once(text: str) -> float:
        began = time.perf_counter()
        with acting(clerk.username, clerk.purpose, clerk.reason) as session:
            find(session, text)
        return time.perf_counter() - began

    with ThreadPoolExecutor(USERS) as threads:
        asked: Iterator[str] = islice((texts[n % len(texts)] for n in range(USERS * EACH)), USERS * EACH)
        return round(_p95(list(threads.map(once, asked))), 2)
