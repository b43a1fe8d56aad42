"""Names as people have them: one alone, several with one that is used, particles, hyphens, any letters.

Nothing is cut, folded or capitalised: how a name is found is another matter than how it is written.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

AT_MOST = 200
"""Characters of one part of a name; the electricity market's messages hold as many of a whole one."""
_BESIDE_LETTERS = frozenset(" -'’.·,")
"""What stands in a name beside letters; a comma before a generation (Esimerkki, nuorempi)."""


class NotAName(ValueError):
    """The words are not written as a name is; the message names the rule, never the words."""


@dataclass(frozen=True)
class Name:
    """A person's name: given names in order, which of them is used, and the family name."""

    given: str | None = None
    family: str | None = None
    call: str | None = None

    @property
    def whole(self) -> str:
        """All of it, as it stands on a document."""
        return " ".join(part for part in (self.given, self.family) if part)

    @property
    def used(self) -> str:
        """As the person is written to: by the name that is used, else by the first."""
        first = self.call or (self.given or "").partition(" ")[0]
        return " ".join(part for part in (first, self.family) if part)


def written(words: str, what: str = "a name") -> str:
    """This will check one part of a name and write it in composed letters with single spaces.

    Raises: NotAName.
    """
    told = " ".join(unicodedata.normalize("NFC", words).split())
    if not told:
        raise NotAName(f"{what} is empty: leave it out where there is none")
    if len(told) > AT_MOST:
        raise NotAName(f"{what} has at most {AT_MOST} characters")
    if any(not _of_a_name(letter) for letter in told):
        raise NotAName(f"{what} is letters, spaces, hyphens, apostrophes and points")
    if not any(unicodedata.category(letter).startswith("L") for letter in told):
        raise NotAName(f"{what} has a letter in it")
    return told


def _of_a_name(letter: str) -> bool:
    return letter in _BESIDE_LETTERS or unicodedata.category(letter)[0] in {"L", "M"}


def person(given: str | None = None, family: str | None = None, call: str | None = None) -> Name:
    """This will check a person's name: at least one part, and a name that is used among those given.

    Raises: NotAName.
    """
    first = written(given, "a given name") if given and given.strip() else None
    last = written(family, "a family name") if family and family.strip() else None
    used = written(call, "the name that is used") if call and call.strip() else None
    if not first and not last:
        raise NotAName("a person has a name: given names, a family name, or the one name that there is")
    if used and used not in parts(first or ""):
        raise NotAName("the name that is used is one of the given names")
    return Name(first, last, used)


def parts(given: str) -> set[str]:
    """This will list the names of which one may be used: each, each half of a hyphenated one, and a run of them."""
    names = given.split()
    halves = {half for name in names for half in name.split("-")}
    runs = {" ".join(names[i:j]) for i in range(len(names)) for j in range(i + 1, len(names) + 1)}
    return {part for part in halves | runs if part}


def organisation(words: str) -> str:
    """This will check an organisation's name: anything printable, in composed letters with single spaces.

    Raises: NotAName.
    """
    told = " ".join(unicodedata.normalize("NFC", words).split())
    if not told or len(told) > AT_MOST:
        raise NotAName(f"an organisation's name has 1 to {AT_MOST} characters")
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"} for letter in told):
        raise NotAName("an organisation's name is printable")
    return told
