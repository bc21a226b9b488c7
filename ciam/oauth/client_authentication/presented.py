"""What a request presents as a client's proof."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Presented:
    """A `client_id`, by which method, with which secret."""

    method: str
    client_id: str
    secret: str | None = field(default=None, repr=False)
