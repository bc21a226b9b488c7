"""Facebook: proof of the secret with every request, and an address that may be absent."""

from ciam.federation.identity import EmailTrust
from tests.providers.world import World


async def test_the_graph_is_asked_with_proof_and_names_are_mapped(world: World) -> None:
    identity = await world.identity("facebook")  # the fake refuses a request without the proof
    assert identity.claims["family_name"] == "佐藤"
    assert identity.claims["picture"] == "https://picture.example.com/1.png"
    assert identity.email_trust is EmailTrust.ASSERTED


async def test_who_has_no_address_there_is_still_somebody(world: World) -> None:
    world.fakes["facebook"].person.email = None
    identity = await world.identity("facebook")
    assert (identity.subject, identity.email) == ("1001", None)
