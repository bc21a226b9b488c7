"""Apple: form_post, a minted secret, strings for booleans, a name that comes only once."""

import json

import pytest

from ciam.federation.exchange import receive
from ciam.federation.identity import EmailTrust
from ciam.federation.refusals import ProviderDown, ProviderRefused
from tests.providers.world import OTHER_BROWSER, World


async def test_booleans_are_strings_and_the_private_relay_matches_nobody(world: World) -> None:
    fake = world.fakes["apple"]
    assert (await world.identity("apple")).email_trust is EmailTrust.VERIFIED
    fake.person.is_verified = False
    assert (await world.identity("apple")).email_trust is EmailTrust.ASSERTED
    fake.person.is_verified, fake.is_private = True, True  # type: ignore[attr-defined]  # Apple's own
    assert (await world.identity("apple")).email_trust is EmailTrust.RELAY
    fake.is_private = False  # type: ignore[attr-defined]  # Apple's own
    fake.person.email = "abc123@privaterelay.appleid.com"
    assert (await world.identity("apple")).email_trust is EmailTrust.RELAY


async def test_the_name_comes_once_and_is_known_again_the_next_time(world: World) -> None:
    names = {"given_name": "花子", "family_name": "佐藤"}
    assert dict((await world.identity("apple")).claims) == names
    assert "user" not in await world.visit(await world.leave("apple"))
    assert dict((await world.identity("apple")).claims) == names


async def test_the_name_outlives_a_first_login_that_fails(world: World) -> None:
    back = await world.visit(await world.leave("apple"))
    assert json.loads(back["user"])["name"]["firstName"] == "花子"
    world.fakes.outage.silent.add("appleid.apple.com")
    with pytest.raises(ProviderDown):
        await world.come_back("apple", back)
    world.fakes.outage.silent.clear()
    assert (await world.identity("apple")).claims["family_name"] == "佐藤"


async def test_the_name_is_given_to_nobody_else_in_the_same_browser(world: World) -> None:
    back = await world.visit(await world.leave("apple"))
    await receive(world.database, "apple", back)  # and the browser never came back
    fake = world.fakes["apple"]
    fake.person.subject, fake.person.email = "2002", "taro.suzuki@example.jp"
    assert dict((await world.identity("apple")).claims) == {}


async def test_what_was_posted_counts_once_and_only_with_the_browser(world: World) -> None:
    back = await world.visit(await world.leave("apple"))
    with pytest.raises(ProviderRefused):
        await world.come_back("apple", back, browser=OTHER_BROWSER)
    await receive(world.database, "apple", {**back, "code": "another", "user": "{}"})
    world.was_posted = False  # the GET that follows the POST, without posting again
    finished = await world.come_back("apple", {"state": back["state"]})
    assert finished.identity is not None


@pytest.mark.parametrize("user", ["", "{", "[]", '{"name": 1}', '{"name": {"firstName": 1}}'])
async def test_a_user_field_that_cannot_be_read_is_passed_over(world: World, user: str) -> None:
    back = await world.visit(await world.leave("apple"))
    finished = await world.come_back("apple", {**back, "user": user})
    assert finished.identity is not None
    assert dict(finished.identity.claims) == {}
