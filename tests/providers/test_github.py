"""GitHub: the number is the key, and only the primary and verified address counts."""

import pytest

from ciam.federation.identity import EmailTrust
from ciam.federation.refusals import ProviderRefused
from tests.providers.world import World


async def test_the_address_is_the_primary_verified_one_and_not_the_typed_one(world: World) -> None:
    identity = await world.identity("github")
    assert (identity.email, identity.email_trust) == (
        "hanako.sato@example.jp",
        EmailTrust.VERIFIED,
    )
    world.fakes["github"].person.is_verified = False
    assert (await world.identity("github")).email is None


async def test_an_error_that_is_answered_with_200_is_an_error(world: World) -> None:
    back = await world.visit(await world.leave("github"))
    with pytest.raises(ProviderRefused):
        await world.come_back("github", {**back, "code": "made-up"})
