"""X: a confirmed address, if the app may see it."""

from ciam.federation.identity import EmailTrust
from tests.providers.world import World


async def test_a_confirmed_address_is_verified_and_names_stand_under_data(world: World) -> None:
    identity = await world.identity("x")
    assert identity.email_trust is EmailTrust.VERIFIED
    assert identity.claims == {"name": "佐藤 花子", "nickname": "hanako"}
