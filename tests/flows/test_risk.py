"""A sign-in is judged: observed by default; enforced, it asks for a second factor or refuses."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.settings import Settings
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.risk_assessments import RiskAssessment
from tests.flows.account_people import IPHONE, make_person
from tests.flows.mailbox import Mailbox
from tests.flows.places_world import (
    A_DAY,
    BRAZIL,
    FRANCE,
    JAPAN,
    TARO,
    TOR,
    browser_in,
    give_password,
    kinds_of,
    make_settings,
    open_page,
    put_policy,
)
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page

ASKED = "One more step"
NOT_MATCHED = "That e-mail address and password do not match."
CODE = "Six-digit code"


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return make_settings(tmp_path, database_url)


class World:
    """A customer who signed in at home an hour ago."""

    def __init__(self, app: Starlette, clock: FakeClock, settings: Settings) -> None:
        self.app, self.clock = app, clock
        self.mailbox = Mailbox(settings.home, app.state.parts.database)
        self.home = browser_in(app, JAPAN)
        self.customer: Customer

    async def begin(self) -> None:
        self.customer = await make_person(self.app)
        assert _is_in(await give_password(self.app, self.home))
        self.clock.advance(timedelta(hours=1))

    async def enforce(self, **values: object) -> None:
        await put_policy(self.app, "risk", mode="enforce", **values)

    async def judged(self) -> list[RiskAssessment]:
        async with self.app.state.parts.database.read() as transaction:
            found: list[RiskAssessment] = await transaction.risk_assessments.list_for(
                self.customer.id, limit=50
            )
            return found


@pytest.fixture
async def world(settings: Settings, clock: FakeClock) -> AsyncIterator[World]:
    app = create_app(settings, clock=clock)
    async with app.router.lifespan_context(app):
        found = World(app, clock, settings)
        await found.begin()
        yield found


def _is_in(page: Page) -> bool:
    return page.url.endswith("/account")


async def test_observing_lets_everybody_in_and_keeps_the_judgement(world: World) -> None:
    thief = browser_in(world.app, TOR, IPHONE)
    assert _is_in(await give_password(world.app, thief))
    newest, first = await world.judged()
    assert (newest.verdict, newest.mode, newest.country) == ("refuse", "observe", "FR")
    assert dict(newest.signals) == {
        "new_device": 15, "new_country": 25, "impossible_travel": 45, "anonymous_network": 35,
    }  # fmt: skip
    assert newest.signed_in_at is not None
    assert (first.verdict, first.country, dict(first.signals)) == ("allow", "JP", {})
    assert "sign_in.at_risk" in await kinds_of(world.app, world.customer)


async def test_off_keeps_nothing(world: World) -> None:
    await put_policy(world.app, "risk", mode="off")
    assert _is_in(await give_password(world.app, browser_in(world.app, TOR, IPHONE)))
    assert len(await world.judged()) == 1


async def test_enforcing_asks_who_has_no_second_factor_for_a_mailed_code(world: World) -> None:
    await world.enforce()
    abroad = browser_in(world.app, BRAZIL, IPHONE)
    page = await give_password(world.app, abroad)
    assert page.heading == ASKED
    assert (await open_page(world.app, abroad, "/account")).heading == "Sign in"
    page = await give_password(world.app, abroad)
    page = await page.submit("Send the code")
    code = (await world.mailbox.newest(TARO)).code
    done = await page.submit("Sign in", {CODE: code})
    assert _is_in(done)
    asked = await world.judged()
    assert [one.verdict for one in asked] == ["ask", "ask", "allow"]
    assert [one.signed_in_at is None for one in asked] == [False, True, False]


async def test_enforcing_refuses_with_the_sentence_for_a_wrong_password(world: World) -> None:
    await world.enforce()
    thief = browser_in(world.app, TOR, IPHONE)
    refused = await give_password(world.app, thief)
    wrong = await give_password(world.app, thief, "a wrong password of theirs")
    assert NOT_MATCHED in refused.text
    assert refused.alerts == wrong.alerts
    assert refused.status == wrong.status
    assert (await open_page(world.app, thief, "/account")).heading == "Sign in"
    assert [one.verdict for one in await world.judged()] == ["refuse", "allow"]
    kinds = await kinds_of(world.app, world.customer)
    assert kinds.count("sign_in.refused") == 2
    assert kinds.count("sign_in.at_risk") == 1


async def test_what_was_refused_or_not_finished_makes_no_country_known(world: World) -> None:
    await world.enforce()
    for address in (TOR, BRAZIL):
        for _again in range(3):
            await give_password(world.app, browser_in(world.app, address, IPHONE))
    world.clock.advance(2 * A_DAY)
    await give_password(world.app, browser_in(world.app, BRAZIL, IPHONE))
    newest = (await world.judged())[0]
    assert {"new_device", "new_country"} <= set(newest.signals)


async def test_a_remembered_device_is_asked_when_much_speaks_against_it(world: World) -> None:
    page = await open_page(world.app, world.home, "/account/second-factor")
    page = await give_password(world.app, world.home)
    page = await open_page(world.app, world.home, "/account/second-factor")
    seed = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    await page.submit("Switch it on", {CODE: _code(world, seed)})
    page = await give_password(world.app, world.home)
    assert _is_in(
        await page.submit(
            "Sign in", {CODE: _code(world, seed), "Do not ask again on this device": True}
        )
    )
    assert _is_in(await give_password(world.app, world.home))
    await world.enforce(weights={"impossible_travel": 60})
    stolen = browser_in(world.app, BRAZIL)
    stolen.cookies = world.home.cookies
    page = await give_password(world.app, stolen)
    assert page.heading == ASKED
    assert "Do not ask again on this device" not in page.text


async def test_failures_before_are_noticed(world: World) -> None:
    for _guess in range(5):
        await give_password(world.app, world.home, "a wrong password of theirs")
    assert _is_in(await give_password(world.app, world.home))
    assert list((await world.judged())[0].signals) == ["failures"]


async def test_many_customers_from_one_address_are_noticed(world: World) -> None:
    parts = world.app.state.parts
    others = [await make_person(world.app, f"person{n}@example.com") for n in range(10)]
    async with parts.database.write() as transaction:
        for other in others:
            await transaction.risk_assessments.add(
                other.id, verdict="allow", mode="observe", network=FRANCE, country="FR",
                signals={}, expires_at=parts.clock.now() + A_DAY,
            )  # fmt: skip
    await give_password(world.app, browser_in(world.app, FRANCE))
    assert "busy_network" in (await world.judged())[0].signals
    await give_password(world.app, world.home)
    assert "busy_network" not in (await world.judged())[0].signals


async def test_a_password_that_is_guessed_first_is_noticed_and_said_in_the_check_up(
    world: World,
) -> None:
    parts = world.app.state.parts
    stored = await parts.hasher.hash("qwertyuiop", parts.database.keys)
    async with parts.database.write() as transaction:
        old = await transaction.authenticators.find_password(world.customer.id)
        assert old is not None
        await transaction.authenticators.replace_secret(old.id, world.customer.id, stored.encode())
    page = await open_page(world.app, world.home, "/account/security")
    assert "Nothing speaks against your password." in page.text
    assert _is_in(await give_password(world.app, world.home, "qwertyuiop"))
    assert list((await world.judged())[0].signals) == ["guessable_password"]
    page = await open_page(world.app, world.home, "/account/security")
    assert "Your password is among the first that are guessed." in page.text


async def test_judgements_go_with_their_date(world: World) -> None:
    async with world.app.state.parts.database.write() as transaction:
        now = world.clock.now()
        assert await transaction.expiry.purge("risk_assessment", now, limit=10) == 0
        assert await transaction.expiry.purge("risk_assessment", now + 91 * A_DAY, limit=10) == 1
    assert await world.judged() == []


async def test_the_history_shows_the_country(world: World) -> None:
    await give_password(world.app, browser_in(world.app, BRAZIL, IPHONE))
    page = await open_page(world.app, world.home, "/account/sign-ins")
    assert "Brazil · 198.51.100.9" in page.text
    assert "Japan · 192.0.2.7" in page.text
    japanese = browser_in(world.app, JAPAN, language="ja")
    japanese.cookies = world.home.cookies
    page = await open_page(world.app, japanese, "/account/sessions")
    assert "ブラジル · 198.51.100.9" in page.text


def _code(world: World, seed: str) -> str:
    world.clock.advance(timedelta(seconds=31))
    return pyotp.TOTP(seed).at(world.clock.now())
