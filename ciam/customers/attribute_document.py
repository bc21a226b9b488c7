"""An attribute as an operator writes it: its type, its words, when it is asked, who may see it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ciam.customers.claim_values import LARGEST
from ciam.customers.patterns import BadPattern, Pattern
from ciam.policies import Seconds

AttributeType = Literal[
    "text", "long_text", "date", "number", "yes_no", "choice", "choices", "country", "url"
]
Words = dict[
    Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")],
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)],
]
AttributeKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
LONGEST_TEXT: Final = 2000
LONGEST_MATCHED: Final = 400
"""Characters of a text that has a pattern."""
_BELONGS_TO: Final[Mapping[str, frozenset[str]]] = {
    "min_length": frozenset({"text", "long_text"}),
    "max_length": frozenset({"text", "long_text"}),
    "pattern": frozenset({"text"}),
    "choices": frozenset({"choice", "choices"}),
    "minimum": frozenset({"number"}),
    "maximum": frozenset({"number"}),
    "earliest": frozenset({"date"}),
    "latest": frozenset({"date"}),
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(_Part):
    """One of what may be chosen."""

    value: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")] = Field(
        description="What is stored and released."
    )
    labels: Annotated[Words, Field(min_length=1)] = Field(description="What people read.")


class Asking(_Part):
    """Asked at a later sign-in, on a page of its own; one that is not required once in a while."""

    required: bool = Field(
        default=False, description="The sign-in is complete only when it is answered."
    )
    after_sign_ins: int = Field(
        default=1, ge=0, le=1000, description="Not before so many sign-ins."
    )
    after_days: int = Field(
        default=0, ge=0, le=3650, description="Not before the account is so many days old."
    )
    ask_again: Seconds = Field(
        default=timedelta(days=30), description="Who said “Not now” is asked again after that."
    )


class AttributeDocument(_Part):
    """One attribute, which is a claim of its key; one of OIDC Core §5.1 is written as others are.

    An entry for a standard claim replaces what it is without one.
    """

    key: AttributeKey = Field(description="The name of the claim.")
    type: AttributeType | None = Field(
        default=None, description="Left out for a standard claim: its own. It never changes."
    )
    labels: Words = Field(default={}, description="What it is called; needed but for a standard.")
    hints: Words = Field(default={}, description="A sentence beside the field.")
    order: int = Field(default=1000, ge=0, le=100_000, description="Place in forms.")
    min_length: int | None = Field(default=None, ge=1, le=LONGEST_TEXT)
    max_length: int | None = Field(default=None, ge=1, le=LONGEST_TEXT)
    pattern: str | None = Field(
        default=None,
        description="What the whole text has to be like; `hints` has to say so to people."
        " Matched without backtracking: no back-references, no looking ahead.",
    )
    choices: Annotated[tuple[Choice, ...], Field(max_length=60)] = ()
    minimum: int | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    maximum: int | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    earliest: date | Literal["today"] | None = None
    latest: date | Literal["today"] | None = None
    sign_up: Literal["no", "optional", "required"] = Field(
        default="no", description="Whether it is asked when somebody registers."
    )
    sign_in: Asking | None = Field(
        default=None, description="Left out: it is not asked at a sign-in."
    )
    account: bool = Field(default=True, description="Whether it stands in the profile form.")
    customer: Literal["none", "read", "write"] = Field(
        default="write",
        description="What customers may do, and apps for them. `none`: no token of theirs brings"
        " it anywhere; the copy of all data that the law gives them has it all the same.",
    )
    operator: Literal["none", "read"] = Field(
        default="read", description="Whether the console has it, masked until revealed."
    )
    services: Literal["none", "read", "write"] = Field(
        default="read",
        description="What services may do that have the scopes `customers:read` and"
        " `customers:write`.",
    )
    scope: Literal["profile", "email", "address", "phone"] = Field(
        default="profile", description="The scope that stands for it (OIDC Core §5.4)."
    )

    @field_validator("pattern")
    @classmethod
    def _is_read(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                Pattern(value)
        except BadPattern as error:
            msg = f"not a pattern that is read here: {error}"
            raise ValueError(msg) from error
        return value

    @field_validator(*_BELONGS_TO)
    @classmethod
    def _fits_the_type(cls, value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - any of them
        kind, name = info.data.get("type"), str(info.field_name)
        if value not in (None, ()) and kind not in _BELONGS_TO[name]:
            fitting = ", ".join(sorted(_BELONGS_TO[name]))
            msg = f"only for the type {fitting}"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> list[str]:
        found = []
        values = [one.value for one in self.choices]
        if self.type in {"choice", "choices"} and not values:
            found.append("choices are missing")
        if len(set(values)) < len(values):
            found.append("a choice stands here twice")
        if self.pattern is not None and not self.hints:
            found.append("a pattern needs hints that say what it wants")
        if self.pattern is not None and (self.max_length or 0) > LONGEST_MATCHED:
            found.append(f"with a pattern max_length is at most {LONGEST_MATCHED}")
        if self.min_length and self.min_length > self.longest:
            found.append("min_length is above max_length")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            found.append("minimum is above maximum")
        if self._dates_cross():
            found.append("earliest is after latest")
        if (self.sign_up != "no" or self.sign_in is not None) and self.customer != "write":
            found.append("what is asked, customers must be able to write (`customer: write`)")
        return found

    def _dates_cross(self) -> bool:
        first, last = self.earliest, self.latest
        return isinstance(first, date) and isinstance(last, date) and first > last

    @property
    def longest(self) -> int:
        """The most characters of a text."""
        if self.max_length is not None:
            return self.max_length
        return LONGEST_MATCHED if self.type == "text" else LONGEST_TEXT

    def to_stored(self) -> dict[str, Any]:
        """Give what is stored: everything but the key."""
        return self.model_dump(mode="json", exclude={"key", "state"})


def in_language(words: Words, language: str) -> str | None:
    """Give the words for a reader: in the language, its base, English, else the first."""
    for wanted in (language, language.split("-", maxsplit=1)[0], "en"):
        if wanted in words:
            return words[wanted]
    return next(iter(words.values()), None)
