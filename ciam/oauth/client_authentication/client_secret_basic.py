"""`client_secret_basic`: the Basic scheme, both halves form-encoded first (RFC 6749 §2.3.1).

What is not form-encoded properly is refused and not guessed at: two readings of one header would be
two secrets for one client.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_plus

from ciam.oauth.client_authentication.presented import Presented
from ciam.oauth.errors import InvalidClient

_BROKEN_ESCAPE: Final = re.compile("%(?![0-9A-Fa-f]{2})")


def read(authorization: str | None, _form: Mapping[str, str]) -> Presented | None:
    """Give what an Authorization header presents; raise InvalidClient when it is malformed."""
    if authorization is None:
        return None
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient(cause="the Authorization scheme is not Basic")
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
        client_id, colon, secret = decoded.partition(":")
        if not colon or _BROKEN_ESCAPE.search(decoded):
            raise InvalidClient(cause="Basic credentials are not form-encoded, or hold no colon")
        return Presented("client_secret_basic", _form_decoded(client_id), _form_decoded(secret))
    except (binascii.Error, ValueError) as error:
        raise InvalidClient(cause="malformed Basic credentials") from error


def _form_decoded(text: str) -> str:
    return unquote_plus(text, errors="strict")
