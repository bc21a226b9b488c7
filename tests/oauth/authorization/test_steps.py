"""The table of steps: each parameter absent, doubled, malformed and endless, and who is told."""

import json

import pytest

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.authorization.response import AuthorizationRefused
from ciam.oauth.errors import InvalidRequest, OAuthError
from ciam.oauth.registration import ClientMetadata
from tests.oauth.authorization.apps import CALLBACK, CHALLENGE, GOOD, ISSUER, put_client
from tests.oauth.authorization.conftest import World

HUGE = "a" * 20_000
BINARY = "a\x00b"
HALF = "a\udc80b"  # a byte that was no UTF-8

ON_A_PAGE: list[dict[str, str | None]] = [
    {"client_id": None},
    {"client_id": ""},
    {"client_id": "nobody"},
    {"client_id": "SHOP"},
    {"client_id": "shop "},
    {"client_id": HUGE},
    {"client_id": BINARY},
    {"client_id": HALF},
    {"redirect_uri": None},
    {"redirect_uri": ""},
    {"redirect_uri": "https://evil.example/callback"},
    {"redirect_uri": f"{CALLBACK}/"},
    {"redirect_uri": HUGE},
    {"redirect_uri": BINARY},
    {"redirect_uri": HALF},
]

TO_THE_CLIENT: list[tuple[str, dict[str, str | None]]] = [
    ("invalid_request", {"state": HUGE}),
    ("invalid_request", {"state": BINARY}),
    ("invalid_request", {"state": HALF}),
    ("invalid_request", {"state": "日本語"}),
    ("invalid_request", {"state": "a\r\nb"}),
    ("invalid_request", {"response_mode": "fragment"}),
    ("invalid_request", {"response_mode": "web_message"}),
    ("invalid_request", {"response_mode": HUGE}),
    ("invalid_request", {"response_type": None}),
    ("invalid_request", {"response_type": ""}),
    ("invalid_request", {"response_type": HUGE}),
    ("invalid_request", {"response_type": BINARY}),
    ("unsupported_response_type", {"response_type": "token"}),
    ("unsupported_response_type", {"response_type": "id_token"}),
    ("unsupported_response_type", {"response_type": "code id_token"}),
    ("unsupported_response_type", {"response_type": "none"}),
    ("unsupported_response_type", {"response_type": "CODE"}),
    ("invalid_scope", {"scope": None}),
    ("invalid_scope", {"scope": "nobody-knows-it"}),
    ("invalid_scope", {"scope": "openid phone"}),
    ("invalid_scope", {"scope": "openid  profile"}),
    ("invalid_scope", {"scope": 'open"id'}),
    ("invalid_scope", {"scope": "openid\nprofile"}),
    ("invalid_request", {"scope": HUGE}),
    ("invalid_request", {"scope": BINARY}),
    ("invalid_request", {"code_challenge": None}),
    ("invalid_request", {"code_challenge": None, "code_challenge_method": None}),
    ("invalid_request", {"code_challenge_method": None}),
    ("invalid_request", {"code_challenge_method": "plain"}),
    ("invalid_request", {"code_challenge_method": "s256"}),
    ("invalid_request", {"code_challenge": CHALLENGE[:-1]}),
    ("invalid_request", {"code_challenge": CHALLENGE + "A"}),
    ("invalid_request", {"code_challenge": CHALLENGE[:-1] + "="}),
    ("invalid_request", {"code_challenge": CHALLENGE[:-1] + "\n"}),
    ("invalid_request", {"code_challenge": HUGE}),
    ("invalid_request", {"nonce": "n" * 513}),
    ("invalid_request", {"nonce": HUGE}),
    ("invalid_request", {"nonce": "日本"}),
    ("invalid_request", {"nonce": BINARY}),
    ("invalid_request", {"prompt": "none login"}),
    ("invalid_request", {"prompt": "sing"}),
    ("invalid_request", {"prompt": HUGE}),
    ("invalid_request", {"max_age": "-1"}),
    ("invalid_request", {"max_age": "1.5"}),
    ("invalid_request", {"max_age": "1e3"}),
    ("invalid_request", {"max_age": "soon"}),
    ("invalid_request", {"max_age": "٣"}),
    ("invalid_request", {"max_age": "9" * 10}),
    ("invalid_request", {"max_age": HUGE}),
    ("request_not_supported", {"request": "eyJ.e30."}),
    ("request_uri_not_supported", {"request_uri": "https://shop.example.com/request"}),
    ("registration_not_supported", {"registration": "{}"}),
    ("invalid_request", {"claims": "no json"}),
    ("invalid_request", {"claims": "[]"}),
    ("invalid_request", {"claims": "null"}),
    ("invalid_request", {"claims": '{"userinfo": []}'}),
    ("invalid_request", {"claims": '{"userinfo": {"email": true}}'}),
    ("invalid_request", {"claims": '{"userinfo": {"email": {"essential": "yes"}}}'}),
    ("invalid_request", {"claims": '{"userinfo": {"email": {"values": "x"}}}'}),
    ("invalid_request", {"claims": '{"userinfo": {"x": {"value": NaN}}}'}),
    ("invalid_request", {"claims": '{"userinfo": {"x": {"value": "\\u0000"}}}'}),
    ("invalid_request", {"claims": '{"userinfo": {"x": {"value": "\\ud800"}}}'}),
    ("invalid_request", {"claims": "[" * 8000}),
    ("invalid_request", {"claims": '{"userinfo": {"' + "x" * 101 + '": null}}'}),
    ("invalid_request", {"claims": HUGE}),
    ("login_required", {"claims": '{"id_token": {"sub": {"value": "nobody"}}}'}),
    ("login_required", {"claims": '{"id_token": {"sub": {"value": []}}}'}),
    ("login_required", {"claims": '{"id_token": {"sub": {"value": null}}}'}),
    (
        "unmet_authentication_requirements",
        {"claims": '{"id_token": {"acr": {"essential": true, "values": ["urn:ciam:acr:3"]}}}'},
    ),
    (
        "unmet_authentication_requirements",
        {"claims": '{"id_token": {"acr": {"essential": true, "value": "gold"}}}'},
    ),
    ("invalid_request", {"id_token_hint": "eyJ.e30."}),
    ("invalid_request", {"id_token_hint": "no token"}),
    ("invalid_request", {"id_token_hint": HUGE}),
    ("invalid_request", {"login_hint": HUGE}),
    ("invalid_request", {"login_hint": BINARY}),
    ("invalid_request", {"acr_values": HUGE}),
    ("invalid_request", {"ui_locales": HUGE}),
    ("invalid_request", {"unknown": HUGE}),
    ("invalid_request", {"unknown": BINARY}),
]

