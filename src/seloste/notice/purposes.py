"""Purposes and their bases. Law: GDPR 5(1)(b), 6(1). Notice: purposes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parts import Declared, Key, Part, Span, Text, Texts
from .terms import Kind

Channel = Literal["letter", "phone", "email", "sms", "web"]


class Basis(Declared):
    """One basis of a purpose, and the condition under which it holds for a subject."""

    kind: Kind
    consents: tuple[Key, ...] = ()
    interest: Key | None = None
    channels: tuple[Channel, ...] = ()
    agreement_kinds: tuple[Literal["network", "sale", "heat", "service"], ...] = ()
    tail: Span | None = Field(None, description="How long after the end the purpose goes on.")
    while_: Literal["always", "agreement", "receivable", "overdue"] | None = Field(None, alias="while")
    law: Text | None = None
    subject_groups: tuple[Key, ...] = ()


class WhilePending(Part):
    """The ground on which a purpose goes on while an objection is decided. Law: GDPR 18(2), 21(1)."""

    ground: Text


class BreakGlass(Part):
    """A purpose for emergencies: its grounds, how long, and who reviews."""

    grounds: tuple[Text, ...] = Field(min_length=1)
    minutes: int = Field(60, ge=1, le=240)
    review: Text | None = None


class Automated(Declared):
    """Automated processing and decisions of a purpose. Law: GDPR 13(2)(f), 22."""

    decisions: Literal["yes", "no", "unresolved"] | None = None
    logic: Texts | None = None


class Purpose(Declared):
    """Why data are used: by whom, on which bases, which data, whose, over which channels."""

    name: Texts
    description: Texts | None = None
    controllers: tuple[Key, ...] = ()
    shared: bool = True
    bases: tuple[Basis, ...] = ()
    categories: tuple[Key, ...] = Field((), description="Categories it reads.")
    writes: tuple[Key, ...] = Field((), description="Categories it may add and change.")
    erases: tuple[Key, ...] = Field((), description="Categories whose rows it may delete.")
    subject_groups: tuple[Key, ...] = ()
    roles: tuple[Key, ...] = ()
    channels: tuple[Channel, ...] = ()
    works_on: Literal["one", "sets"] = "one"
    marketing: bool = False
    profiling: bool = False
    automated: Automated | None = None
    minors: Literal["refused", "allowed"] | None = None
    objections: tuple[Key, ...] = Field(
        (), description="Further purposes whose objection closes this one too, 21(2)."
    )
    continues_while_pending: WhilePending | None = None
    despite_restriction: bool = False
    despite_erasure: bool = False
    across_walls: bool = False
    sees_protected_addresses: bool = False
    reasons: tuple[Literal["call", "case", "request", "campaign", "task"], ...] = ()
    break_glass: BreakGlass | None = None
    session_minutes: int = Field(15, ge=1, le=240)
    need: Texts | None = Field(None, description="For which task the data are needed.")
