"""Purposes and their bases. Law: GDPR 5(1)(b), 6(1). Notice: purposes."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from .bases import Kind
from .parts import Answer, Channel, Day, Declared, Flag, Key, Part, Span, Text, Texts


class Basis(Declared):
    """One basis of a purpose, and the condition under which it holds for a subject."""

    kind: Kind = Field(description="The basis, 6(1).")
    consents: tuple[Key, ...] = Field((), description="Wordings, one of which the subject has consented to.")
    interest: Key | None = Field(None, description="The legitimate interest it rests on.")
    channels: tuple[Channel, ...] = Field(
        (), description="Channels it carries; all of the purpose where none is named."
    )
    agreement_kinds: tuple[Literal["network", "sale", "heat", "cooling", "service"], ...] = Field(
        (), description="Kinds of agreement that carry it; all where none is named."
    )
    tail: Span | None = Field(None, description="How long after the end the purpose goes on.")
    prepares: Span | None = Field(
        None,
        description="How long an agreement may be prepared, at their request, with somebody whom the purpose adds.",
    )
    while_: Literal["always", "agreement", "receivable", "overdue"] | None = Field(None, alias="while")
    law: Text | None = Field(None, description="The law that obliges.")
    subject_groups: tuple[Key, ...] = Field((), description="Narrows the groups of the purpose.")


class WhilePending(Part):
    """The ground on which a purpose goes on while an objection is decided. Law: GDPR 18(2), 21(1)."""

    ground: Text


class BreakGlass(Part):
    """A purpose for emergencies: on which grounds it is opened, how long, and who reviews it.

    Law: GDPR 6(1)(d), 32(1)(b), 32(4).
    """

    grounds: dict[Key, Texts] = Field(
        min_length=1, description="On what it may be opened; whoever opens it names one."
    )
    minutes: int = Field(60, ge=1, le=240, description="How long an opening lasts; then it takes another.")
    review: Text | None = Field(None, description="Who looks at each opening afterwards, and when.")


class Awaited(Part):
    """What must have been done before a purpose opens, and the day on which it was."""

    name: Texts
    law: Text | None = None
    since: Day | None = Field(
        None, description="The day on which it was done; the purpose is shut without it."
    )


class Automated(Declared):
    """Automated processing and decisions of a purpose. Law: GDPR 13(2)(f), 22."""

    decisions: Answer | None = None
    logic: Texts | None = None


class Extract(Declared):
    """Data of many subjects that leave as one file, under a name. Law: GDPR 5(1)(c), 5(1)(f), 32."""

    name: Texts
    holder: Key = Field(description="The role that takes it and answers for the file.")
    rows: Key = Field(description="The table whose rows are its lines.")
    only: dict[Key, Text] = Field(
        default_factory=dict, description="Values that a row must have to be a line, by column."
    )
    columns: tuple[Text, ...] = Field(
        min_length=1,
        description="What a line holds: a column, or one of the row's subject as subject.family_name.",
    )
    channel: Channel | None = Field(None, description="The channel that the file is for.")
    at_most: int = Field(ge=1, description="The largest number of subjects; of more, nothing leaves.")
    valid_until: Day = Field(description="The day from which it is refused.")


class Purpose(Declared):
    """Why data are used: by whom, on which bases, which data, whose, over which channels."""

    name: Texts
    description: Texts | None = None
    controllers: tuple[Key, ...] = Field((), description="Whom it serves.")
    shared: Flag = Field(True, description="Whether controllers of a side share it; else each has its own.")
    bases: tuple[Basis, ...] = Field((), description="Each alone is enough.")
    categories: tuple[Key, ...] = Field((), description="Categories it reads.")
    writes: tuple[Key, ...] = Field((), description="Categories it may add and change.")
    erases: tuple[Key, ...] = Field((), description="Categories whose rows it may delete.")
    subject_groups: tuple[Key, ...] = Field((), description="Whose data it uses.")
    roles: tuple[Key, ...] = Field((), description="Roles of the staff that may act for it.")
    channels: tuple[Channel, ...] = Field(
        (), description="Channels it may use; a value of another channel it does not see."
    )
    works_on: Literal["one", "sets"] = Field("one", description="One subject at a time, or sets of them.")
    finds: Flag = Field(
        False,
        description="Searches for subjects by what it reads of them: name, number, address, each where its category holds search_token.",
    )
    marketing: Flag = Field(False, description="Direct marketing: bans and objections are absolute.")
    profiling: Flag = Field(False, description="Whether it profiles, 4(4).")
    automated: Automated | None = None
    minors: Literal["refused", "allowed"] | None = Field(
        None, description="Refused by default for marketing, else allowed."
    )
    objections: tuple[Key, ...] = Field(
        (), description="Further purposes whose objection closes this one too, 21(2)."
    )
    continues_while_pending: WhilePending | None = None
    despite_restriction: Flag = Field(False, description="Goes on under a restriction, 18(2).")
    despite_erasure: Flag = Field(False, description="Sees what is left after an erasure.")
    across_walls: Flag = Field(False, description="Sees all sides of the walls.")
    sees_protected_addresses: Flag = Field(False, description="Sees an address under turvakielto.")
    reasons: tuple[Literal["call", "case", "request", "campaign", "task"], ...] = Field(
        (), description="Kinds of reason that justify a session."
    )
    extracts: dict[Key, Extract] = Field(
        default_factory=dict, description="What leaves as a file, each under its name."
    )
    break_glass: BreakGlass | None = None
    session_minutes: int = Field(15, ge=1, le=240)
    opens_after: dict[Key, Awaited] = Field(
        default_factory=dict, description="What must have been done first; without each day it stays shut."
    )
    need: Texts | None = Field(None, description="For which task the data are needed.")

    @property
    def awaits(self) -> tuple[Key, ...]:
        """What has not been done yet, of all that must be before it opens."""
        return tuple(key for key, awaited in self.opens_after.items() if awaited.since is None)

    @model_validator(mode="after")
    def _no_emergency_of_business(self) -> Self:
        """Nobody's life hangs on an offer or a debt. Law: GDPR 6(1)(d)."""
        business = self.marketing or self.profiling
        owed = any(b.kind == "consent" or b.while_ in {"receivable", "overdue"} for b in self.bases)
        if self.break_glass and (business or owed):
            raise ValueError(
                "break_glass is for emergencies: a purpose that markets, profiles, collects or rests on consent has none"
            )
        return self
