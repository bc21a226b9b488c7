"""The negative pack: what is signed wrongly, or says the wrong thing, proves nothing (RFC 8725)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from ciam.federation.refusals import ProviderRefused
from tests.parts.fake_providers import FakeProvider
from tests.parts.fake_providers.protocol import OpenIdProvider
from tests.providers.world import World

Claims = dict[str, Any]
LONG_AGO = 1_894_690_000  # two hours before the test's clock
SIGNED = ("apple", "daccount", "google", "kakao", "linkedin", "microsoft", "openid", "yahoo_japan")


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(_fake: OpenIdProvider, claims: Claims) -> str:
    return f"{part({'alg': 'none', 'kid': 'key-1'})}.{part(claims)}."


def with_the_public_key_as_secret(fake: OpenIdProvider, claims: Claims) -> str:
    body = f"{part({'alg': 'HS256', 'kid': 'key-1'})}.{part(claims)}"  # joserfc refuses to help
    mac = hmac.new(fake.signing_key.as_pem(private=False), body.encode(), hashlib.sha256)
    return f"{body}.{base64.urlsafe_b64encode(mac.digest()).rstrip(b'=').decode()}"


def with_our_own_secret(fake: OpenIdProvider, claims: Claims) -> str:
    secret = OctKey.import_key(fake.client.secret)
    return jwt.encode({"alg": "HS256", "kid": fake.kid}, claims, secret, algorithms=["HS256"])


def by_another_key_of_the_same_name(_fake: OpenIdProvider, claims: Claims) -> str:
    key = RSAKey.generate_key(2048)
    return jwt.encode({"alg": "RS256", "kid": "key-1"}, claims, key, algorithms=["RS256"])


def that_says_itself_where_its_key_is(_fake: OpenIdProvider, claims: Claims) -> str:
    key = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "kid": "key-9", "jku": "https://evil.example/keys"}
    return jwt.encode(header, claims, key, algorithms=["RS256"])


def by_another_algorithm(_fake: OpenIdProvider, claims: Claims) -> str:
    key = ECKey.generate_key("P-256")
    return jwt.encode({"alg": "ES256", "kid": "key-1"}, claims, key, algorithms=["ES256"])


def with_another_body(fake: OpenIdProvider, claims: Claims) -> str:
    head, _, tail = fake.signed(claims).split(".")
    return f"{head}.{part({**claims, 'sub': 'victim'})}.{tail}"


def not_a_token(_fake: OpenIdProvider, _claims: Claims) -> str:
    return "nothing.to.see"


FORGERIES = (
    unsigned,
    with_the_public_key_as_secret,
    with_our_own_secret,
    by_another_key_of_the_same_name,
    that_says_itself_where_its_key_is,
    by_another_algorithm,
    with_another_body,
    not_a_token,
)
CHANGES: dict[str, Claims] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "an issuer that begins alike": {"iss": "https://accounts.google.com.evil.example"},
    "another audience": {"aud": "somebody-else"},
    "an audience of others": {"aud": ["somebody-else", "another"]},
    "no audience": {"aud": None},
    "shared, and not said for whom": {"aud": ["client-of-google", "another"], "azp": None},
    "shared, and made for another": {"aud": ["client-of-google", "another"], "azp": "another"},
    "made for another": {"azp": "another"},
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "expired": {"exp": LONG_AGO},
    "no expiry": {"exp": None},
    "expires in words": {"exp": "tomorrow"},
    "issued tomorrow": {"iat": 4_000_000_000},
    "no subject": {"sub": None},
    "an empty subject": {"sub": " "},
    "a subject without end": {"sub": "x" * 256},
}


def openid(fake: FakeProvider) -> OpenIdProvider:
    assert isinstance(fake, OpenIdProvider)
    return fake


async def refused(world: World, key: str) -> str:
    """Go there, be refused, and give the cause."""
    with pytest.raises(ProviderRefused) as caught:
        await world.go(key)
    return caught.value.cause


@pytest.mark.parametrize("forge", FORGERIES)
async def test_what_the_provider_did_not_sign_is_refused(
    world: World, forge: Callable[[OpenIdProvider, Claims], str]
) -> None:
    for key in SIGNED if forge in {unsigned, with_the_public_key_as_secret} else ("google",):
        fake = openid(world.fakes[key])
        fake.sign = lambda claims, fake=fake: forge(fake, claims)
        assert "ID token" in (cause := await refused(world, key)) or "algorithm" in cause


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
async def test_what_says_the_wrong_thing_is_refused(world: World, changed: Claims) -> None:
    world.fakes["google"].tamper = lambda claims: claims.update(changed)
    assert await refused(world, "google")


async def test_what_differs_harmlessly_is_accepted(world: World) -> None:
    for changed in (
        {"iss": "accounts.google.com"},  # as Google once wrote it
        {"aud": ["client-of-google", "another"], "azp": "client-of-google"},
        {"exp": int(world.clock.now().timestamp()) - 30},  # clocks differ a little
    ):
        world.fakes["google"].tamper = lambda claims, changed=changed: claims.update(changed)  # type: ignore[misc]  # bound now
        assert (await world.identity("google")).issuer == "https://accounts.google.com"


async def test_line_takes_the_secret_alone_and_never_a_key_of_the_token(world: World) -> None:
    fake = openid(world.fakes["line"])
    for forge in (unsigned, by_another_algorithm, by_another_key_of_the_same_name):
        fake.sign = lambda claims, forge=forge: forge(fake, claims)
        assert await refused(world, "line")
    other = OctKey.import_key("the-secret-of-another-channel-00")
    fake.sign = lambda claims: jwt.encode({"alg": "HS256"}, claims, other, algorithms=["HS256"])
    assert await refused(world, "line")


async def test_a_rotated_key_is_found_and_forged_names_do_not_burden_the_provider(
    world: World,
) -> None:
    fake = openid(world.fakes["google"])
    await world.identity("google")
    await world.identity("google")
    assert fake.key_asked == 1
    world.clock.advance(timedelta(minutes=2))
    fake.signing_key, fake.kid = RSAKey.generate_key(2048, {"use": "sig"}), "key-2"
    await world.identity("google")
    assert fake.key_asked == 2
    fake.sign = lambda claims: that_says_itself_where_its_key_is(fake, {**claims})
    fake.kid = "key-3"
    for _ in range(5):
        assert await refused(world, "google")
    assert fake.key_asked == 2
    world.clock.advance(timedelta(minutes=2))
    fake.sign = lambda claims: with_our_own_secret(fake, {**claims})
    await refused(world, "google")  # by its algorithm, before anybody is asked for a key
    assert fake.key_asked == 2
    world.fakes.outage.silent.add("www.googleapis.com")
    world.clock.advance(timedelta(hours=2))
    fake.sign, fake.kid = None, "key-2"
    await world.identity("google")  # the kept keys go on while the provider's are away


async def test_userinfo_about_somebody_else_is_refused(world: World) -> None:
    world.fakes["yahoo_japan"].tamper = lambda claims: claims.update(sub="somebody-else")
    assert "somebody else" in await refused(world, "yahoo_japan")
