"""What a grant is: a function from a token request to a token response (RFC 6749 §4, §5.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ciam.storage import Database
from ciam.storage.stores.clients import Client

TokenResponse = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token request of an authenticated client."""

    database: Database
    issuer: str
    client: Client
    form: Mapping[str, str] = field(repr=False)


Grant = Callable[[TokenRequest], Awaitable[TokenResponse]]
"""Opens the unit of work it needs itself: not every grant writes before its reply."""
