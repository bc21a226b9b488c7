"""Discord: `verified` beside the address."""

from ciam.federation.identity import EmailTrust
from tests.providers.world import World


async def test_an_address_is_worth_what_discord_says(world: World) -> None:
    assert (await world.identity("discord")).email_trust is EmailTrust.VERIFIED
    world.fakes["discord"].person.is_verified = False
    assert (await world.identity("discord")).email_trust is EmailTrust.ASSERTED
