"""What every provider has to pass: the shared contract, and what must prove nothing."""

import pytest

from ciam.federation.catalogue import load_providers
from ciam.federation.exchange import AlreadyFinished
from ciam.federation.identity import EmailTrust
from ciam.federation.refusals import ProviderDown, ProviderRefused
from tests.parts.fake_providers import ALL
from tests.providers.world import OTHER_BROWSER, World

EVERY = sorted(ALL)


def test_every_provider_has_a_fake_and_every_fake_a_provider() -> None:
    assert sorted(load_providers()) == EVERY


@pytest.mark.parametrize("key", EVERY)
async def test_a_person_is_known_by_issuer_and_subject_and_declining_is_a_normal_path(
    world: World, key: str
) -> None:
    finished = await world.go(key)
    identity = finished.identity
    assert identity is not None
    assert (finished.purpose, finished.journey) == ("sign_in", "journey-1")
    assert (identity.connection, identity.subject) == (key, "1001")
    assert identity.issuer.startswith("https://")
    assert identity.proven_at == world.clock.now()
    assert (identity.email is None) == (identity.email_trust is EmailTrust.NONE)
    assert all(identity.claims.values())

    again = await world.identity(key)  # the key is the same, whoever else has the address now
    assert (again.issuer, again.subject) == (identity.issuer, identity.subject)
    world.fakes[key].person.subject = "2002"
    other = await world.identity(key)
    assert other.subject == "2002"

    world.fakes[key].is_declining = True
    assert (await world.go(key)).identity is None
    assert ("federation.declined", "") in await world.events()


async def test_an_answer_belongs_to_one_browser_one_connection_and_one_use(world: World) -> None:
    for key in EVERY:
        back = await world.visit(await world.leave(key))
        with pytest.raises(ProviderRefused):
            await world.come_back(key, back, browser=OTHER_BROWSER)
        other = "google" if key != "google" else "line"
        with pytest.raises(ProviderRefused):
            await world.come_back(other, back)
        with pytest.raises(ProviderRefused):
            await world.come_back(key, {**back, "state": "made-up"})
        finished = await world.come_back(key, back)
        assert finished.identity is not None
        with pytest.raises(AlreadyFinished) as twice:
            await world.come_back(key, back)
        assert (twice.value.purpose, twice.value.journey) == ("sign_in", "journey-1")


async def test_a_missing_address_and_one_without_worth_are_none(world: World) -> None:
    for key in EVERY:
        world.fakes[key].person.email = None
        assert (await world.identity(key)).email is None
        world.fakes[key].person.email = "hanako.sato@example.jp"
        await world.configure(key, email_trust="none")
        identity = await world.identity(key)
        assert (identity.email, identity.email_trust) == (None, EmailTrust.NONE)


async def test_a_provider_that_is_down_is_said_so_and_nothing_is_proven(world: World) -> None:
    for key in EVERY:
        back = await world.visit(await world.leave(key))
        token = world.fakes[key].token.split("/")[0]
        world.fakes.outage.silent.add(token)
        with pytest.raises(ProviderDown) as down:
            await world.come_back(key, back)
        assert down.value.status == 503
        world.fakes.outage.silent.clear()
        back = await world.visit(await world.leave(key))
        world.fakes.outage.failing.add(token)
        with pytest.raises(ProviderDown):
            await world.come_back(key, back)
        world.fakes.outage.failing.clear()


async def test_a_code_of_another_exchange_proves_nothing(world: World) -> None:
    """L-06: an attacker's code in the victim's callback; PKCE or the nonce tells them apart.

    LinkedIn, Naver and TikTok know neither: there the state alone has to do.
    """
    for key in EVERY:
        if key in {"linkedin", "naver", "tiktok"}:
            continue
        world.fakes[key].person.subject = "6666"
        theirs = await world.visit(await world.leave(key, browser=OTHER_BROWSER))
        world.fakes[key].person.subject = "1001"
        mine = await world.visit(await world.leave(key))
        with pytest.raises(ProviderRefused):
            await world.come_back(key, {**mine, "code": theirs["code"]})
