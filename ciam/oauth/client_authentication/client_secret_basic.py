"""`client_secret_basic`: the Basic scheme, both halves form-encoded first (RFC 6749 §2.3.1)."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

from ciam.oauth.client_authentication.presented import Presented
from ciam.oauth.errors import InvalidClient


def read(authorization: str | None, _form: Mapping[str, str]) -> Presented | None:
    """Give what an Authorization header presents; raise InvalidClient when it is malformed."""
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise InvalidClient(cause="malformed Basic credentials") from error
    client_id, colon, secret = decoded.partition(":")
    if not colon:
        raise InvalidClient(cause="Basic credentials without a colon")
    return Presented("client_secret_basic", unquote_plus(client_id), unquote_plus(secret))
