"""Google: whose address it is decides what it is worth."""

import pytest

from ciam.federation.identity import EmailTrust
from tests.providers.world import World


@pytest.mark.parametrize(
    ("email", "hd", "is_verified", "trust"),
    [
        ("hanako@gmail.com", None, True, EmailTrust.AUTHORITATIVE),
        ("hanako@shop.example.jp", "shop.example.jp", True, EmailTrust.AUTHORITATIVE),
        ("hanako@shop.example.jp", None, True, EmailTrust.VERIFIED),
        ("hanako@gmail.com.evil.example", None, True, EmailTrust.VERIFIED),
        ("hanako@gmail.com", None, False, EmailTrust.ASSERTED),
    ],
)
async def test_an_address_is_googles_own_or_was_verified_once(
    world: World, email: str, hd: str | None, *, is_verified: bool, trust: EmailTrust
) -> None:
    fake = world.fakes["google"]
    fake.person.email, fake.person.is_verified = email, is_verified
    fake.tamper = lambda claims: claims.update(hd=hd)
    assert (await world.identity("google")).email_trust is trust


async def test_a_connection_lowers_the_worth_of_addresses_and_never_raises_it(
    world: World,
) -> None:
    world.fakes["google"].person.email = "hanako@gmail.com"
    await world.configure("google", email_trust="verified")
    assert (await world.identity("google")).email_trust is EmailTrust.VERIFIED
    await world.configure("line", scopes=["openid", "email"], email_trust="authoritative")
    assert (await world.identity("line")).email_trust is EmailTrust.ASSERTED
