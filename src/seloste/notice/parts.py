"""What every part of a notice has: its place in the file, its evidence, its validity.

Scalars of the file reach these types as the text they are; a type says how its text is spelled.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PlainSerializer,
    PrivateAttr,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from seloste.kernel.periods import Duration, NotADuration

from .places import Located, Place, UnreadableNotice, nearest, reached, shown


class Part(BaseModel):
    """A part of a notice: frozen, strict about its keys, and at home in a line of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    _read: Located = PrivateAttr(default_factory=Located)

    @model_validator(mode="wrap")
    @classmethod
    def _place(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, Located):
            return handler(value)
        cls._refuse_unknown(value)
        part = handler(value)
        part._read = value  # noqa: SLF001
        for name, field in cls.model_fields.items():
            told = field.alias or name
            inner = getattr(part, name)
            if isinstance(inner, Part) and not inner.line and told in value.places:
                # An answer that is one word is no mapping of the file; its place is its key's.
                inner._read = Located(told, *value.places[told])  # noqa: SLF001
        return part

    @classmethod
    def _refuse_unknown(cls, value: Located) -> None:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in value:
            if key not in known:
                raise UnreadableNotice(*value.places[key], f"unknown key {shown(key)}{nearest(key, known)}")

    @property
    def key(self) -> str:
        """The key under which the part is declared; empty where it has none."""
        return self._read.key

    @property
    def line(self) -> int:
        """The line of the file at which the part begins; 0 when it was not read from a file."""
        return self._read.line

    def line_of(self, *path: str | int) -> int:
        """The line of one of the part's values, or of the nearest part around it where it is not given.

        A path goes on into mappings and lists: `line_of("categories", 2)`, `line_of("held_in", "address")`.
        """
        return self.place_of(*path)[0]

    def place_of(self, *path: str | int) -> Place:
        """The line and column of one of the part's values."""
        return reached(self._read, path)[0]


def _normalised(text: str) -> str:
    return unicodedata.normalize("NFC", text)


Text = Annotated[str, AfterValidator(_normalised)]
"""Words as they stand, in NFC."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
"""A name that other parts refer to."""

Channel = Literal["letter", "phone", "email", "sms", "web"]
"""A way to reach a subject."""


def _flag(value: object) -> object:
    if isinstance(value, str):
        if value not in {"yes", "no", "true", "false"}:
            raise ValueError("write yes or no")
        return value in {"yes", "true"}
    return value


Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"enum": ["yes", "no", True, False]})]
"""Yes or no."""


def _day(value: object) -> object:
    # Pydantic would read 1767225600 as a day, and a day with a time as one.
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("write a day as 2026-01-31")
    return value


Day = Annotated[date, BeforeValidator(_day)]
"""A day in Finland."""


def _duration(value: object) -> object:
    if isinstance(value, str):
        try:
            return Duration.parse(value)
        except NotADuration:
            raise ValueError("write a duration as P6Y, P18M or P14D") from None
    return value


Span = Annotated[
    Duration,
    BeforeValidator(_duration),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$", "examples": ["P6Y", "P18M"]}
    ),
]
"""A duration by the calendar, ISO 8601."""


class Texts(Part):
    """Words in the register's languages; a missing one is found by a check, not by the reader."""

    fi: Text | None = None
    sv: Text | None = None
    en: Text | None = None
    state: Literal["draft", "approved"] | None = Field(
        None, description="State of the translations; a draft is never published."
    )
    by: Text | None = Field(None, description="Function of whoever approved the translations.")

    def say(self, language: str) -> str | None:
        """The words in a language, or None; never another language in its place."""
        return getattr(self, language, None)


_WORDS = {"true": "yes", "false": "no", True: "yes", False: "no"}


def _word(value: object) -> object:
    return _WORDS.get(value, value) if isinstance(value, str | bool) else value


_ANSWERS = {"enum": ["yes", "no", "unresolved", True, False]}


class Answered(Part):
    """An answer of the form, with the words that gave it."""

    answer: Annotated[
        Literal["yes", "no", "unresolved"], BeforeValidator(_word), WithJsonSchema(_ANSWERS)
    ] = Field(description="Unresolved, where the form shows choices and none is marked.")
    evidence: tuple[Text, ...] = Field((), description="Sentences of the published text, verbatim.")
    note: Texts | None = None


def _answered(value: object) -> object:
    return {"answer": value} if isinstance(value, str | bool) else value


class _OneWordWillDo:
    """An answer is one word, or a mapping that gives its evidence too."""

    @staticmethod
    def __get_pydantic_json_schema__(core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [_ANSWERS, handler(core)]}


Answer = Annotated[Answered, BeforeValidator(_answered), _OneWordWillDo]
"""A question of the form: yes, no, or unresolved where nothing was chosen. Unresolved opens nothing."""


class Declared(Part):
    """A part that states something: with the sentences that say so, how it is assured, and when."""

    evidence: tuple[Text, ...] = Field((), description="Sentences of the published text, verbatim.")
    public: Flag = Field(True, description="Whether the public notice shows it.")
    assurance: Literal["enforced", "checked", "observed", "attested"] | None = Field(
        None, description="How far the register itself vouches for it."
    )
    valid_from: Day | None = Field(None, description="The first day on which it holds.")
    valid_until: Day | None = Field(None, description="The day from which it no longer holds.")
    note: Texts | None = Field(None, description="Prose of the author; nothing follows from it.")


OnLapse = Literal["stop", "stop_new", "alarm_with_grace"]
"""What follows when something lapses."""
