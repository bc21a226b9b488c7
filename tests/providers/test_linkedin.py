"""LinkedIn: no nonce comes back; a second error of its own means no."""

from ciam.federation.identity import EmailTrust
from tests.parts.fake_providers.openid import LinkedIn
from tests.providers.world import World


async def test_it_is_known_by_both_of_its_issuers_as_one(world: World) -> None:
    one = await world.identity("linkedin")
    world.fakes["linkedin"].tamper = lambda claims: claims.update(iss="https://www.linkedin.com")
    other = await world.identity("linkedin")
    assert one.issuer == other.issuer == "https://www.linkedin.com/oauth"
    assert one.email_trust is EmailTrust.VERIFIED


async def test_both_ways_of_declining_are_understood(world: World) -> None:
    fake = world.fakes["linkedin"]
    fake.is_declining = True
    assert LinkedIn.decline == "user_cancelled_login"
    back = await world.visit(await world.leave("linkedin"))
    other = {**back, "error": "user_cancelled_authorize"}
    assert (await world.come_back("linkedin", other)).identity is None
