"""Microsoft: the tenant is in the key, and an address is verified only by `xms_edov` (nOAuth)."""

import pytest

from ciam.federation.identity import EmailTrust
from ciam.federation.refusals import ProviderRefused
from tests.parts.fake_providers.openid import TENANT, Microsoft
from tests.providers.world import World

PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"


def microsoft(world: World) -> Microsoft:
    fake = world.fakes["microsoft"]
    assert isinstance(fake, Microsoft)
    return fake


async def test_the_key_is_tenant_and_object(world: World) -> None:
    identity = await world.identity("microsoft")
    assert identity.issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert identity.subject == "1001"  # oid: the sub is "pairwise-1001"
    microsoft(world).tenant = TENANT.replace("1", "9")
    assert (await world.identity("microsoft")).issuer != identity.issuer


@pytest.mark.parametrize(
    ("edov", "trust"),
    [
        (None, EmailTrust.ASSERTED),
        (False, EmailTrust.ASSERTED),
        ("false", EmailTrust.ASSERTED),
        (True, EmailTrust.VERIFIED),
        ("true", EmailTrust.VERIFIED),
        ("1", EmailTrust.VERIFIED),
    ],
)
async def test_an_address_is_verified_only_where_edov_says_so(
    world: World, edov: object, trust: EmailTrust
) -> None:
    microsoft(world).edov = edov
    assert (await world.identity("microsoft")).email_trust is trust


async def test_an_issuer_of_another_tenant_than_the_token_says_is_refused(world: World) -> None:
    for changed in (
        {"tid": TENANT.replace("1", "9")},
        {"tid": "../evil"},
        {"tid": None},
        {"iss": "https://login.microsoftonline.com/{tenantid}/v2.0"},
    ):
        microsoft(world).tamper = lambda claims, changed=changed: claims.update(changed)  # type: ignore[misc]  # bound now
        with pytest.raises(ProviderRefused):
            await world.go("microsoft")


@pytest.mark.parametrize(
    ("tenant", "person", "is_let_in"),
    [("consumers", TENANT, False), ("organizations", PERSONAL, False), ("common", PERSONAL, True)],
)
async def test_a_connection_lets_in_only_its_tenants(
    world: World, tenant: str, person: str, *, is_let_in: bool
) -> None:
    await world.configure("microsoft", options={"tenant": tenant})
    fake = microsoft(world)
    fake.tenant = person
    for name in ("authorization", "token", "jwks"):
        setattr(fake, name, getattr(fake, name).replace("/common/", f"/{tenant}/"))
    if is_let_in:
        await world.identity("microsoft")
        return
    with pytest.raises(ProviderRefused):
        await world.go("microsoft")
