"""Who handles data: the controller, and the kinds of recipient (ISO/IEC TS 27560 §6.3.6).

The kinds are those that Japanese law tells apart: ourselves, a processor (委託), joint use
(共同利用), a third party (第三者提供) and a third party abroad (外国にある第三者).
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

RecipientKind = Literal["ourselves", "processor", "joint_use", "third_party", "cross_border"]

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=200_000)]

ANY_CLIENT = "*"


class Document(BaseModel):
    """A part of a config document; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Party(Document):
    """A legal entity, with what a receipt has to say of it."""

    id: Line = Field(description="A stable identifier, e.g. the address of its site.")
    name: Line
    address: Line = Field(description="Postal address.")
    contact: Line = Field(description="Where to write or call about this.")
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(
        description="ISO 3166-1, e.g. JP."
    )


class Recipient(Document):
    """Who receives data for a purpose."""

    kind: RecipientKind
    party: Party | None = Field(default=None, description="Left out: the controller itself.")
    clients: tuple[str, ...] = Field(
        default=(),
        description="client_id of the apps that are this recipient; `*`: every app of this kind.",
    )

    def is_client(self, client_id: str, kind: str) -> bool:
        """Tell whether a client, of a kind, is this recipient."""
        return client_id in self.clients or (ANY_CLIENT in self.clients and kind == self.kind)


T = TypeVar("T")


def in_language(texts: Mapping[str, T], language: str) -> tuple[str, T]:
    """Give the text for a reader and the language it is in: exact, same base, English, first."""
    base = language.split("-", maxsplit=1)[0]
    for wanted in (language, base, "en"):
        if wanted in texts:
            return wanted, texts[wanted]
    return next(iter(texts.items()))
