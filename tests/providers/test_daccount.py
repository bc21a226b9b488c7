"""d account: the connection says what only the contract's manual does."""

import pytest
from pydantic import ValidationError

from ciam.federation.connection import ConnectionConfig
from tests.providers.world import World, usual


async def test_the_addresses_are_those_of_the_manual(world: World) -> None:
    identity = await world.identity("daccount")
    assert identity.issuer == "https://id.contract.example"
    assert "id.contract.example/token" in world.fakes.asked


def test_an_algorithm_with_a_shared_secret_cannot_be_chosen() -> None:
    for algorithm in ("HS256", "none"):
        with pytest.raises(ValidationError):
            ConnectionConfig.model_validate({**usual("daccount"), "algorithm": algorithm})
