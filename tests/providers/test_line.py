"""LINE: HS256 by the channel secret, an address nobody verified, a fresh sign-in that is proven."""

import pytest

from ciam.federation.identity import EmailTrust
from ciam.federation.refusals import ProviderRefused
from tests.providers.world import World


async def test_an_address_is_only_asserted_and_a_display_name_is_no_legal_name(
    world: World,
) -> None:
    identity = await world.identity("line")
    assert identity.issuer == "https://access.line.me"
    assert identity.email_trust is EmailTrust.ASSERTED
    assert identity.claims == {
        "nickname": "佐藤 花子",
        "picture": "https://profile.example.com/1.png",
    }


async def test_a_fresh_sign_in_is_asked_for_and_an_old_one_is_refused(world: World) -> None:
    finished = await world.go("line", prompt_login=True)
    assert finished.identity is not None
    assert finished.identity.auth_time == world.clock.now()
    old = int(world.clock.now().timestamp()) - 120
    world.fakes["line"].tamper = lambda claims: claims.update(auth_time=old)
    with pytest.raises(ProviderRefused):
        await world.go("line", prompt_login=True)
    world.fakes["line"].tamper = lambda claims: claims.update(auth_time=None)
    with pytest.raises(ProviderRefused):
        await world.go("line", prompt_login=True)
