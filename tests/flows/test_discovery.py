"""Metadata and keys over HTTP (OpenID Connect Discovery 1.0, RFC 8414, RFC 7517)."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.routing import Match

from ciam.clock import monotonic
from ciam.keys.signing import rotate_signing_key
from ciam.oauth.metadata import ENDPOINTS
from ciam.settings import Settings

CONFIGURATION = "/.well-known/openid-configuration"


async def _metadata(http: httpx.AsyncClient) -> dict[str, Any]:
    response = await http.get(CONFIGURATION)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    document: dict[str, Any] = response.json()
    return document


async def test_both_specifications_get_the_same_document_which_scripts_and_caches_may_keep(
    http: httpx.AsyncClient,
) -> None:
    metadata = await _metadata(http)
    response = await http.get("/.well-known/oauth-authorization-server")
    assert response.json() == metadata
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "public, max-age=3600"


async def test_the_document_is_valid_and_its_issuer_is_the_configured_one(
    http: httpx.AsyncClient, settings: Settings
) -> None:
    metadata = await _metadata(http)
    assert metadata["issuer"] == settings.issuer
    secure = "https://id.example.com"
    OpenIDProviderMetadata(
        {
            name: value.replace(settings.issuer, secure) if isinstance(value, str) else value
            for name, value in metadata.items()
        }
    ).validate()


async def test_another_host_gets_no_document_that_names_it(http: httpx.AsyncClient) -> None:
    response = await http.get(CONFIGURATION, headers={"Host": "evil.example"})
    assert response.status_code == 421
    response = await http.get(
        CONFIGURATION,
        headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
    )
    assert "evil.example" not in response.text


async def test_every_endpoint_it_names_is_there(app: Starlette, http: httpx.AsyncClient) -> None:
    metadata = await _metadata(http)
    named = {name for name in metadata if name.endswith("_endpoint")} | {"jwks_uri"}
    assert named == set(ENDPOINTS)
    for name in named:
        path = urlsplit(metadata[name]).path
        scope = {"type": "http", "method": "POST", "path": path, "headers": []}
        matched = [route for route in app.routes if route.matches(scope)[0] is not Match.NONE]
        assert matched, name


async def test_it_promises_nothing_that_is_refused(http: httpx.AsyncClient) -> None:
    metadata = await _metadata(http)
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["request_parameter_supported"] is False
    assert metadata["request_uri_parameter_supported"] is False
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert not {"none", "HS256"} & set(metadata["id_token_signing_alg_values_supported"])
    assert "none" not in metadata["introspection_endpoint_auth_methods_supported"]
    assert not any(
        "logout" in name or "registration" in name for name in metadata if "require" not in name
    )


@pytest.mark.parametrize(
    ("path", "algorithms"),
    [
        ("/jwks.json", {"ES256", "RS256"}),
        ("/jwks/receipts.json", {"ES256"}),
        ("/jwks/checkpoints.json", {"Ed25519"}),
    ],
)
async def test_each_key_set_holds_public_keys_of_one_use(
    http: httpx.AsyncClient, path: str, algorithms: set[str]
) -> None:
    response = await http.get(path)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "public, max-age=3600"
    assert response.headers["access-control-allow-origin"] == "*"
    keys = response.json()["keys"]
    assert {key["alg"] for key in keys} == algorithms
    for key in keys:
        assert set(key) <= {"kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"}
        assert key["use"] == "sig"
    assert len({key["kid"] for key in keys}) == len(keys)
    assert len(KeySet.import_key_set({"keys": keys}).keys) == len(keys)


async def test_the_next_key_is_published_within_a_second_long_before_it_signs(
    app: Starlette, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (await http.get("/jwks.json")).json()["keys"]
    async with app.state.parts.database.write() as transaction:
        kid = await rotate_signing_key(transaction, "tokens", "ES256")
    second_later = monotonic() + 1
    monkeypatch.setattr("ciam.web.protocol.kept_keys.monotonic", lambda: second_later)
    after = (await http.get("/jwks.json")).json()["keys"]
    assert {key["kid"] for key in after} == {*(key["kid"] for key in before), kid}


@pytest.mark.parametrize("path", [CONFIGURATION, "/jwks.json"])
async def test_they_are_read_and_never_written(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.post(path)).status_code == 405
    assert (await http.head(path)).status_code == 200
