"""Numbers that pass every check and belong to nobody: made by rule from a running number.

The same running number always gives the same identifier and no two give one, so batches can
be made in any order.
"""

from __future__ import annotations

from datetime import date, timedelta

from seloste.kernel.identifiers import hetu_check

SEPARATORS = {19: "-YXWVU", 20: "ABCDEF"}
ARTIFICIAL = 900
PAIRS = 50
PEOPLE_A_BATCH = 5_000
MOST_BATCHES = PAIRS * len(SEPARATORS[19])
ADULT_FROM, ADULT_DAYS = date(1936, 1, 1), 25_900
MINOR_FROM, MINOR_DAYS = date(2012, 1, 1), 4_900

PHONE_PREFIX = "48"
"""Valid by the numbering plan, and no operator is known for it (libphonenumber 9.0)."""
PHONE_SPAN = 10_000_000
BUSINESS_FROM = 9_000_000
"""Y-tunnus numbers are issued upwards and have reached the 3,600,000s."""
BUSINESS_SPAN = 500_000
GSRN_PREFIX = "6439999"


def hetu(born: date, batch: int, *, man: bool) -> str:
    """This will make a personal identity code whose individual number is 900 to 999: nobody's.

    `batch` decides separator and number, so that people of two batches born on one day differ.
    """
    separators = SEPARATORS[born.year // 100]
    number = ARTIFICIAL + 2 * (batch % PAIRS) + man
    day = f"{born.day:02}{born.month:02}{born.year % 100:02}"
    return f"{day}{separators[batch // PAIRS]}{number}{hetu_check(f'{day}{number}')}"


def birthday(day: int, *, minor: bool = False) -> date:
    """This will tell the date of a running day: an adult's, or a minor's."""
    return (MINOR_FROM if minor else ADULT_FROM) + timedelta(days=day)


def business_id(number: int) -> str:
    """This will make a Y-tunnus that was never issued.

    Of two neighbouring numbers at most one has no check digit (remainder 1), so each gets a pair.
    """
    for body in (BUSINESS_FROM + 2 * number, BUSINESS_FROM + 2 * number + 1):
        rest = sum(int(d) * w for d, w in zip(str(body), (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        if rest != 1:
            return f"{body}-{(11 - rest) % 11}"
    raise AssertionError


def gsrn(number: int) -> str:
    """This will make a metering point's number with a right check digit (GS1, weights 3 and 1)."""
    body = f"{GSRN_PREFIX}{number:010}"
    digits = [ord(d) - 48 for d in body]
    return f"{body}{-(3 * sum(digits[::2]) + sum(digits[1::2])) % 10}"


def phone(number: int) -> str:
    """This will make a mobile number (E.164); scattered, so that neighbours do not look alike."""
    return f"+358{PHONE_PREFIX}{(number * 7_654_321 + 1_234_567) % PHONE_SPAN:07}"


def as_said(number: str) -> str:
    """This will write an E.164 number as people in Finland say it."""
    return f"0{number[4:6]} {number[6:9]} {number[9:]}"
