"""What may be registered of a client, and what could be read in two ways (RFC 7591, RFC 9700)."""

from typing import Any

import pytest
from pydantic import ValidationError

from ciam.oauth.registration import ClientConfig


def client(**changes: Any) -> ClientConfig:  # noqa: ANN401 - any field of the document
    """Give a client that is right but for the changes."""
    return ClientConfig.model_validate(
        {
            "client_id": "shop",
            "client_name": "Shop",
            "token_endpoint_auth_method": "none",
            "redirect_uris": ["https://shop.example.jp/callback"],
        }
        | changes
    )


@pytest.mark.parametrize(
    "uri",
    [
        "https://shop.example.jp/callback",
        "https://shop.example.jp/callback?from=ciam",
        "http://localhost:8001/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:3000/callback",
    ],
)
def test_a_redirect_uri_with_one_reading_is_taken(uri: str) -> None:
    assert client(redirect_uris=[uri]).redirect_uris == (uri,)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "https://shop.example.jp/callback#part",
        "https://shop.example.jp/callback#",
        "https://*.example.jp/callback",
        "https://shop.example.jp/a/../callback",
        "https://user@shop.example.jp/callback",
        "https://shop.example.jp\\@evil.example/",
        "https://shop.example.jp/コールバック",
        "https:///callback",
        "http://shop.example.jp/callback",
        "http://localhost.evil.example/callback",
        "javascript:alert(1)",
        "myapp:/callback",
        "jp.example.shop:/callback",
        "https://shop.example.jp/call back",
    ],
)
def test_a_redirect_uri_with_two_readings_is_refused(uri: str) -> None:
    with pytest.raises(ValidationError):
        client(redirect_uris=[uri])


def test_a_native_app_may_have_a_private_use_scheme() -> None:
    uri = "jp.example.shop:/callback"
    assert client(application_type="native", redirect_uris=[uri]).redirect_uris == (uri,)


@pytest.mark.parametrize(
    "changes",
    [
        {"require_pkce": False},
        {"grant_types": ["client_credentials"]},
        {"redirect_uris": []},
        {"client_secret": "0123456789abcdef0123456789"},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "client_secret_basic", "client_secret": "short"},
        {"scope": "openid  profile"},
        {"scope": 'openid "x"'},
        {"id_token_signed_response_alg": "none"},
        {"response_types": ["token"]},
        {"client_uri": "javascript:alert(1)"},
        {"logo_uri": "//evil.example/logo.png"},
        {"tos_uri": "http://localhost.evil.example/"},
        {
            "subject_type": "pairwise",
            "redirect_uris": ["https://a.example/cb", "https://b.example/cb"],
        },
        {"own_interface": True},
    ],
)
def test_a_combination_that_would_be_unsafe_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        client(**changes)


def test_the_stored_document_holds_neither_key_nor_secret() -> None:
    made = client(
        token_endpoint_auth_method="client_secret_basic",
        client_secret="0123456789abcdef0123456789",
    )
    assert "0123456789" not in str(made.to_document())
    assert "0123456789" not in repr(made)
