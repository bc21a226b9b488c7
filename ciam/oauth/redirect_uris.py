"""Redirect URIs: compared character by character (RFC 9700 §2.1), answered, and put into a CSP.

The one exception is RFC 8252 §7.3: a native app that listens on a loopback address gets its port
from the system at the time of the request, so there the port may differ. `localhost` is a name
that can be made to point elsewhere (§8.3) and is no such exception.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from ciam.storage.stores.clients import Client

MAX_LENGTH: Final = 2048
_LOOPBACK: Final = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\])(?::(?P<port>[1-9][0-9]{0,4}))?(?P<rest>[/?].*)?"
)
_HIGHEST_PORT: Final = 65_535


def is_registered(client: Client, uri: str) -> bool:
    """Tell whether an answer to the client may go to this redirect URI."""
    if len(uri) > MAX_LENGTH:
        return False
    if uri in client.redirect_uris:
        return True
    return client.application_type == "native" and _matches_loopback(client.redirect_uris, uri)


def is_registered_for_logout(client: Client, uri: str) -> bool:
    """Tell whether a browser may be sent there after a logout (RP-Initiated Logout §3)."""
    return len(uri) <= MAX_LENGTH and uri in client.post_logout_redirect_uris


def add_query(uri: str, parameters: Mapping[str, str]) -> str:
    """Add parameters to a URI, keeping the query that it was registered with (RFC 6749 §3.1.2)."""
    if not parameters:
        return uri
    joint = "" if uri.endswith(("?", "&")) else "&" if urlsplit(uri).query else "?"
    return f"{uri}{joint}{urlencode(parameters)}"


def is_web(uri: str) -> bool:
    """Tell whether a browser can send a form there."""
    return urlsplit(uri).scheme in {"http", "https"}


def form_action(uri: str) -> str:
    """Give what a page must allow in `form-action` when its form can end at this URI (CSP 3 §6.4).

    An origin, or for a private-use scheme (RFC 8252 §7.1) the scheme alone. The port of a loopback
    address is known only from the request, so the URI of the request is asked for.
    """
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if is_web(uri) else f"{parts.scheme}:"


def _matches_loopback(registered: Iterable[str], uri: str) -> bool:
    asked = _LOOPBACK.fullmatch(uri)
    if asked is None or int(asked["port"] or 80) > _HIGHEST_PORT:
        return False
    return any(
        known is not None and (known["host"], known["rest"]) == (asked["host"], asked["rest"])
        for known in map(_LOOPBACK.fullmatch, registered)
    )
