"""Every way of reading is recorded before anything is let out, or refused before anything is taken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from seloste.register.protection import lookups
from seloste.register.protection.backend.line import Line
from seloste.register.protection.refusals import NotRecorded
from seloste.register.protection.session import acting

from .all import ALL, page
from .ways import Recorded

PAGE = Path(__file__).parents[3] / "docs" / "ways-of-reading.md"
RECORDED = [way for _, way in ALL if not way.refused]
REFUSED = [way for _, way in ALL if way.refused]


class Undo(Exception):
    """Takes back what a way wrote."""


@pytest.fixture
def sent(monkeypatch):
    """The cursors of every statement that reaches a purpose's connection once the session is open."""
    cursors = []
    run = Line.run

    def spy(line, sql, params=()):
        told = SimpleNamespace(sql=sql, cursor=None)
        cursors.append(told)
        told.cursor = run(line, sql, params)
        return told.cursor

    monkeypatch.setattr(Line, "run", spy)
    return cursors


def events(log):
    """What stands in the log, seen by another connection: committed, whatever the session does yet."""
    return [
        Recorded(e["way"], tuple(e["subjects"]), e["count"], tuple(e["categories"]))
        for e in log.events()
        if e["kind"] == lookups.READ
    ]


def performed(way, then):
    """Does a way, has `then` look while the session is still open, and takes back what was written."""
    if way.who is None:
        then(lambda: way.do(None))
        return
    try:
        with acting(*way.who) as session:
            then(lambda: way.do(session))
            undo()
    except Undo:
        pass


def undo():
    raise Undo


@pytest.mark.parametrize("way", RECORDED, ids=lambda way: way.title)
def test_it_is_recorded_exactly_and_before_it_is_in_anybodys_hands(log, way):
    def looked(do):
        answer = do()
        if isinstance(answer, Iterator):
            assert events(log) == []
            for expected, _ in enumerate(way.recorded, 1):
                next(answer)
                assert events(log) == list(way.recorded[:expected])
                rest = way.recorded[expected - 1].count - 1
                for _ in range(rest):
                    next(answer)
            assert list(answer) == []
        assert events(log) == list(way.recorded)

    performed(way, looked)


@pytest.mark.parametrize("way", RECORDED, ids=lambda way: way.title)
def test_nothing_of_it_is_let_out_when_the_log_cannot_be_written(log, monkeypatch, way):
    """Each of its events in turn is not written; what it would have told must not come out."""
    write = lookups.write

    for number in range(len(way.recorded)):
        left = [number]

        def shut(event, left=left):
            if left[0] == 0:
                raise NotRecorded("shut")
            left[0] -= 1
            write(event)

        def looked(do, number=number, shut=shut):
            monkeypatch.setattr(lookups, "write", shut)
            told = []
            with pytest.raises(NotRecorded):
                answer = do()
                if isinstance(answer, Iterator):
                    told += list(answer)
                else:
                    told.append(answer)
            assert told == []
            monkeypatch.setattr(lookups, "write", write)
            assert events(log) == list(way.recorded[:number])

        performed(way, looked)
        log.clear()


@pytest.mark.parametrize("way", REFUSED, ids=lambda way: way.title)
def test_it_is_refused_before_anything_is_taken(log, sent, way):
    def looked(do):
        with pytest.raises(way.refused.error, match=way.refused.match):
            answer = do()
            if isinstance(answer, Iterator):
                list(answer)
        assert events(log) == list(way.recorded)
        beyond = sent[len(way.recorded) :] if way.who else []
        if not way.refused.sends:
            assert [s.sql for s in beyond] == []
        assert all(s.cursor is None or not s.cursor.rownumber for s in beyond)

    performed(way, looked)


def test_the_page_tells_the_ways_that_were_tried():
    """The list in the documentation is made of these; SELOSTE_SNAPSHOT=write makes it anew."""
    if os.environ.get("SELOSTE_SNAPSHOT") == "write":
        PAGE.write_text(page())
    assert page() == PAGE.read_text(), "SELOSTE_SNAPSHOT=write, run again, and read the difference"


def test_there_are_as_many_as_are_told():
    titles = [way.title for _, way in ALL]
    assert len(titles) == len(set(titles))
    assert len(titles) >= 40
    assert len(RECORDED) >= 20
    assert len(REFUSED) >= 20
