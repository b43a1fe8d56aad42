"""What a way of reading is: what is done, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seloste.register.protection.refusals import NotInPurpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class Recorded:
    """An event of the look-up log, as exactly as it must stand there."""

    way: str
    subjects: tuple[int, ...]
    count: int
    categories: tuple[str, ...]

    def __str__(self) -> str:
        whom = f"subjects {', '.join(map(str, self.subjects))}" if self.subjects else "no subject"
        what = ", ".join(self.categories) or "no category"
        return f"`{self.way}`, {whom}, count {self.count}: {what}"


@dataclass(frozen=True)
class Refused:
    """A rule that refuses, and by which words of the error it is known."""

    rule: str
    match: str
    where: str = "before anything is sent"
    error: type[BaseException] = NotInPurpose

    def __str__(self) -> str:
        return f"{self.rule} ({self.where})"

    @property
    def sends(self) -> bool:
        """Whether a statement reaches the server; no row of it is taken then."""
        return self.where != "before anything is sent"


@dataclass(frozen=True)
class Way:
    """One way to read. `do` is given the open session, or None when it is done outside of one."""

    title: str
    do: Callable[[Any], Any]
    recorded: tuple[Recorded, ...] = ()
    refused: Refused | None = None
    who: tuple[str, str, str] | None = ("aino", "service", "call:1")

    @property
    def streams(self) -> bool:
        """Whether each event belongs to a chunk of its own, told when the chunk is asked for."""
        return "iterator" in self.title and not self.refused


@dataclass
class Ways:
    """The ways, in the order in which they are told, each under a heading."""

    all: list[tuple[str, Way]] = field(default_factory=list)

    def under(self, heading: str, ways: Iterable[Way]) -> None:
        """This will add ways under a heading."""
        self.all += [(heading, way) for way in ways]


def opened(subject: int, *categories: str) -> Recorded:
    """One subject's rows were let out."""
    return Recorded("opened", (subject,), 1, tuple(sorted(categories)))


def listed(subjects: Iterable[int], *categories: str) -> Recorded:
    """Rows of several subjects were let out."""
    found = tuple(subjects)
    return Recorded("listed", found, len(found), tuple(sorted(categories)))


def counted(count: int, *categories: str, named: tuple[int, ...] = ()) -> Recorded:
    """A number was let out; `named` are the subjects that the question named itself, or the few whom it found."""
    return Recorded("counted", named, count, tuple(sorted(categories)))


def touched(subjects: Iterable[int], *categories: str) -> Recorded:
    """How many rows an UPDATE or DELETE touched was let out."""
    found = tuple(subjects)
    return Recorded("operation", found, len(found), tuple(sorted(categories)))


KEYLESS = Refused("rows must carry the key of each subject they are about", "without the subject's key")
COMBINED = Refused(
    "a query that is put together from several carries no key that can be followed", "UNION, extra"
)
TEXT = Refused("SQL text inside a query cannot be looked through", "SQL text inside a query")
FOREIGN = Refused("an expression that is not Django's own may compile to anything", "not Django's own")
WINDOW = Refused("a window looks at the rows of other subjects", "a window over other subjects")
OTHERS = Refused("a query inside must ask about the same subject", "about other subjects")
REACHED = Refused("what names no subject is read through what does", "names no subject")
AGGREGATE = Refused("an aggregate is a count, or registered by name", "an aggregate that is not registered")
FEW = Refused("an aggregate over few subjects is about them", "fewer than", "before its answer is let out")
EXPLAIN = Refused("a plan tells how common a value is", "EXPLAIN|UNION, extra")
OWN = Refused("statements of one's own are not run", "statements of your own")
CONFLICT = Refused("what is there already would be told", "ON CONFLICT")
BEYOND = Refused("columns are those that the login reads, by their names", "may not read")
DENIED = Refused("the login has no grant on it", "PostgreSQL refused", "by PostgreSQL")
FALSE_KEY = Refused(
    "the server must confirm whose column each key is",
    "an answer whose key is not",
    "before the first row is taken",
)
OUTSIDE = Refused("there is no purpose outside a session", "inside acting|inside\nacting")
OUTLIVED = Refused(
    "what outlives its session, or leaves its thread, is dead", "belongs to a purpose session that is over"
)
LOOP = Refused("a session is of one thread, which an event loop is not", "sync_to_async")
LENT = Refused("a generator would lend its purpose to whoever consumes it", "inside a generator")
NESTED = Refused("purposes do not nest", "purposes do not nest")
NOT_DECLARED = Refused(
    "the models declare no way back from a subject to what is about it", "address_set", error=AttributeError
)
HOUSEKEEPING = Refused("the housekeeping connection is not a way to the register's tables", "inside acting")
DEFAULT = Refused(
    "the housekeeping login has no grant on anybody",
    "permission denied|InsufficientPrivilege",
    "by PostgreSQL",
    Exception,
)
CHOSEN = Refused(
    "rows are not chosen by another subject's", "rows chosen by another subject's|about other subjects"
)
INSIDE = Refused("a query inside an INSERT would be let out by reading it back", "a query inside an INSERT")
