"""Any OpenID provider: discovery for addresses alone, and the issuer in each answer (RFC 9207)."""

import pytest

from ciam.federation.refusals import ProviderDown, ProviderRefused
from tests.parts.fake_providers.openid import OpenId
from tests.providers.world import World


async def test_discovery_is_read_once_and_does_not_choose_the_algorithm(world: World) -> None:
    await world.identity("openid")
    await world.identity("openid")
    asked = [place for place in world.fakes.asked if place.endswith("openid-configuration")]
    assert len(asked) == 1
    await world.configure("openid", algorithm="ES256")
    with pytest.raises(ProviderRefused):
        await world.go("openid")


async def test_an_answer_without_the_issuer_or_with_another_is_refused(world: World) -> None:
    """A-16: who promises `iss` has to say it in every answer."""
    for issuer in (None, "https://evil.example", "https://login.partner.example/"):
        back = await world.visit(await world.leave("openid"))
        back.pop("iss")
        with pytest.raises(ProviderRefused):
            await world.come_back("openid", {**back, **({"iss": issuer} if issuer else {})})
    back = await world.visit(await world.leave("line"))
    with pytest.raises(ProviderRefused):  # even of one who does not promise it
        await world.come_back("line", {**back, "iss": "https://login.partner.example"})


async def test_a_discovery_document_of_another_issuer_is_refused(world: World) -> None:
    fake = world.fakes["openid"]
    assert isinstance(fake, OpenId)
    fake.says_issuer = "https://evil.example"
    with pytest.raises(ProviderDown):
        await world.leave("openid")
