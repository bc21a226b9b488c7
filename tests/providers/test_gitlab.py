"""GitLab: what comes along unasked goes no further."""

from ciam.federation.identity import EmailTrust
from tests.providers.world import World


async def test_only_claims_about_the_person_are_taken(world: World) -> None:
    identity = await world.identity("gitlab")
    assert identity.claims["nickname"] == "hanako"
    assert not [name for name in identity.claims if "group" in name]
    assert identity.email_trust is EmailTrust.VERIFIED
