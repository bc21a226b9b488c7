"""An auth_session that is bound to a key of the device is worth nothing without it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from joserfc.jwk import ECKey
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.settings import Settings
from tests.factories.key_proof import make_proof
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.own_apps import NativeApp, problem_of, register_apps
from tests.parts.clock import FakeClock

TARO = "taro@example.jp"
CHALLENGE = "/authorize-challenge"
JOURNEYS = "/api/v1/journeys"


@pytest.fixture
async def app(settings: Settings, clock: FakeClock) -> AsyncIterator[Starlette]:
    """Give the application on the test's clock."""
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        await register_apps(application)
        await make_person(application)
        yield application


@pytest.fixture
async def native(app: Starlette) -> AsyncIterator[NativeApp]:
    """Give a native app."""
    async with NativeApp(app) as made:
        yield made


class Key:
    """A key in the store of a device."""

    def __init__(self, native: NativeApp, clock: FakeClock) -> None:
        self.native, self.clock, self.key = native, clock, ECKey.generate_key("P-256")

    def sign(self, path: str, *, htm: str = "POST") -> None:
        """Have the next request of the app prove the key."""
        uri = f"{self.native.http.base_url}".rstrip("/") + path
        proof = make_proof(self.key, uri, self.clock.now(), htm=htm)
        self.native.http.headers["DPoP"] = proof


async def _sign_in(native: NativeApp, key: Key) -> str:
    """Sign in with the key proven at every step; give the auth_session at the end."""
    key.sign(CHALLENGE)
    journey = await native.begin()
    key.sign(f"{JOURNEYS}/{journey['id']}")
    done = await native.submit(journey, identifier=TARO, password=PASSWORD)
    assert done.json()["step"] == "done", done.text
    key.sign(CHALLENGE)
    assert "access_token" in await native.finish()
    return str(native.auth_session)


async def test_it_is_worth_nothing_without_its_key(
    app: Starlette, native: NativeApp, clock: FakeClock
) -> None:
    key = Key(native, clock)
    stolen = await _sign_in(native, key)
    async with NativeApp(app) as thief:
        assert (await thief.challenge(auth_session=stolen)).json()["error"] == "invalid_session"
        own = Key(thief, clock)
        own.sign(CHALLENGE)
        assert (await thief.challenge(auth_session=stolen)).json()["error"] == "invalid_session"
        thief.auth_session = stolen
        for proves in (False, True):
            thief.http.headers.pop("DPoP", None)
            if proves:
                own.sign(f"{JOURNEYS}/x", htm="GET")
            refused = await thief.send("GET", "/x")
            assert problem_of(refused)["type"] == "urn:ciam:problem:invalid_session"
    key.sign(CHALLENGE)
    assert "access_token" in await native.finish(), "its owner goes on"


async def test_a_proof_counts_once_and_for_its_call(native: NativeApp, clock: FakeClock) -> None:
    key = Key(native, clock)
    key.sign(CHALLENGE)
    journey = await native.begin()
    again = await native.challenge()
    assert (again.status_code, again.json()["error"]) == (400, "invalid_dpop_proof")
    key.sign(CHALLENGE)  # for another call
    refused = await native.submit(journey, identifier=TARO, password=PASSWORD)
    assert problem_of(refused)["type"] == "urn:ciam:problem:invalid_dpop_proof"
    key.sign(CHALLENGE)
    proof = native.http.headers["DPoP"]
    native.http.headers["DPoP"] = f"{proof}, {proof}"
    assert (await native.challenge()).json()["error"] == "invalid_dpop_proof"


async def test_a_bound_one_lives_longer_and_one_from_before_is_bound_later(
    app: Starlette, native: NativeApp, clock: FakeClock
) -> None:
    key = Key(native, clock)
    await native.submit(await native.begin(), identifier=TARO, password=PASSWORD)
    key.sign(CHALLENGE)
    await native.finish()
    clock.advance(timedelta(days=89))
    key.sign(CHALLENGE)
    later = await native.challenge(prompt="login")
    assert later.json()["error"] == "insufficient_authorization", "the device is known still"
    async with NativeApp(app) as unbound:
        await unbound.submit(await unbound.begin(), identifier=TARO, password=PASSWORD)
        clock.advance(timedelta(days=7, seconds=1))
        assert (await unbound.challenge()).json()["error"] == "invalid_session"


async def test_where_the_policy_requires_a_key_none_begins_without(
    app: Starlette, native: NativeApp, clock: FakeClock
) -> None:
    async with app.state.parts.database.write() as transaction:
        await transaction.policies.put("sessions", {"app_key": "required"}, managed_by="file")
        await transaction.config.raise_generation()
    refused = await native.challenge()
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    await _sign_in(native, Key(native, clock))
