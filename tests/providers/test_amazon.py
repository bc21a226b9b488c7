"""Amazon: hosts of each part of the world, and one issuer for all."""

from ciam.federation.identity import EmailTrust
from tests.providers.world import World


async def test_the_hosts_follow_the_domain_and_the_key_does_not(world: World) -> None:
    identity = await world.identity("amazon")
    assert identity.issuer == "https://www.amazon.com"
    assert identity.email_trust is EmailTrust.ASSERTED
    await world.configure("amazon", options={"domain": "amazon.com"})
    assert (await world.leave("amazon")).startswith("https://www.amazon.com/ap/oa?")
