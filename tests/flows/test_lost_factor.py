"""A lost second factor: the first factor, a code to another contact, time, and notices."""

import asyncio
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from ciam.audit.trail import pseudonym_of
from ciam.authentication.journey import SIGN_IN, Requirement, begin, load
from ciam.authentication.lost_factor import find_way_on
from ciam.authentication.method import Proven
from ciam.authentication.proceed import proceed
from ciam.authentication.second_factor import load_pending
from ciam.jobs.tell_of_recoveries import tell_of_recoveries
from ciam.policies import MethodPolicy
from ciam.settings import Settings
from tests.authentication.people import new_browser
from tests.flows.account_people import PASSWORD, make_person, sign_in
from tests.flows.mailbox import Mailbox
from tests.flows.pages import browser_of, open_page, totp_code
from tests.oauth.authorization.apps import put_client
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
CODE = "Six-digit code"
NONE = "I have none of these any more"
DAY = timedelta(days=1)
WAIT = timedelta(hours=72)


@pytest.fixture
async def secret(app: Starlette, person: PlainBrowser, clock: FakeClock) -> str:
    """Sign the owner in, set up an app and give its secret."""
    await sign_in(app, person, await make_person(app))
    page = await open_page(app, person, "/account/second-factor")
    secret = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    await page.submit("Switch it on", {CODE: totp_code(app, secret)})
    clock.advance(timedelta(seconds=31))
    return secret


async def _first(app: Starlette, browser: PlainBrowser, password: str = PASSWORD) -> Page:
    page = await open_page(app, browser, "/sign-in?fresh=1")
    return await page.submit("Sign in", {"identifier": TARO, "Password": password})


async def _ask(app: Starlette, browser: PlainBrowser) -> Page:
    """Prove the first factor and have a code sent; gives the page that asks for it."""
    page = await (await _first(app, browser)).follow(NONE)
    assert page.heading == "Your second step is lost"
    assert "72 hours" in page.text
    return await page.submit("Send the code")


async def _request(app: Starlette, browser: PlainBrowser, mailbox: Mailbox) -> Page:
    page = await _ask(app, browser)
    code = (await mailbox.newest(TARO)).code
    return await page.submit("Begin the waiting time", {CODE: code})


async def _ready(app: Starlette, browser: PlainBrowser) -> Page:
    """After the wait: prove the first factor and have a code sent."""
    page = await (await _first(app, browser)).follow(NONE)
    assert page.heading == "Go on without the second step"
    return await page.submit("Send the code")


async def _is_asked(app: Starlette) -> bool:
    """Tell whether a request is open."""
    async with app.state.parts.database.read() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        return await transaction.factor_recoveries.find_open(who) is not None


async def _kinds(app: Starlette) -> list[str]:
    """Give what happened, the oldest first."""
    async with app.state.parts.database.read() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        listed = await transaction.audit_events.list_for_customer(
            await pseudonym_of(transaction, who)
        )
    kinds = [one.kind for one in reversed(listed)]
    return [one for one in kinds if one.startswith("second_factor.")]


