"""What every part of a notice has: its place in the file, its evidence, its validity."""

from __future__ import annotations

import difflib
import unicodedata
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainSerializer,
    PrivateAttr,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from seloste.kernel.periods import Duration, NotADuration


class UnreadableNotice(Exception):
    """The file cannot be read as a notice; says where and what to write."""

    def __init__(self, line: int, column: int, message: str) -> None:
        """`line` and `column` count from 1; 0 when the file as a whole is meant."""
        super().__init__(f"line {line}, column {column}: {message}" if line else message)
        self.line = line
        self.column = column
        self.message = message


class Located(dict[str, Any]):
    """A mapping of the file that knows its key and where it and its values stand."""

    def __init__(self, key: str = "", line: int = 0, column: int = 0) -> None:
        """An empty mapping found under `key`."""
        super().__init__()
        self.key = key
        self.line = line
        self.column = column
        self.places: dict[str, tuple[int, int]] = {}


def nearest(word: str, known: list[str]) -> str:
    """This will name the known word nearest to a misspelled one, as the end of a sentence."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known here: {', '.join(sorted(known))}"


class Part(BaseModel):
    """A part of a notice: frozen, strict about its keys, and at home in a line of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    _key: str = PrivateAttr(default="")
    _line: int = PrivateAttr(default=0)
    _places: dict[str, tuple[int, int]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _place(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, Located):
            cls._refuse_unknown(value)
        part = handler(value)
        if isinstance(value, Located):
            part._key, part._line, part._places = value.key, value.line, value.places  # noqa: SLF001
        return part

    @classmethod
    def _refuse_unknown(cls, value: Located) -> None:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in value:
            if key not in known:
                line, column = value.places[key]
                raise UnreadableNotice(line, column, f"unknown key {key!r}{nearest(key, known)}")

    @property
    def key(self) -> str:
        """The key under which the part is declared; empty where it has none."""
        return self._key

    @property
    def line(self) -> int:
        """The line of the file at which the part begins; 0 when it was not read from a file."""
        return self._line

    def line_of(self, field: str) -> int:
        """The line of one of the part's values, or of the part where that is not given."""
        return self._places.get(field, (self._line, 0))[0]


def _normalised(text: str) -> str:
    return unicodedata.normalize("NFC", text)


Text = Annotated[str, AfterValidator(_normalised)]
"""Words as they stand, in NFC."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
"""A name that other parts refer to."""


def _duration(value: object) -> object:
    if isinstance(value, str):
        try:
            return Duration.parse(value)
        except NotADuration as wrong:
            raise ValueError(str(wrong)) from None
    return value


Span = Annotated[
    Duration,
    BeforeValidator(_duration),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["P6Y", "P18M", "P14D"]}),
]


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


def _answered(value: object) -> object:
    if isinstance(value, bool):
        return {"answer": "yes" if value else "no"}
    return {"answer": value} if isinstance(value, str) else value


class Answered(Part):
    """An answer of the form, with the words that gave it."""

    answer: Literal["yes", "no", "unresolved"]
    evidence: tuple[Text, ...] = ()
    note: Texts | None = None


Answer = Annotated[Answered, BeforeValidator(_answered)]
"""A question of the form: yes, no, or unresolved where nothing was chosen. Unresolved opens nothing."""


class Declared(Part):
    """A part that states something: with the sentences that say so, how it is assured, and when."""

    evidence: tuple[Text, ...] = Field((), description="Sentences of the published text, verbatim.")
    public: bool = Field(True, description="Whether the public notice shows it.")
    assurance: Literal["enforced", "checked", "observed", "attested"] | None = Field(
        None, description="How far the register itself vouches for it."
    )
    valid_from: date | None = None
    valid_until: date | None = None
    note: Texts | None = Field(None, description="Prose of the author; nothing follows from it.")


OnLapse = Literal["stop", "stop_new", "alarm_with_grace"]
"""What follows when something lapses."""
