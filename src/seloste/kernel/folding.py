"""How names, streets and numbers are written so that whoever types them finds them, on any keyboard.

A word is kept in two ways: *folded*, in which everything is alike that people confuse (å, ä and a; ö and o;
w and v; one letter and two; the letters of Sámi and their nearest), and *spelt*, as it is written in lower
case. What begins a word begins its folding too: no rule looks ahead, or a beginning would find nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice, product

from .identifiers import NotAnIdentifier, business_id

LIKE = str.maketrans(
    {
        "w": "v", "đ": "d", "ð": "d", "ŋ": "n", "ŧ": "t", "þ": "t", "ǥ": "g", "ʒ": "z", "ǯ": "z", "ø": "o", "æ": "a", "œ": "o",
        "ł": "l", "ı": "i", "ħ": "h", "ə": "a",
    }
)  # fmt: skip
"""Letters that no keyboard but their own has, and w, which is written for v in Finnish names."""

JOINING = re.compile(r"['’‘`´ʹʼ.]")
"""Marks inside a word: O'Connor is written OConnor too."""
BETWEEN = re.compile(r"[^\w]+|_+")
HYPHEN = re.compile(r"[-‐‑–]")
INFLECTED = re.compile(
    r"(?P<stem>.+[aeiouy])s(?:e(?:n|t|le|la|lta|sa|sta|na|ksi)?|ta|ten|i(?:a|en|n|le|la|lta|sa|sta|na)?)?"
)
"""Korhosen, Korhosta, Korhoselle, folded: of Korhonen, whose other cases have -s- where it has -nen."""
FORMS = frozenset({"oy", "oyj", "ab", "abp", "ky", "kb", "tmi", "ay", "ry", "rf", "as", "osk"})
"""Words that tell what kind of organisation it is: nobody is looked for by them."""
PARTS = 8
"""Parts of a name that are kept: more are no name."""
READINGS = 6
"""Ways to read what is looked for: each is searched."""

END = "\U0010ffff"
"""Sorts behind whatever a word goes on with."""


@dataclass(frozen=True)
class Token:
    """A way in which something can be found: as it is folded, and as it is spelt."""

    folded: str
    spelt: str


@dataclass(frozen=True)
class Asked:
    """What is looked for: what begins with `folded` and has further words that begin with each of `others`.

    `whole`: the last word of `folded` ends there. What is spelt as `spelt` is found first.
    """

    folded: str
    spelt: str
    others: tuple[str, ...] = ()
    whole: bool = False

    @property
    def until(self) -> str:
        """What sorts behind all that is looked for; a space is the smallest that a word is followed by."""
        return f"{self.folded}!" if self.whole else f"{self.folded}{END}"


def spelt(text: str) -> str:
    """This will write words in lower case with single spaces, hyphens and other marks between them taken out."""
    told = _without_marks(unicodedata.normalize("NFC", text).casefold())
    return BETWEEN.sub(" ", JOINING.sub("", told)).strip()


def folded(text: str) -> str:
    """This will write words so that all that is confused is alike."""
    plain = _without_marks(unicodedata.normalize("NFKD", spelt(text)))
    return re.sub(r"([^\W\d_])\1+", r"\1", plain.translate(LIKE))


def person(given: str | None, family: str | None) -> list[Token]:
    """This will write a person's name from each of its parts on, so that the beginning of any finds it.

    Family and given names follow each other in both orders: from a given name on, the family name comes next.
    """
    givens, families = _words(given), _words(family)
    joined = [*_joined(given), *_joined(family)]
    ways = [[part, *_without(families, n), *givens] for n, part in enumerate(families)]
    ways += [[part, *families, *_without(givens, n)] for n, part in enumerate(givens)]
    ways += [[part, *families, *givens] for part in joined]
    return _tokens([[*way, *joined] for way in ways[: 2 * PARTS]])


def organisation(name: str | None) -> list[Token]:
    """This will write an organisation's name from each of its words on, but for those that tell its form."""
    words = _words(name)
    starts = [n for n, word in enumerate(words) if word not in FORMS] or list(range(len(words)))
    joined = _joined(name)
    ways = [[*words[n:], *words[:n]] for n in starts]
    ways += [[part, *words] for part in joined]
    return _tokens([[*way, *joined] for way in ways[: 2 * PARTS]])


def street(*lines: str | None) -> list[Token]:
    """This will write an address as one line: street, postcode, post office."""
    return _tokens([_address(" ".join(filter(None, lines)))])


