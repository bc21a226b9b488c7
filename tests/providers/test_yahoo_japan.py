"""Yahoo! JAPAN: a way back for who declines, userinfo on another host, names with readings."""

from urllib.parse import parse_qs, urlsplit

from ciam.federation.identity import EmailTrust
from tests.providers.world import World


async def test_who_declines_comes_back_because_we_ask_for_it(world: World) -> None:
    url = await world.leave("yahoo_japan")
    assert parse_qs(urlsplit(url).query)["bail"] == ["1"]
    world.fakes["yahoo_japan"].is_declining = True
    assert (await world.visit(url))["error"] == "access_denied"


async def test_names_come_with_their_readings_from_the_other_host(world: World) -> None:
    identity = await world.identity("yahoo_japan")
    assert "userinfo.yahooapis.jp/yconnect/v2/attribute" in world.fakes.asked
    assert identity.claims["family_name#ja-Kana-JP"] == "サトウ"
    assert identity.claims["given_name"] == "花子"
    assert "birthdate" not in identity.claims  # a year is no date
    assert identity.email_trust is EmailTrust.VERIFIED
    world.fakes["yahoo_japan"].person.is_verified = False
    assert (await world.identity("yahoo_japan")).email_trust is EmailTrust.ASSERTED


async def test_the_form_of_a_subject_does_not_matter(world: World) -> None:
    for subject in ("A" * 26, "b" * 50):  # GUID, PPID
        world.fakes["yahoo_japan"].person.subject = subject
        assert (await world.identity("yahoo_japan")).subject == subject
