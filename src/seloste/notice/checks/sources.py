"""Data that arise elsewhere do not come only from the data subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Check, Fault, NotSaid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice


def _judge(notice: Notice, at: date) -> Iterator[Fault | NotSaid]:
    del at
    if not notice.sources:
        yield NotSaid("sources")
        return
    elsewhere = [
        name
        for name, category in notice.categories.items()
        if set(category.origin) - {"given"}
        or any(notice.sources[source].kind != "data_subject" for source in category.source)
    ]
    for source in notice.sources.values():
        if source.only and source.kind == "data_subject" and elsewhere:
            yield Fault(source, "only", values={"value": ", ".join(elsewhere)})


CHECK = Check(
    name="SOURCES_CONTRADICTED",
    severity="error",
    article="14(2)(f)",
    title={
        "fi": "Lähteet ristiriidassa tietojen kanssa",
        "sv": "Källorna motsäger uppgifterna",
        "en": "Sources contradict the data",
    },
    messages={
        "default": {
            "fi": "Tietojen kerrotaan tulevan vain rekisteröidyltä, mutta rekisterissä on muualta syntyviä tietoja: {value}. Nimeä niiden lähteet.",
            "sv": "Uppgifterna sägs komma endast från den registrerade, men registret har uppgifter som uppstår annanstans: {value}. Ange deras källor.",
            "en": "Data are said to come only from the data subject, but the register holds data that arise elsewhere: {value}. Name their sources.",
        },
    },
    judge=_judge,
)
