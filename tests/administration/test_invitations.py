"""Invited again: whoever was there meanwhile, an owner is left."""

import asyncio

import pyotp
import pytest

from ciam.administration.invitations import invite, join
from ciam.administration.roles import OWNER, VIEWER
from ciam.audit.trail import Actor
from ciam.customers.passwords import PasswordHasher
from ciam.errors import CiamError, PageRefusal
from ciam.storage import Database
from ciam.storage.stores.operators import ACTIVE, DISABLED, Operator
from tests.parts.clock import FakeClock

FIRST, SECOND = "first@example.jp", "second@example.jp"
PASSWORD = "several words of an operator"


async def invite_one(database: Database, email: str, role: str) -> tuple[str, str]:
    """Invite somebody; give the token of the link and the seed."""
    async with database.write() as transaction:
        invited = await invite(
            transaction, email=email, roles=[role], reason="a test", actor=Actor.operator("cli:t")
        )
        token = invited.link.partition("=")[2]
        found = await transaction.operators.find_invitation(token)
    assert found is not None
    return token, found.seed


async def use(
    database: Database, clock: FakeClock, hasher: PasswordHasher, token: str, seed: str
) -> None:
    """Join by a link."""
    code = pyotp.TOTP(seed).at(clock.now())
    await join(database, hasher, token, name="Somebody", password=PASSWORD, code=code)


async def owners(database: Database) -> list[Operator]:
    """Give who is an owner now."""
    async with database.read() as transaction:
        return [
            one
            for one in await transaction.operators.list_all()
            if one.is_active and OWNER in one.roles
        ]


@pytest.fixture
def hasher() -> PasswordHasher:
    """Hash in a thread."""
    return PasswordHasher(1)


async def test_a_link_to_a_lesser_role_is_dead_once_its_holder_is_the_last_owner(
    database: Database, clock: FakeClock, hasher: PasswordHasher
) -> None:
    for email in (FIRST, SECOND):
        await use(database, clock, hasher, *await invite_one(database, email, OWNER))
    lesser = await invite_one(database, FIRST, VIEWER)  # two owners: may be invited so
    _first, second = await owners(database)
    async with database.write() as transaction:
        assert await transaction.operators.set_state(second.id, DISABLED, was=ACTIVE)
    with pytest.raises(PageRefusal):
        await use(database, clock, hasher, *lesser)
    assert [one.email for one in await owners(database)] == [FIRST]


async def test_two_owners_who_become_less_at_once_leave_one(
    database: Database, clock: FakeClock, hasher: PasswordHasher
) -> None:
    for email in (FIRST, SECOND):
        await use(database, clock, hasher, *await invite_one(database, email, OWNER))
    links = [await invite_one(database, email, VIEWER) for email in (FIRST, SECOND)]

    async def step_down(link: tuple[str, str]) -> bool:
        try:
            await use(database, clock, hasher, *link)
        except CiamError:
            return False
        return True

    done = await asyncio.gather(*(step_down(link) for link in links))
    assert sorted(done) == [False, True]
    assert len(await owners(database)) == 1
