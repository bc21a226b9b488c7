"""What must be proven, said by whoever asks for it; how it is proven is the journey's business."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a sign-in has to satisfy.

    acr_values  wanted contexts, the most wanted first (OIDC Core §3.1.2.1)
    max_age     the proof may be this old at most
    fresh       a new proof, whatever there is (`prompt=login`)
    login_hint  what to fill in as the sign-in name
    create      begin with the registration (`prompt=create`)
    """

    acr_values: tuple[str, ...] = ()
    max_age: timedelta | None = None
    fresh: bool = False
    login_hint: str | None = None
    create: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give what the sealed state of a journey keeps."""
        return {
            "acr_values": list(self.acr_values),
            "max_age": None if self.max_age is None else int(self.max_age.total_seconds()),
            "fresh": self.fresh,
            "login_hint": self.login_hint,
            "create": self.create,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Read what `to_json` gave."""
        seconds = kept["max_age"]
        return cls(
            tuple(kept["acr_values"]),
            None if seconds is None else timedelta(seconds=seconds),
            kept["fresh"],
            kept["login_hint"],
            kept["create"],
        )
