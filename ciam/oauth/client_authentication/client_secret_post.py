"""`client_secret_post`: the secret in the body (RFC 6749 §2.3.1), never in the query."""

from collections.abc import Mapping

from ciam.oauth.client_authentication.presented import Presented


def read(_authorization: str | None, form: Mapping[str, str]) -> Presented | None:
    """Give what a body with a `client_secret` presents."""
    if "client_secret" not in form:
        return None
    return Presented("client_secret_post", form.get("client_id", ""), form["client_secret"])
