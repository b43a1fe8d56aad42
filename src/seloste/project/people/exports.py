"""Exports of five systems about the same made-up people, as those who keep them would each have written them down.

They contradict each other where systems do: an address from before a move in one, a name in capitals in another,
a ban on a form that nobody told the rest of. One row cannot be read, and waits for somebody to mend it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import xlsxwriter

from seloste.kernel.neutral import harmless

from . import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

HELMI = "70001"
"""What Generis calls the one whom all five systems know: Helmi Vuorensola."""
UNREADABLE = "70003"
"""Whose telephone number says when to call."""
BATCH = numbers.MOST_BATCHES - 1
FIRST = 9_000_000_000
"""Numbers from here on are nobody's of those who are populated."""
PEOPLE = (
    ("Helmi Matilda", "Vuorensola", "Hämeenkatu 12 A 4", "33200"),
    ("Urho Kaleva", "Niittylahti", "Kuninkaankatu 5", "33210"),
    ("Toivo Olavi", "Kangasniitty", "Pispalanharju 20", "33240"),
    ("Lempi Inkeri", "Saarenmäki", "Satamakatu 8 C 11", "33200"),
    ("Veikko Ensio", "Purontaus", "Sammonkatu 30", "33540"),
    ("Martta Sofia", "Kivikoski", "Tieteenkatu 4", "33720"),
)
"""Given names, family name, street and postcode; all invented."""


@dataclass(frozen=True)
class Export:
    """A file that a system wrote, and by which feed of which mapping it is read."""

    system: str
    feed: str
    file: Path


def write_exports(folder: Path, day: date) -> list[Export]:
    """This will write the exports as they stand on a day, in the order in which they can be pulled.

    Everybody in them is made up; the forms are those of the example's mappings.
    """
    return [
        Export("generis", "customers", _generis_customers(folder)),
        Export("generis", "agreements", _generis_agreements(folder, day)),
        Export("enerity", "customers", _enerity(folder, day)),
        Export("ax", "customers", _ax_customers(folder)),
        Export("ax", "receivables", _ax_receivables(folder, day)),
        Export("trimble_nis", "connections", _trimble_nis(folder, day)),
        Export("event_forms", "prospects", _event_forms(folder)),
    ]


def _key(n: int) -> str:
    return str(int(HELMI) + n)


def _phone(n: int) -> str:
    return numbers.as_said(numbers.phone(FIRST + n))


def _generis_customers(folder: Path) -> Path:
    head = "Asiakasnumero;Tyyppi;Etunimet;Sukunimi;Yritys;Kieli;Henkilötunnus;Y-tunnus;Katuosoite;Postinumero;Postitoimipaikka;Puhelin;Sähköposti;Turvakielto;Muistio"
    rows = [
        (
            _key(n), "H", given, family, "", "FI", numbers.hetu(date(1960 + n, 5, 17), BATCH, man=n % 2 == 1), "", street, postcode,
            "Tampere", "soita illalla" if _key(n) == UNREADABLE else _phone(n), f"{family.lower()}@posti.example", "E", "",
        )
        for n, (given, family, street, postcode) in enumerate(PEOPLE)
    ]  # fmt: skip
    return _csv(folder / "generis-customers.csv", head.split(";"), rows)


def _generis_agreements(folder: Path, day: date) -> Path:
    head = "Asiakasnumero;Sopimusnumero;Alkupäivä;Loppupäivä;Tehty;Päättymissyy;Käyttöpaikka"
    rows = [
        (_key(n), f"S{_key(n)}", _finnish(day - timedelta(days=400 + n)), "", "", "", numbers.gsrn(FIRST + n))
        for n in range(len(PEOPLE))
    ]
    return _csv(folder / "generis-agreements.csv", head.split(";"), rows)