REPEATABLE_BY_NOBODY = (
    *(name for name in GOOD if name not in {"client_id", "redirect_uri"}),
    "response_mode",
    "nonce",
    "prompt",
    "max_age",
    "claims",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "ui_locales",
    "request",
    "unknown",
)


async def _refusal(world: World, changes: dict[str, str | None]) -> AuthorizationRefused:
    with pytest.raises(AuthorizationRefused) as caught:
        await world.check(changes)
    return caught.value


async def test_a_good_request_is_understood(world: World) -> None:
    asked = await world.check({"nonce": "n", "max_age": "60", "prompt": "login consent"})
    assert asked.client.client_id == "shop"
    assert asked.redirect_uri == CALLBACK
    assert (asked.state, asked.nonce, asked.code_challenge) == ("the state", "n", CHALLENGE)
    assert asked.scopes == {"openid", "profile"}
    assert asked.prompt == {"login", "consent"}
    assert asked.max_age is not None
    assert asked.max_age.total_seconds() == 60


async def test_a_wrong_client_or_redirect_uri_is_shown_on_a_page(world: World) -> None:
    for changes in ON_A_PAGE:
        with pytest.raises(OAuthError) as caught:
            await world.check(changes)
        assert isinstance(caught.value, InvalidRequest), changes
        assert not caught.value.may_redirect, changes


async def test_a_doubled_client_or_redirect_uri_is_shown_on_a_page(world: World) -> None:
    for name in ("client_id", "redirect_uri"):
        for second in (GOOD[name], "https://evil.example", ""):
            with pytest.raises(InvalidRequest) as caught:
                await world.check({}, (name, second))
            assert not caught.value.may_redirect


async def test_everything_else_is_told_to_the_client_with_its_state_and_our_issuer(
    world: World,
) -> None:
    for code, changes in TO_THE_CLIENT:
        refused = await _refusal(world, changes)
        answer = refused.response
        assert answer.parameters["error"] == code, (changes, answer.parameters)
        assert answer.parameters["iss"] == ISSUER
        assert answer.redirect_uri == CALLBACK
        assert answer.response_mode == "query"
        if "state" not in changes:
            assert answer.parameters["state"] == "the state"
        else:
            assert "state" not in answer.parameters
        description = answer.parameters["error_description"]
        assert description.isascii()
        assert description.isprintable()
        assert not set('"\\') & set(description)
        for value in changes.values():
            assert value is None or len(value) < 10 or value not in description


async def test_no_parameter_may_come_twice(world: World) -> None:
    for name in REPEATABLE_BY_NOBODY:
        with pytest.raises(AuthorizationRefused) as caught:
            await world.check({name: GOOD.get(name, "1")}, (name, GOOD.get(name, "1")))
        assert caught.value.response.parameters["error"] == "invalid_request", name
        assert "repeated" in caught.value.response.parameters["error_description"], name


async def test_an_empty_parameter_is_an_absent_one(world: World) -> None:
    empty = {"nonce": "", "prompt": "", "max_age": "", "claims": "", "request": "", "unknown": ""}
    asked = await world.check(dict(empty))
    assert (asked.nonce, asked.max_age, asked.claims) == (None, None, None)


async def test_a_scope_nobody_knows_is_left_out(world: World) -> None:
    asked = await world.check({"scope": "openid nobody-knows-it profile"})
    assert asked.scopes == {"openid", "profile"}


