"""The mail about a sign-in says "it was not me": one press, in any browser, and nothing is left."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.authentication.sign_in_news import DISOWN_TIME
from ciam.authentication.undo_contact_change import UNDO_TIME
from ciam.jobs.purge_expired import purge_expired
from ciam.settings import Settings
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.expiry import CHANGES_KEPT
from tests.flows.account_people import IPHONE, PASSWORD, make_person
from tests.flows.mailbox import Mail, Mailbox
from tests.flows.places_world import (
    A_DAY,
    BRAZIL,
    JAPAN,
    TARO,
    browser_in,
    give_password,
    kinds_of,
    make_settings,
    open_page,
)
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

NEW = "quite another sentence"
NUMBER = "+819012345678"
NEW_SIGN_IN = "New sign-in to your account"
THEIRS = "a sentence of theirs"
SECURED = "Your account is secured"
BUTTON = "It was not me: secure my account"


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return make_settings(tmp_path, database_url)


class World:
    """A customer with a browser at home, and a thief who has the password."""

    def __init__(self, app: Starlette, clock: FakeClock, settings: Settings) -> None:
        self.app, self.clock = app, clock
        self.mailbox = Mailbox(settings.home, app.state.parts.database)
        self.home = browser_in(app, JAPAN)
        self.thief = browser_in(app, BRAZIL, IPHONE)
        self.customer: Customer

    async def begin(self) -> None:
        self.customer = await make_person(self.app)
        assert (await give_password(self.app, self.home)).url.endswith("/account")
        self.clock.advance(timedelta(hours=1))

    async def steal(self) -> Mail:
        """Sign in as a thief; gives the mail that tells of it."""
        assert (await give_password(self.app, self.thief)).url.endswith("/account")
        return [mail for mail in await self.mailbox.to(TARO) if NEW_SIGN_IN in mail.subject][-1]

    async def press(self, mail: Mail, browser: PlainBrowser | None = None) -> Page:
        page = await (browser or browser_in(self.app, JAPAN)).open(mail.link("/not-me"))
        return await page.submit(BUTTON)

    async def is_signed_in(self, browser: PlainBrowser) -> bool:
        return "Hello" in (await open_page(self.app, browser, "/account")).heading


@pytest.fixture
async def world(settings: Settings, clock: FakeClock) -> AsyncIterator[World]:
    app = create_app(settings, clock=clock)
    async with app.router.lifespan_context(app):
        found = World(app, clock, settings)
        await found.begin()
        yield found


async def test_the_mail_says_where_and_on_what_and_the_link_alone_does_nothing(
    world: World,
) -> None:
    mail = await world.steal()
    assert "from a country where you did not sign in before" in mail.text
    assert "Country (roughly): Brazil" in mail.text
    page = await browser_in(world.app, JAPAN).open(mail.link("/not-me"))
    assert (page.status, page.heading) == (200, "Was this sign-in not yours?")
    assert "Brazil" in page.text
    assert "Safari / iPhone" in page.text
    assert await world.is_signed_in(world.thief)


async def test_one_press_ends_every_session_and_the_password_until_it_is_recovered(
    world: World,
) -> None:
    mail = await world.steal()
    done = await world.press(mail)
    assert done.heading == SECURED
    assert "The password no longer works." in done.text
    assert not await world.is_signed_in(world.thief)
    assert not await world.is_signed_in(world.home)
    refused = await give_password(world.app, world.thief)
    assert "That e-mail address and password do not match." in refused.text
    told = [one.subject for one in await world.mailbox.to(TARO)]
    assert any("was secured" in subject for subject in told)
    assert "sign_in.disowned" in await kinds_of(world.app, world.customer)
    page = await done.follow("Set a new password")
    page = await page.submit("Send the code", {"email": TARO})
    page = await page.submit("Next", {"Six-digit code": (await world.mailbox.newest(TARO)).code})
    page = await page.submit("Save the password and sign in", {"New password": NEW})
    assert "Hello" in (await open_page(world.app, page.browser, "/account")).heading


async def test_the_link_works_once_and_says_the_same_when_it_is_pressed_twice(
    world: World,
) -> None:
    mail = await world.steal()
    browser = browser_in(world.app, JAPAN)
    page = await browser.open(mail.link("/not-me"))
    assert (await page.submit(BUTTON)).heading == SECURED
    before = len(await world.mailbox.to(TARO))
    assert (await page.submit(BUTTON)).heading == SECURED
    assert (await browser.open(mail.link("/not-me"))).heading == SECURED
    assert len(await world.mailbox.to(TARO)) == before


async def test_pressed_in_several_browsers_at_once_it_is_done_once(world: World) -> None:
    mail = await world.steal()
    pages = [await browser_in(world.app, JAPAN).open(mail.link("/not-me")) for _ in range(4)]
    answers = await asyncio.gather(*(page.submit(BUTTON) for page in pages))
    assert [answer.heading for answer in answers] == [SECURED] * 4
    kinds = await kinds_of(world.app, world.customer)
    assert kinds.count("sign_in.disowned") == 1
    told = [one for one in await world.mailbox.to(TARO) if "was secured" in one.subject]
    assert len(told) == 1


async def test_it_is_over_after_seven_days_and_for_a_link_that_never_was(world: World) -> None:
    mail = await world.steal()
    browser = browser_in(world.app, JAPAN)
    page = await browser.open(mail.link("/not-me"))
    world.clock.advance(7 * A_DAY)
    for answer in (
        await page.submit(BUTTON),
        await browser.open(mail.link("/not-me")),
        await open_page(world.app, browser, "/not-me"),
        await open_page(world.app, browser, "/not-me?token=ciam_ln_none"),
    ):
        assert answer.status == 400
        assert "This link can no longer be used." in answer.text


async def test_a_thief_who_changed_the_password_cannot_take_the_link_away(world: World) -> None:
    mail = await world.steal()
    page = await open_page(world.app, world.thief, "/account/password")
    await page.submit("Save the password", {"Current password": PASSWORD, "New password": THEIRS})
    done = await world.press(mail)
    assert done.heading == SECURED
    refused = await give_password(world.app, world.thief, THEIRS)
    assert refused.status == 422


async def test_what_was_added_since_goes_and_what_was_there_before_stays(world: World) -> None:
    mail = await world.steal()
    page = await open_page(world.app, world.thief, "/account/second-factor")
    seed = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    await page.submit("Switch it on", {"Six-digit code": pyotp.TOTP(seed).at(world.clock.now())})
    async with world.app.state.parts.database.write() as transaction:
        await transaction.identifiers.add(
            world.customer.id, "phone", "+81300000000", source="account",
            verified_at=world.clock.now(), login="+81300000000",
        )  # fmt: skip
    done = await world.press(mail)
    assert "The authenticator app that was set up since then was removed." in done.text
    assert "A phone number or user name that was added since then was removed." in done.text
    async with world.app.state.parts.database.read() as transaction:
        assert await transaction.identifiers.find_login("+81300000000") is None
        assert await transaction.authenticators.list_for(world.customer.id) == []
        assert await transaction.recovery_codes.count_left(world.customer.id) == 0


async def test_the_address_comes_back_when_a_thief_took_another(world: World) -> None:
    mail = await world.steal()
    page = await open_page(world.app, world.thief, "/account/email")
    page = await page.submit("Send the code", {"New e-mail address": "thief@example.com"})
    code = (await world.mailbox.newest("thief@example.com")).code
    await page.submit("Change the address", {"code": code})
    async with world.app.state.parts.database.read() as transaction:
        assert await transaction.identifiers.find_login(TARO) is None
    done = await world.press(mail)
    assert "Your e-mail address is the one from before again." in done.text
    async with world.app.state.parts.database.read() as transaction:
        back = await transaction.identifiers.find_login(TARO)
        assert back is not None
        assert back.customer == world.customer.id
        assert await transaction.identifiers.find_login("thief@example.com") is None


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(hours=73), timedelta(days=6)])
async def test_address_and_number_come_back_as_long_as_the_link_lives(
    world: World, later: timedelta
) -> None:
    """The undo of the change itself is over after 72 hours; the link of the sign-in is not."""
    database = world.app.state.parts.database
    async with database.write() as transaction:
        await transaction.identifiers.add(
            world.customer.id, "phone", NUMBER, source="account",
            verified_at=world.clock.now(), login=NUMBER,
        )  # fmt: skip
        await transaction.policies.put("names", {"phone": "sign_in"}, managed_by="test")
        await transaction.config.raise_generation()
    world.clock.advance(timedelta(minutes=1))
    mail = await world.steal()
    page = await open_page(world.app, world.thief, "/account/phone/remove")
    await page.submit("Remove the number")
    page = await open_page(world.app, world.thief, "/account/email")
    page = await page.submit("Send the code", {"New e-mail address": "thief@example.com"})
    code = (await world.mailbox.newest("thief@example.com")).code
    await page.submit("Change the address", {"code": code})
    world.clock.advance(later)
    await purge_expired(database)
    asked = await browser_in(world.app, JAPAN).open(mail.link("/not-me"))
    assert "The e-mail address and phone number from before come back." in asked.text
    done = await asked.submit(BUTTON)
    assert "Your e-mail address is the one from before again." in done.text
    assert "Your phone number is the one from before again." in done.text
    async with database.read() as transaction:
        names = {one.value for one in await transaction.identifiers.list_for(world.customer.id)}
        assert names == {TARO, NUMBER}
    told = [one for one in await world.mailbox.to(TARO) if "was secured" in one.subject]
    assert "Your phone number is the one from before again." in told[-1].text


async def test_an_address_that_is_another_s_by_now_is_not_promised(world: World) -> None:
    mail = await world.steal()
    page = await open_page(world.app, world.thief, "/account/email")
    page = await page.submit("Send the code", {"New e-mail address": "thief@example.com"})
    code = (await world.mailbox.newest("thief@example.com")).code
    await page.submit("Change the address", {"code": code})
    await make_person(world.app)
    done = await world.press(mail)
    assert "belongs to another account by now. Please write to us" in done.text
    assert "is the one from before again" not in done.text
    assert "Set a new password" not in done.text
    async with world.app.state.parts.database.read() as transaction:
        assert await transaction.identifiers.find_login("thief@example.com") is None


def test_changes_are_kept_as_long_as_a_sign_in_can_be_disowned() -> None:
    assert UNDO_TIME + CHANGES_KEPT >= DISOWN_TIME


async def test_a_known_device_in_the_same_country_is_no_news(world: World) -> None:
    await give_password(world.app, world.home)
    assert await world.mailbox.to(TARO) == []


async def test_a_known_device_in_a_new_country_is_news(world: World) -> None:
    abroad = browser_in(world.app, BRAZIL)
    abroad.cookies = world.home.cookies
    world.clock.advance(2 * A_DAY)
    await give_password(world.app, abroad)
    (mail,) = await world.mailbox.to(TARO)
    assert "from a country where you did not sign in before" in mail.text
    await give_password(world.app, abroad)
    assert len(await world.mailbox.to(TARO)) == 1


async def test_without_the_form_token_nothing_happens(world: World) -> None:
    mail = await world.steal()
    browser = browser_in(world.app, JAPAN)
    page = await browser.open(mail.link("/not-me"))
    entries = dict(page.form(BUTTON).submit(BUTTON).entries)
    del entries["csrf_token"]
    assert (await browser.post(page.url, entries, initiator=page.url)).status == 403
    assert await world.is_signed_in(world.thief)
