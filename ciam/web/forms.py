"""What a form shows again after it was sent: values, errors by field, one alert above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ciam.texts import Text


@dataclass(frozen=True)
class FormState:
    """The state of one form. Never put a password or a code into `values`."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Text] = field(default_factory=dict)
    alert: Text | None = None
    """A refusal that belongs to the whole form, e.g. address and password do not match."""

    @property
    def is_refused(self) -> bool:
        """Whether anything must be mended."""
        return bool(self.errors) or self.alert is not None