async def test_a_scope_of_another_app_is_refused(world: World) -> None:
    async with world.database.write() as transaction:
        await put_client(transaction, "other", scope="openid warehouse")
    refused = await _refusal(world, {"scope": "openid warehouse"})
    assert refused.response.parameters["error"] == "invalid_scope"


async def test_offline_access_counts_only_with_refresh_tokens(world: World) -> None:
    assert "offline_access" in (await world.check({"scope": "openid offline_access"})).scopes
    async with world.database.write() as transaction:
        await put_client(transaction, "shop", grant_types=["authorization_code"])
    assert (await world.check({"scope": "openid offline_access"})).scopes == {"openid"}


async def test_a_confidential_app_may_be_excepted_from_pkce_and_is_held_to_it_when_it_uses_it(
    world: World,
) -> None:
    async with world.database.write() as transaction:
        await put_client(transaction, "shop", require_pkce=False)
    without = {"code_challenge": None, "code_challenge_method": None}
    assert (await world.check(dict(without))).code_challenge is None
    assert (await world.check()).code_challenge == CHALLENGE
    await _refusal(world, {"code_challenge_method": "plain"})
    await _refusal(world, {"code_challenge": None})


def test_a_public_app_is_never_excepted_from_pkce() -> None:
    with pytest.raises(ValueError, match="PKCE"):
        ClientMetadata(
            client_name="x",
            redirect_uris=(CALLBACK,),
            token_endpoint_auth_method="none",
            require_pkce=False,
        )


async def test_an_app_that_may_not_have_codes_is_told_so(world: World) -> None:
    async with world.database.write() as transaction:
        await put_client(transaction, "shop", grant_types=["client_credentials"])
    refused = await _refusal(world, {})
    assert refused.response.parameters["error"] == "unauthorized_client"


async def test_an_error_goes_back_in_the_response_mode_asked_for(world: World) -> None:
    refused = await _refusal(world, {"response_mode": "form_post", "response_type": "token"})
    assert refused.response.response_mode == "form_post"


async def test_no_form_is_posted_to_a_private_use_scheme(world: World) -> None:
    async with world.database.write() as transaction:
        await put_client(
            transaction,
            "shop",
            application_type="native",
            token_endpoint_auth_method="none",
            redirect_uris=["com.example.app:/cb"],
        )
    changes = {"redirect_uri": "com.example.app:/cb", "response_mode": "form_post"}
    refused = await _refusal(world, dict(changes))
    assert refused.response.response_mode == "query"
    assert refused.response.location.startswith("com.example.app:/cb?error=invalid_request")


async def test_a_disabled_app_is_unknown(world: World) -> None:
    async with world.database.write() as transaction:
        await transaction.clients.disable("shop")
        await transaction.config.raise_generation()
    with pytest.raises(InvalidRequest) as caught:
        await world.check()
    assert not caught.value.may_redirect


async def test_an_id_token_of_this_app_names_who_is_meant_however_old(world: World) -> None:
    asked = await world.check({"id_token_hint": await world.id_token(exp=1)})
    assert asked.meant_customer == world.customer


async def test_any_other_token_is_no_hint(world: World) -> None:
    async with world.database.write() as transaction:
        await put_client(transaction, "other")
    others: list[dict[str, object]] = [
        {"aud": "other"},
        {"aud": ["shop"]},
        {"iss": "https://evil.example"},
        {"sub": "nobody"},
        {"sub": None},
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
    ]
    for claims in others:
        refused = await _refusal(world, {"id_token_hint": await world.id_token(**claims)})
        assert refused.response.parameters["error"] == "invalid_request", claims


async def test_claims_are_taken_for_both_channels_and_others_ignored(world: World) -> None:
    claims = {
        "userinfo": {"email": {"essential": True}, "family_name#ja-Kana-JP": None},
        "id_token": {"auth_time": {"essential": True}},
        "elsewhere": {"x": 1},
    }
    asked = await world.check({"claims": json.dumps(claims)})
    assert asked.claims == {name: claims[name] for name in ("userinfo", "id_token")}
    assert asked.asked_scopes == {"openid", "profile", "email"}


async def test_voluntary_levels_beyond_reach_are_no_error(world: World) -> None:
    asked = await world.check({"acr_values": "urn:ciam:acr:2 gold"})
    assert asked.acr_values == ("urn:ciam:acr:2", "gold")
    assert not asked.essential_acr


async def test_the_default_age_of_the_app_counts_when_none_is_asked(world: World) -> None:
    async with world.database.write() as transaction:
        await put_client(transaction, "shop", default_max_age=600)

    async def seconds(max_age: str | None) -> float:
        asked: AuthorizationRequest = await world.check({"max_age": max_age})
        assert asked.max_age is not None
        return asked.max_age.total_seconds()

    assert await seconds(None) == 600
    assert await seconds("0") == 0


async def test_a_login_hint_is_taken_as_it_is_or_left_out(world: World) -> None:
    for hint in (" hanako@example.jp ", "花子", "0312345678"):
        assert (await world.check({"login_hint": hint})).login_hint == hint.strip()
    for hint in ("a\nb", "x" * 255, " "):
        assert (await world.check({"login_hint": hint})).login_hint is None