def _enerity(folder: Path, day: date) -> Path:
    """District heat knows three of them, one in a home of another form."""
    head = "Asiakas;Generis-numero;Laji;Etunimi;Sukunimi;Yhteisön nimi;Y-tunnus;Asuntotyyppi;Laskutusosoite;Laskutuspostinro;Laskutuspaikka;Puhelin;Lämpösopimus;Voimassa alkaen;Voimassa asti;Lämpöryhmä;Sopimusteho kW"
    rows = [
        (
            f"E{n}", _key(n), "henkilö", given.split()[0], family, "", "", "KT" if n == 0 else "OKT", street, postcode, "Tampere",
            _phone(n), f"L{_key(n)}", _finnish(day - timedelta(days=900)), "", "A", "12",
        )
        for n, (given, family, street, postcode) in enumerate(PEOPLE[:3])
    ]  # fmt: skip
    path = folder / "enerity-customers.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Asiakkaat")
        for number, row in enumerate([head.split(";"), *rows]):
            sheet.write_row(number, 0, row)
    return path


def _ax_customers(folder: Path) -> Path:
    """Billing writes names in capitals, and to where Helmi lived before."""
    head = "CustAccount GenerisId CustType FirstNames LastName CompanyName VatNum InvoiceStreet InvoiceZip InvoiceCity InvoiceCountry Email PaymTerm Currency"
    rows = [
        (
            f"AX{n}", _key(n), "P", given.upper(), family.upper(), "", "", "Satakunnankatu 3 B 9" if n == 0 else street, postcode,
            "TAMPERE", "FI", f"{family.lower()}.vanha@posti.example" if n == 0 else "", "P14", "EUR",
        )
        for n, (given, family, street, postcode) in enumerate(PEOPLE)
    ]  # fmt: skip
    return _csv(folder / "ax-customers.csv", head.split(), rows, delimiter="\t", encoding="cp1252")


def _ax_receivables(folder: Path, day: date) -> Path:
    head = "CustAccount InvoiceId AmountMST DueDate InvoiceDate Status ContractNum Currency Voucher"
    rows = [
        (
            f"AX{n}", f"7{_key(n)}0{m}", f"{40 + 7 * n + m},90", (day - timedelta(days=16 - 30 * m)).isoformat(),
            (day - timedelta(days=30 - 30 * m)).isoformat() if m == 0 else "", "Open" if m or n == 0 else "Settled", f"S{_key(n)}", "EUR", "V1",
        )
        for n in range(len(PEOPLE))
        for m in range(2)
    ]  # fmt: skip
    return _csv(folder / "ax-receivables.csv", head.split(), rows, delimiter="\t", encoding="cp1252")


def _trimble_nis(folder: Path, day: date) -> Path:
    """The network company's: beyond the wall the same people are others."""
    head = "LiittyjäId;Laji;Etunimet;Sukunimi;Yhteisö;Katu;Postinro;Paikkakunta;GSRN;Verkkosopimus;Alkaen;Asti;Sulakekoko;Muuntopiiri"
    rows = [
        (
            f"N{n}", "H", given, family, "", street, postcode, "Tampere", numbers.gsrn(FIRST + n), f"V{_key(n)}",
            f"{day - timedelta(days=2000):%Y%m%d}", "", "3x25", "M7",
        )
        for n, (given, family, street, postcode) in enumerate(PEOPLE)
    ]  # fmt: skip
    return _csv(folder / "trimble_nis-connections.csv", head.split(";"), rows, encoding="utf-16")


def _event_forms(folder: Path) -> Path:
    """A form on which Helmi said no to calls."""
    head = "lomake,asiakasnumero,etunimi,sukunimi,sähköposti,puhelin,ei_sähköpostia,ei_puheluita,tapahtuma"
    rows = [
        ("F1", HELMI, "helmi", "Vuorensola", "vuorensola@posti.example", "", "", "x", "Messut"),
        ("F2", "", "Aarni", "Lumikangas", "aarni@posti.example", _phone(50), "", "", "Messut"),
    ]
    return _csv(folder / "event_forms-prospects.csv", head.split(","), rows, delimiter=",")


def _finnish(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def _csv(
    path: Path,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    delimiter: str = ";",
    encoding: str = "utf-8",
) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        written = csv.writer(file, delimiter=delimiter)
        written.writerow(head)
        written.writerows([harmless(cell) for cell in row] for row in rows)
    return path
