"""What is known of the browser on the other side; made at the edge, passed into the rules."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BrowserContext:
    """One browser, as one request shows it.

    browser_hash  SHA-256 of the browser cookie: journeys and kept requests are bound to it
    address       network address, after trusted proxies
    user_agent    as sent, cut to 400 characters
    language      BCP 47, chosen from what we offer
    device        the device cookie, if there is one: where a customer signed in before
    session       the session cookie, if there is one
    trusted       the cookie of devices that need no second factor, if there is one
    country       ISO 3166-1 code of where the address is, as far as known
    is_anonymous  whether the address is of a network that hides who uses it
    """

    browser_hash: bytes = field(repr=False)
    address: str = field(repr=False)
    user_agent: str = field(repr=False)
    language: str
    device: str | None = field(default=None, repr=False)
    session: str | None = field(default=None, repr=False)
    trusted: str | None = field(default=None, repr=False)
    country: str | None = field(default=None, repr=False)
    is_anonymous: bool = False
