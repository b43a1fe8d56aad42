"""What checks share: walking a notice's parts, and bearing known findings for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seloste.notice.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from seloste.notice import Notice

    from .engine import Finding


def parts(value: Any) -> Iterator[tuple[Part, str, Any]]:
    """This will walk all parts of a notice, outermost first.

    Shape: part, name of its field as the file spells it, value.
    """
    if isinstance(value, Part):
        for name, described in type(value).model_fields.items():
            inner = getattr(value, name)
            yield value, described.alias or name, inner
            yield from parts(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parts(inner)


@dataclass(frozen=True)
class Stale:
    """A suppression that has expired, or that nothing needs any more."""

    name: str
    line: int
    words: dict[str, str]


def known_suppressions(
    notice: Notice, found: list[Finding], at: date
) -> tuple[list[Finding], list[Finding], list[Stale]]:
    """This will part findings into those that stand and those borne, and name stale suppressions."""
    kept, borne, used = [], [], set()
    for finding in found:
        by = next(
            (
                n
                for n, s in enumerate(notice.suppressions)
                if s.check == finding.check and at < s.expires and s.at in {None, finding.at}
            ),
            None,
        )
        if by is None:
            kept.append(finding)
        else:
            used.add(by)
            borne.append(finding)
    stale = [
        Stale(
            "SUPPRESSION_UNUSED", s.line, {lang: said.format(value=s.check) for lang, said in UNUSED.items()}
        )
        for n, s in enumerate(notice.suppressions)
        if n not in used
    ]
    return kept, borne, stale


UNUSED = {
    "fi": "Vaiennus {value} ei vaienna mitään tai on vanhentunut: poista se tai uusi sen perustelu ja päättymispäivä.",
    "sv": "Undertryckandet {value} undertrycker inget eller har gått ut: ta bort det eller förnya skälet och slutdagen.",
    "en": "The suppression {value} silences nothing or has expired: remove it, or renew its reason and its end.",
}
