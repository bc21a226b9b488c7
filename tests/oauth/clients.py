"""A client as the store gives it, for rules that need no database."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from ciam.storage.stores.clients import Client

_PLAIN = Client(
    id=UUID(int=1),
    client_id="shop",
    secret_hash=None,
    brand=None,
    managed_by="file",
    disabled_at=None,
    client_name="Shop",
    client_uri=None,
    logo_uri=None,
    policy_uri=None,
    tos_uri=None,
    redirect_uris=(),
    post_logout_redirect_uris=(),
    application_type="web",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"authorization_code"}),
    response_types=frozenset({"code"}),
    scope=frozenset({"openid"}),
    subject_type="public",
    id_token_signed_response_alg="ES256",
    default_max_age=None,
    require_auth_time=False,
    require_pkce=True,
    refresh_rotation="auto",
    id_token_claims=False,
    access_token_format="jwt",
    audience=(),
    first_party=False,
    recipient_kind="third_party",
)


def make_client(**changes: Any) -> Client:  # noqa: ANN401 - any field
    """Give a client that differs in these fields."""
    return replace(_PLAIN, **changes)