@pytest.mark.usefixtures("secret")
async def test_after_the_wait_the_first_factor_and_a_code_go_on_without_it(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    async with browser_of(app) as browser:
        page = await _request(app, browser, mailbox)
        assert page.heading == "Your request waits"
        assert (await open_page(app, browser, "/account")).heading == "Sign in"
        assert (await open_page(app, person, "/account")).heading != "Sign in"
        clock.advance(WAIT - timedelta(minutes=1))
        page = await (await _first(app, browser)).follow(NONE)
        assert page.heading == "Your request waits", "not a minute before"
        clock.advance(timedelta(minutes=1))
        page = await _ready(app, browser)
        wrong = await page.submit("Remove the second step and sign in", {CODE: "000000"})
        assert wrong.status == 422
        code = (await mailbox.newest(TARO)).code
        done = await wrong.submit("Remove the second step and sign in", {CODE: code})
        assert done.url.endswith("/account")
        again = await wrong.submit("Remove the second step and sign in", {CODE: code})
        assert again.url.endswith("/account"), "the same form sent twice"
        assert (await _first(app, browser)).url.endswith("/account"), "nothing more is asked for"
    assert (await open_page(app, person, "/account")).heading == "Sign in", "everybody else is out"
    assert "was removed" in (await mailbox.to(TARO))[-1].subject
    assert not await _is_asked(app)
    async with app.state.parts.database.read() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        ways = {one.method for one in await transaction.authenticators.list_for(who)}
        assert await transaction.recovery_codes.count_left(who) == 0
    assert ways == {"password"}


@pytest.mark.usefixtures("secret")
async def test_every_contact_is_told_when_it_begins_in_between_and_when_it_is_over(
    app: Starlette, mailbox: Mailbox, clock: FakeClock, settings: Settings
) -> None:
    database = app.state.parts.database
    async with database.write() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        for kind, value, proven in (
            ("email", "second@example.jp", clock.now()),
            ("email", "unproven@example.jp", None),
            ("phone", "+819012345678", clock.now()),
        ):
            await transaction.identifiers.add(who, kind, value, source="test", verified_at=proven)
    async with browser_of(app) as browser:
        await _request(app, browser, mailbox)
        assert await tell_of_recoveries(database) == 0
        for _ in range(3):
            clock.advance(DAY)
            assert await tell_of_recoveries(database) == 1
            assert await tell_of_recoveries(database) == 0, "once"
        clock.advance(DAY)
        assert await tell_of_recoveries(database) == 0, "no more after the wait"
    for address in (TARO, "second@example.jp"):
        told = [one.subject for one in await mailbox.to(address) if one.link("/cancel-recovery")]
        assert ["can be removed now" in one for one in told] == [False, False, False, True]
    assert await mailbox.to("unproven@example.jp") == []
    assert len(list((settings.home / "sms").glob("*.json"))) == 4


@pytest.mark.usefixtures("secret")
async def test_any_link_of_any_notice_cancels_it_without_a_session(
    app: Starlette, mailbox: Mailbox, clock: FakeClock
) -> None:
    async with browser_of(app) as thief:
        await _request(app, thief, mailbox)
        clock.advance(DAY)
        await tell_of_recoveries(app.state.parts.database)
        link = (await mailbox.newest(TARO)).link("/cancel-recovery")
        async with browser_of(app) as other:
            page = await other.open(link)
            assert await _is_asked(app), "programs open links too"
            page = await page.submit("Cancel the request")
        assert not await _is_asked(app)
        assert "cancelled" in (await mailbox.newest(TARO)).subject
        clock.advance(WAIT)
        page = await (await _first(app, thief)).follow(NONE)
        assert page.heading == "Your second step is lost", "from the beginning"
    assert await _kinds(app) == ["second_factor.lost", "second_factor.recovery_cancelled"]


@pytest.mark.usefixtures("secret")
async def test_the_link_says_the_same_of_every_token(app: Starlette, mailbox: Mailbox) -> None:
    async with browser_of(app) as browser:
        await _request(app, browser, mailbox)
    link = (await mailbox.newest(TARO)).link("/cancel-recovery")
    texts = set()
    for address in (link, link, link.partition("token=")[0] + "token=ciam_ln_nothing"):
        async with browser_of(app) as other:
            page = await other.open(address)
            done = await page.submit("Cancel the request")
            texts.add((page.status, page.text, done.status, done.text))
    assert len(texts) == 1


async def test_a_sign_in_with_the_second_factor_cancels_it(
    app: Starlette, secret: str, mailbox: Mailbox, clock: FakeClock
) -> None:
    async with browser_of(app) as browser:
        await _request(app, browser, mailbox)
        clock.advance(WAIT)
    async with browser_of(app) as owner:
        page = await _first(app, owner)
        assert "The waiting time is over" in page.text
        page = await page.submit("Sign in", {CODE: totp_code(app, secret)})
        assert page.url.endswith("/account")
    assert not await _is_asked(app)
    assert "cancelled" in (await mailbox.to(TARO))[-1].subject


@pytest.mark.usefixtures("secret")
async def test_a_credential_event_cancels_it_in_the_same_commit(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    async with browser_of(app) as thief:
        await _request(app, thief, mailbox)
        page = await open_page(app, person, "/account/security")
        assert "Somebody says that your second step is lost" in page.text
        page = await open_page(app, person, "/account/password")
        if page.heading == "Sign in":
            page = await page.submit("Sign in", {"Password": PASSWORD})
        await page.submit(
            "Save the password",
            {"Current password": PASSWORD, "New password": "a quite different password"},
        )
        assert not await _is_asked(app)


@pytest.mark.usefixtures("secret")
async def test_the_owner_cancels_it_in_the_account(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    async with browser_of(app) as thief:
        await _request(app, thief, mailbox)
    page = await open_page(app, person, "/account/security")
    page = await page.submit("Cancel the request")
    assert "The request was cancelled" in page.text
    assert not await _is_asked(app)


@pytest.mark.usefixtures("secret")
async def test_a_mailbox_is_no_second_proof_beside_itself(app: Starlette, mailbox: Mailbox) -> None:
    """Lost password, then lost second factor: the mailbox alone must not open the account."""
    async with browser_of(app) as thief:
        page = await open_page(app, thief, "/recover")
        page = await page.submit("Send the code", {"E-mail address": TARO})
        page = await page.submit("Next", {CODE: (await mailbox.newest(TARO)).code})
        page = await page.submit(
            "Save the password and sign in", {"New password": "a quite different password"}
        )
        assert page.heading == "One more step"
        assert NONE not in page.text
        handle = page.url.partition("journey=")[2]
        page = await open_page(app, thief, f"/second-factor/lost?journey={handle}")
        assert page.heading == "One more step"


@pytest.mark.usefixtures("secret")
async def test_the_first_factor_alone_asks_for_nothing(app: Starlette) -> None:
    async with browser_of(app) as thief:
        page = await _ask(app, thief)
        for _ in range(4):
            page = await page.submit("Begin the waiting time", {CODE: "000000"})
            assert page.status == 422
    assert not await _is_asked(app)


@pytest.mark.usefixtures("secret")
async def test_forms_sent_at_once_make_one_request_and_go_on_once(
    app: Starlette, mailbox: Mailbox, clock: FakeClock
) -> None:
    async with browser_of(app) as browser:
        page = await _ask(app, browser)
        code = (await mailbox.newest(TARO)).code
        pages = await asyncio.gather(
            *(page.submit("Begin the waiting time", {CODE: code}) for _ in range(4))
        )
        assert {(one.status, one.heading) for one in pages} == {(200, "Your request waits")}
        assert (await _kinds(app)).count("second_factor.lost") == 1
        clock.advance(WAIT)
        page = await _ready(app, browser)
        code = (await mailbox.newest(TARO)).code
        pages = await asyncio.gather(
            *(page.submit("Remove the second step and sign in", {CODE: code}) for _ in range(4))
        )
        assert all(one.url.endswith("/account") for one in pages)
        assert (await _kinds(app)).count("second_factor.recovered") == 1


@pytest.mark.usefixtures("secret")
async def test_who_may_not_is_not_offered_it(
    app: Starlette, mailbox: Mailbox, clock: FakeClock
) -> None:
    database = app.state.parts.database
    async with browser_of(app) as browser:
        await _request(app, browser, mailbox)
        async with database.write() as transaction:
            policy = (await transaction.policies.get()).methods
            changed = policy.model_copy(update={"lost_second_factor": "off"})
            await transaction.policies.put("methods", changed.model_dump(), managed_by="console")
            await transaction.config.raise_generation()
        clock.advance(WAIT)
        page = await _first(app, browser)
        assert NONE not in page.text, "switched off meanwhile: nor does a request that waited go on"


@pytest.mark.usefixtures("secret")
async def test_a_request_that_nobody_used_is_over(
    app: Starlette, mailbox: Mailbox, clock: FakeClock
) -> None:
    async with browser_of(app) as browser:
        await _request(app, browser, mailbox)
        clock.advance(WAIT + timedelta(days=7))
        page = await (await _first(app, browser)).follow(NONE)
        assert page.heading == "Your second step is lost"


@pytest.mark.usefixtures("secret")
async def test_only_so_many_requests_a_week(
    app: Starlette, mailbox: Mailbox, clock: FakeClock
) -> None:
    for number in range(4):
        async with browser_of(app) as thief:
            page = await _request(app, thief, mailbox)
            if number == 3:
                assert page.status == 429
                break
            link = (await mailbox.newest(TARO)).link("/cancel-recovery")
            await (await thief.open(link)).submit("Cancel the request")
        clock.advance(timedelta(hours=2))
    assert not await _is_asked(app)


@pytest.mark.usefixtures("secret")
async def test_a_contact_is_another_one_than_what_proved_the_first_factor(
    app: Starlette, mailbox: Mailbox, clock: FakeClock
) -> None:
    """Signed in by a mailed code: the mailbox proves nothing more, a proven number does."""
    async with browser_of(app) as browser:
        page = await _by_mail(app, browser, mailbox)
        assert page.heading == "One more step"
        assert NONE not in page.text
    async with app.state.parts.database.write() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        await transaction.identifiers.add(
            who, "phone", "+819012345678", source="test", verified_at=clock.now()
        )
    clock.advance(timedelta(minutes=2))
    async with browser_of(app) as browser:
        page = await (await _by_mail(app, browser, mailbox)).follow(NONE)
        assert "example.jp" not in page.soup.select_one("main").text  # type: ignore[union-attr]  # it is there


async def _by_mail(app: Starlette, browser: PlainBrowser, mailbox: Mailbox) -> Page:
    page = await open_page(app, browser, "/sign-in?fresh=1")
    page = await page.submit("Send me a code instead", {"identifier": TARO})
    return await page.submit("Sign in", {CODE: (await mailbox.newest(TARO)).code})


@pytest.mark.usefixtures("secret")
async def test_a_social_login_of_the_same_mailbox_is_no_second_proof(
    app: Starlette,
) -> None:
    database, context = app.state.parts.database, new_browser()
    async with database.write() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        held = await transaction.customers.find(who)
        for label, offered in (("taro@example.jp", False), ("太郎", True)):
            for login in await transaction.external_identities.list_for(who):
                await transaction.external_identities.unlink(login.id)
            await transaction.external_identities.link(
                who, "https://social.example.com", label, connection="social", label=label
            )
            handle = await begin(
                transaction, kind=SIGN_IN, requirement=Requirement(), return_to="/account",
                context=context,
            )  # fmt: skip
            journey = await load(transaction, handle, context)
            proven = Proven(who, held.credential_epoch, "federated", ("fed",))
            await proceed(transaction, journey, proven, context)
            pending = await load_pending(transaction, handle, context)
            assert (await find_way_on(transaction, pending) is not None) is offered


@pytest.mark.usefixtures("secret")
async def test_an_app_that_the_customer_uses_may_rule_it_out(app: Starlette) -> None:
    database = app.state.parts.database
    async with database.write() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        strict = await put_client(
            transaction, "bank", methods=MethodPolicy(lost_second_factor="off")
        )
        await transaction.client_grants.insert_new(who, strict.id)
        await transaction.config.raise_generation()
    async with browser_of(app) as browser:
        assert NONE not in (await _first(app, browser)).text, "wherever they sign in"


@pytest.mark.usefixtures("secret")
async def test_where_two_are_required_a_new_factor_is_set_up(
    app: Starlette, mailbox: Mailbox, clock: FakeClock
) -> None:
    database = app.state.parts.database
    async with database.write() as transaction:
        changed = MethodPolicy(email_code="first", second_factor="required")
        await transaction.policies.put("methods", changed.model_dump(), managed_by="console")
        await transaction.config.raise_generation()
    async with browser_of(app) as browser:
        await _request(app, browser, mailbox)
        clock.advance(WAIT)
        page = await _ready(app, browser)
        code = (await mailbox.newest(TARO)).code
        page = await page.submit("Remove the second step and sign in", {CODE: code})
        assert "/second-factor/set-up" in page.url
        assert (await open_page(app, browser, "/account")).heading == "Sign in"


async def test_of_a_claim_and_a_cancellation_at_once_one_wins(
    app: Starlette, secret: str, mailbox: Mailbox, clock: FakeClock
) -> None:
    """Either the factor is there and so is who signed in with it, or it is gone and told of."""
    async with browser_of(app) as browser, browser_of(app) as other:
        await _request(app, browser, mailbox)
        link = (await mailbox.newest(TARO)).link("/cancel-recovery")
        clock.advance(WAIT)
        page = await _ready(app, browser)
        code = (await mailbox.newest(TARO)).code
        asks = await other.open(link)
        done, _said = await asyncio.gather(
            page.submit("Remove the second step and sign in", {CODE: code}),
            asks.submit("Cancel the request"),
        )
    ends = (await _kinds(app))[1:]
    went_on = done.url.endswith("/account") and done.status == 200
    assert ends == (["second_factor.recovered" if went_on else "second_factor.recovery_cancelled"])
    async with app.state.parts.database.read() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        is_there = await transaction.authenticators.find_one(who, "totp") is not None
    assert is_there is not went_on
    assert secret
