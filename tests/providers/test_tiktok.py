"""TikTok: the client's other name, and a person who grants only some of the scopes."""

from urllib.parse import parse_qs, urlsplit

from tests.providers.world import World


async def test_the_client_is_named_by_key_and_scopes_by_commas(world: World) -> None:
    await world.configure("tiktok", scopes=["user.info.basic", "user.info.profile"])
    asked = parse_qs(urlsplit(await world.leave("tiktok")).query)
    assert asked["client_key"] == ["client-of-tiktok"]
    assert asked["scope"] == ["user.info.basic,user.info.profile"]
    assert "client_id" not in asked


async def test_who_grants_no_profile_is_still_somebody(world: World) -> None:
    whole = await world.identity("tiktok")
    assert whole.claims == {"nickname": "佐藤 花子"}
    world.fakes["tiktok"].granted = "video.list"
    identity = await world.identity("tiktok")
    assert (identity.subject, dict(identity.claims)) == (whole.subject, {})
