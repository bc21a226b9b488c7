"""Sentences for people, written once in English and translated at the edge.

The rules of the business speak in `Text`; only `ciam.rendering` turns one into the reader's
language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, init=False)
class Text:
    """A sentence to be translated: the English wording is the key, the parameters fill it."""

    msgid: str
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __init__(self, msgid: str, **params: object) -> None:
        """Keep the English sentence and what fills its `{placeholders}`."""
        object.__setattr__(self, "msgid", msgid)
        object.__setattr__(self, "params", MappingProxyType(params))

    def __str__(self) -> str:
        """Give the English sentence, for logs and the command line."""
        return self.msgid.format(**self.params)
