"""Authlib signs people in: code flow with PKCE, ID token checked by its own claim classes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.flows.clients.installation import SECRETS, Installation
from tests.flows.clients.person import Person

_SHOP = ("shop", "client_secret_basic", "https://shop.example.jp/callback", "ES256")
_POINTS = ("points", "client_secret_post", "https://points.example.jp/callback", "RS256")
_READER = ("reader-app", "none", "jp.example.reader:/callback", "RS256")


@asynccontextmanager
async def _client(
    client_id: str, method: str, redirect_uri: str, scope: str
) -> AsyncIterator[AsyncOAuth2Client]:
    async with AsyncOAuth2Client(
        client_id=client_id,
        client_secret=SECRETS.get(f"{client_id.upper()}_SECRET"),
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        trust_env=False,
        timeout=30,
        scope=scope,
    ) as client:
        yield client


async def _discover(client: AsyncOAuth2Client, issuer: str) -> dict[str, Any]:
    answer = await client.request(
        "GET", get_well_known_url(issuer, external=True), withhold_token=True
    )
    metadata = OpenIDProviderMetadata(answer.json())
    assert metadata["issuer"] == issuer
    return dict(metadata)


async def _keys(client: AsyncOAuth2Client, metadata: dict[str, Any]) -> KeySet:
    answer = await client.request("GET", metadata["jwks_uri"], withhold_token=True)
    return KeySet.import_key_set(answer.json())


async def _sign_in(
    app: AsyncOAuth2Client, person: Person, metadata: dict[str, Any], algorithm: str
) -> CodeIDToken:
    """Send a stranger through the registration, and check the ID token they come back with."""
    verifier, nonce = generate_token(48), generate_token(20)
    url, state = app.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    page = await person.sign_up(await person.browser.open(url))
    if page.status != 0:
        page = await person.press(page, "Allow")
    tokens = await app.fetch_token(
        metadata["token_endpoint"],
        authorization_response=page.url,
        state=state,
        code_verifier=verifier,
    )
    token = jwt.decode(tokens["id_token"], await _keys(app, metadata), algorithms=[algorithm])
    claims = CodeIDToken(
        token.claims,
        token.header,
        {"iss": {"value": metadata["issuer"]}, "aud": {"value": app.client_id}},
        {"client_id": app.client_id, "nonce": nonce, "access_token": tokens["access_token"]},
    )
    claims.validate()
    assert claims["at_hash"]  # what `validate` checks, it also takes when absent
    return claims


@pytest.mark.parametrize("registered", [_SHOP, _POINTS, _READER], ids=lambda one: one[0])
async def test_authlib_signs_in_and_uses_every_endpoint(
    installation: Installation, registered: tuple[str, str, str, str]
) -> None:
    client_id, method, redirect_uri, algorithm = registered
    offline = "" if client_id == "points" else " offline_access"
    async with (
        Person(installation, f"authlib-{client_id}@example.jp") as person,
        _client(client_id, method, redirect_uri, f"openid profile{offline}") as app,
    ):
        metadata = await _discover(app, installation.url)
        claims = await _sign_in(app, person, metadata, algorithm)
        userinfo = (await app.get(metadata["userinfo_endpoint"])).json()
        assert (userinfo["sub"], userinfo["family_name"]) == (claims["sub"], "山田")

        given = first = app.token["access_token"]
        if offline:
            fresh = await app.refresh_token(metadata["token_endpoint"])
            assert fresh["access_token"] != first
            assert (await app.get(metadata["userinfo_endpoint"])).json() == userinfo
            given = app.token["refresh_token"]
        if method != "none":
            known = await app.introspect_token(metadata["introspection_endpoint"], token=given)
            assert known.json()["active"] is True
        answer = await app.revoke_token(metadata["revocation_endpoint"], token=given)
        assert answer.status_code == 200, answer.text
        assert (await app.get(metadata["userinfo_endpoint"])).status_code == 401
        if offline:
            with pytest.raises(OAuthError, match="invalid_grant"):
                await app.refresh_token(metadata["token_endpoint"], refresh_token=given)


async def test_authlib_gets_a_token_of_its_own(installation: Installation) -> None:
    async with _client("warehouse", "client_secret_basic", "", "stock") as app:
        metadata = await _discover(app, installation.url)
        token = await app.fetch_token(
            metadata["token_endpoint"], grant_type="client_credentials", scope="stock"
        )
        assert token["scope"] == "stock"
        keys = await _keys(app, metadata)
        decoded = jwt.decode(token["access_token"], keys, algorithms=["ES256", "RS256"])
        assert decoded.header["typ"] == "at+jwt"
        assert decoded.claims["aud"] in ("https://stock.example.jp", ["https://stock.example.jp"])
        assert decoded.claims["sub"] == "warehouse"
