"""`none`: a public client only names itself (RFC 6749 §2.1, §3.2.1)."""

from collections.abc import Mapping

from ciam.oauth.client_authentication.presented import Presented


def read(authorization: str | None, form: Mapping[str, str]) -> Presented | None:
    """Give what a body with a `client_id` alone presents."""
    if authorization is not None or "client_secret" in form or "client_id" not in form:
        return None
    return Presented("none", form["client_id"])
