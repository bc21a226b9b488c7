"""npm openid-client signs people in: discovery, PKCE, state, nonce, issuer, every endpoint.

It is a certified relying party that somebody else wrote, so it believes nothing of ours.
"""

import pytest

from tests.flows.clients.installation import SECRETS, Installation
from tests.flows.clients.openid_client import openid_client
from tests.flows.clients.person import Person

_SHOP = {
    "client_id": "shop",
    "client_secret": SECRETS["SHOP_SECRET"],
    "method": "client_secret_basic",
    "alg": "ES256",
    "redirect_uri": "https://shop.example.jp/callback",
    "scope": "openid profile email offline_access consents",
    "after_logout": "https://shop.example.jp/signed-out",
}
_POINTS = {
    "client_id": "points",
    "client_secret": SECRETS["POINTS_SECRET"],
    "method": "client_secret_post",
    "alg": "RS256",
    "redirect_uri": "https://points.example.jp/callback",
    "scope": "openid profile email",
}
_PARTNER = {
    "client_id": "partner",
    "client_secret": SECRETS["PARTNER_SECRET"],
    "method": "client_secret_basic",
    "alg": "RS256",
    "redirect_uri": "https://partner.example.com/node",
    "scope": "openid email offline_access",
}
_READER = {
    "client_id": "reader-app",
    "method": "none",
    "alg": "RS256",
    "redirect_uri": "http://127.0.0.1:51004/callback",
    "scope": "openid profile offline_access",
}


@pytest.mark.parametrize(
    "wanted", [_SHOP, _POINTS, _PARTNER, _READER], ids=lambda wanted: str(wanted["client_id"])
)
async def test_openid_client_signs_in_and_uses_every_endpoint(
    installation: Installation, wanted: dict[str, str]
) -> None:
    email = f"node-{wanted['client_id']}@example.jp"
    async with Person(installation, email) as person, openid_client() as app:
        url = (await app.tell({**wanted, "issuer": installation.url}))["url"]
        page = await person.sign_up(await person.browser.open(url))
        if page.status != 0:
            page = await person.press(page, "Allow")
        said = await app.tell({"callback": page.url})

        assert said["refused"] == {
            "no_issuer": "OAUTH_INVALID_RESPONSE",
            "other_issuer": "OAUTH_INVALID_RESPONSE",
            "other_state": "OAUTH_INVALID_RESPONSE",
        }
        assert set(said["scope"].split()) == set(wanted["scope"].split())
        assert said["userinfo"]["sub"] == said["claims"]["sub"]
        asks_email = "email" in wanted["scope"] and wanted is not _PARTNER  # rests on a purpose
        assert said["userinfo"].get("email") == (email if asks_email else None)
        assert said["replayed"] == "invalid_token"
        if "offline_access" in wanted["scope"]:
            assert said["refreshed"] == said["userinfo"]
            assert said["refreshed_claims"]["sub"] == said["claims"]["sub"]
            assert said["refreshed_claims"]["auth_time"] == said["claims"]["auth_time"]
        if wanted["method"] != "none":
            assert said["known"]["active"] is True
            assert said["known"]["sub"] == said["claims"]["sub"]
        assert said["revoked"] == "invalid_token"

        page = await person.browser.open(said["end_session"])
        if "after_logout" in wanted:
            assert page.url == f"{wanted['after_logout']}?state=bye"
        else:
            assert page.heading == "You are signed out"


async def test_openid_client_gets_a_token_of_its_own(installation: Installation) -> None:
    async with openid_client() as app:
        said = await app.tell(
            {
                "issuer": installation.url,
                "client_id": "warehouse",
                "client_secret": SECRETS["WAREHOUSE_SECRET"],
                "method": "client_secret_basic",
                "alg": "RS256",
                "grant": "client_credentials",
                "scope": "stock",
            }
        )
        assert said["token"]["scope"] == "stock"
        assert "refresh_token" not in said["token"]
        assert "id_token" not in said["token"]