def asked_name(text: str) -> list[Asked]:
    """This will read words as parts of a name in any order, the longest first, as it shuts out most.

    A letter with nothing beside it is a whole word: it begins too much. Words with a hyphen, and two words alone, are read joined too.
    """
    words, closed = _words(text), _words(HYPHEN.sub("", text))
    if "@" in text or not any(c.isalpha() for c in text):
        return []
    readings = [*islice(product(*map(_read, words)), READINGS)]
    if len(closed) < len(words):
        readings.append(tuple(closed))
    elif len(words) == 2:  # noqa: PLR2004 - Ann Marie may be Annmarie
        readings.append(("".join(words),))
    found = []
    for reading in readings:
        first, *rest = sorted(reading, key=len, reverse=True)
        found.append(Asked(folded(first), first, tuple(map(folded, rest)), whole=len(first) == 1))
    return [each for each in dict.fromkeys(found) if each.folded]


def asked_street(text: str) -> list[Asked]:
    """This will read words as an address: up to the number in their order, and the rest in any."""
    words = _address(text)
    if "@" in text or not words or words[0][0].isdigit():
        return []
    numbered = next((n for n, word in enumerate(words) if word[0].isdigit()), len(words) - 1)
    begin, rest = " ".join(words[: numbered + 1]), words[numbered + 1 :]
    return [Asked(folded(begin), begin, tuple(map(folded, rest)))]


def asked_number(text: str) -> list[Asked]:
    """This will read a number of ours or of a reference, before which a few letters may stand; whole.

    The beginning of a number is anybody's.
    """
    told = number(text)
    return [Asked(told, told, whole=True)] if re.match(r"[^\W\d_]{0,8}[0-9]", told) else []


def number(text: str) -> str:
    """This will write a number of ours or of a reference without spaces, hyphens and leading zeros, in upper case.

    A creditor reference (RF, ISO 11649) is the Finnish one behind its two check digits.
    """
    told = re.sub(r"[\s-]", "", text).upper()
    told = re.sub(r"^RF[0-9]{2}", "", told)
    return told.lstrip("0")


def asked_phone(text: str) -> list[Asked]:
    """This will read a telephone number, or its first five digits or more, as it may be kept: E.164 without its plus."""
    told = re.sub(r"\(0\)", "", text)
    told = re.sub(r"[\s/().-]", "", told)
    if not re.fullmatch(r"\+?[0-9]{5,17}", told):
        return []
    if told.startswith(("+", "00")):
        ways = [told.lstrip("+").removeprefix("00")]
    elif told.startswith("0"):
        ways = [f"358{told[1:]}"]
    else:
        ways = [told, f"358{told}"]
    return [Asked(way, way) for way in ways]


def asked_business_id(text: str) -> list[Asked]:
    """This will read a Y-tunnus with or without its hyphen, its first zero or the FI of a VAT number."""
    told = re.sub(r"[\s-]", "", text).upper().removeprefix("FI")
    if not re.fullmatch(r"[0-9]{7,8}", told):
        return []
    try:
        told = business_id(f"{told[:-1]}-{told[-1]}")
    except NotAnIdentifier:
        return []
    return [Asked(told, told, whole=True)]


def is_hetu(text: str) -> bool:
    """Whether a text has the form of a personal identity code, whatever its check character."""
    return bool(re.fullmatch(r"\s*[0-9]{6}[-+A-Ya-y][0-9]{3}[0-9A-Za-z]\s*", text))


def _without_marks(text: str) -> str:
    """Letters without the marks that stand beside them; what is one letter with its mark keeps it."""
    if text.isascii():
        return text
    return "".join(c for c in text if not unicodedata.combining(c))


def _words(text: str | None) -> list[str]:
    return spelt(text or "").split()[:PARTS]


def _address(text: str) -> list[str]:
    """The words of an address, numbers apart from letters: 5b is 5 b."""
    return re.sub(r"(?<=[0-9])(?=[^\W\d])|(?<=[^\W\d])(?=[0-9])", " ", spelt(text)).split()[: 4 * PARTS]


def _without(words: list[str], which: int) -> list[str]:
    return words[:which] + words[which + 1 :]


def _joined(text: str | None) -> list[str]:
    """Words with a hyphen, written without it."""
    return [spelt(HYPHEN.sub("", word)) for word in (text or "").split() if HYPHEN.search(word.strip("-‐‑–"))]


def _read(word: str) -> list[str]:
    """A word, and the name in -nen that it is a case of."""
    told = folded(word)
    if not (inflected := INFLECTED.fullmatch(told)):
        return [word]
    stem = inflected["stem"]
    return [word, f"{word[: len(stem)] if len(word) == len(told) else stem}nen"]


def _tokens(ways: list[list[str]]) -> list[Token]:
    texts = dict.fromkeys(" ".join(way) for way in ways)
    return [Token(folded(text), text) for text in texts if text]
