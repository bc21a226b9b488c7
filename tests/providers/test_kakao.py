"""Kakao: an address by a consent item, that the person may change."""

from urllib.parse import parse_qs, urlsplit

from ciam.federation.identity import EmailTrust
from tests.providers.world import World


async def test_an_address_is_not_asked_for_by_itself_and_never_trusted(world: World) -> None:
    asked = parse_qs(urlsplit(await world.leave("kakao")).query)
    assert asked["scope"] == ["openid profile_nickname"]
    assert (await world.identity("kakao")).email_trust is EmailTrust.ASSERTED
