"""A journey in front of its holder: what a description of it is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from starlette.requests import Request

from ciam.authentication.journey import Journey
from ciam.storage import UnitOfWork
from ciam.texts import Text
from ciam.web.own_interface.asked import Field
from ciam.web.own_interface.holder import Holder
from ciam.web.parts import parts


@dataclass(frozen=True, slots=True)
class Scene:
    """One journey in front of its holder; `given` is an answer of theirs that was refused."""

    request: Request
    transaction: UnitOfWork
    holder: Holder
    journey: Journey
    given: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def language(self) -> str:
        """The reader's."""
        return self.holder.context.language

    def say(self, text: Text) -> str:
        """Put a sentence into it."""
        return parts(self.request).renderer.say(text, self.language)

    def write(self, asked: Field) -> dict[str, Any]:
        """Write a field, its label in the reader's language."""
        written = {one.name: getattr(asked, one.name) for one in fields(asked)}
        words = {"label": asked.label, "hint": asked.hint}
        return written | {
            name: None if text is None else self.say(text) for name, text in words.items()
        }

    def address(self, path: str) -> str:
        """Give the address of a page of ours."""
        return parts(self.request).settings.issuer + path
