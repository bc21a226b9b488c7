"""The ways to name an e-mail address on our pages, as somebody walks them who is curious (A-06)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from ciam.customers.customer import create_customer
from tests.flows.account_people import PASSWORD
from tests.flows.attacks.stage import Stage
from tests.flows.shop import SHOP, link
from tests.flows.shop import register as register_shop
from tests.parts.plain_browser import Page, PlainBrowser

Walk = Callable[[Stage, PlainBrowser, str], Awaitable[Page]]
CODE: Final = "Six-digit code"
WRONG: Final = "a password that is wrong"
LIMITED: Final = {"mails_address_hour": 10_000, "mails_hour": 2}
"""A limit of what one mailbox gets that a few requests reach."""


async def sign_in_as_attacker(stage: Stage, browser: PlainBrowser, salt: str) -> None:
    """Sign in to an account of one's own."""
    own = f"{salt.partition('@')[0]}.own@example.com"
    parts = stage.app.state.parts
    stored = await parts.hasher.hash(PASSWORD, parts.database.keys)
    async with stage.database.write() as transaction:
        await create_customer(
            transaction,
            email=own,
            email_verified_at=stage.clock.now(),
            password_hash=stored,
            attributes={},
            language="en",
            source="sign_up",
        )
    page = await stage.sign_in(browser, own, PASSWORD)
    assert page.url.endswith("/account")


async def sign_in(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Sign in with a wrong password."""
    return await stage.sign_in(browser, address, WRONG)


async def sign_in_too_often(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess until there is a limit."""
    for _ in range(11):
        page = await stage.sign_in(browser, address, WRONG)
    return page


async def name_first(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Give the name alone, on the page that asks for it first."""
    page = await stage.open(browser, "/sign-in?fresh=1")
    return await page.submit("Sign in", {"E-mail address": address, "Password": ""})


async def register(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Begin to register."""
    page = await stage.open(browser, "/sign-up")
    return await page.submit("Next", {"E-mail address": address})


async def register_resend(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Have another code sent."""
    page = await register(stage, browser, address)
    stage.clock.advance(timedelta(minutes=1))
    return await page.submit("Send a new code")


async def register_code(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess the code."""
    page = await register(stage, browser, address)
    return await page.submit("Next", {CODE: "000000"})


async def register_code_spent(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess the code until it is spent."""
    page = await register(stage, browser, address)
    for _ in range(6):
        page = await page.submit("Next", {CODE: "000000"})
    return page


async def register_link(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Open a mailed link that never was."""
    page = await register(stage, browser, address)
    journey = page.url.partition("journey=")[2]
    return await stage.open(browser, f"/verify/link?journey={journey}&token=ciam_ln_guessed")


async def register_often(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Register more often than mails may be sent."""
    await stage.put("limits", **LIMITED)
    for _ in range(4):
        page = await register(stage, browser, address)
    return page


async def forgot(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Say that the password is lost."""
    return await stage.ask_recovery(browser, address)


async def forgot_resend(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Have another code sent."""
    page = await forgot(stage, browser, address)
    stage.clock.advance(timedelta(minutes=1))
    return await page.submit("Send a new code")


async def forgot_code(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess the code."""
    page = await forgot(stage, browser, address)
    return await page.submit("Next", {CODE: "000000"})


async def forgot_link(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Open a mailed link that never was."""
    page = await forgot(stage, browser, address)
    journey = page.url.partition("journey=")[2]
    return await stage.open(browser, f"/verify/link?journey={journey}&token=ciam_ln_guessed")


async def social(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Come with a social login that claims the address."""
    return await stage.press(browser, "line", subject=f"claims-{address}", email=address)


async def social_address(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Confirm the claimed address."""
    page = await social(stage, browser, address)
    return await page.submit("Next", {"E-mail address": address})


async def social_code(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess the code that was sent there."""
    page = await social_address(stage, browser, address)
    return await page.submit("Next", {CODE: "000000"})


async def social_beside(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Say that there is an account, and guess its password."""
    page = await social(stage, browser, address)
    page = await page.follow("Sign in and connect it")
    return await page.submit("Sign in", {"E-mail address": address, "Password": WRONG})


async def change_email(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Want the address for one's own account."""
    await sign_in_as_attacker(stage, browser, address)
    page = await stage.open(browser, "/account/email")
    return await page.submit("Send the code", {"New e-mail address": address})


async def change_email_code(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess the code that was sent there."""
    page = await change_email(stage, browser, address)
    return await page.submit("Change the address", {CODE: "000000"})


async def passkey_page(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Look at what the sign-in page offers a browser in which the name was just refused."""
    await stage.sign_in(browser, address, WRONG)
    return await stage.open(browser, "/sign-in?fresh=1")


async def ask_code(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Have a code sent in place of the password."""
    await stage.put("methods", email_code="both")
    page = await stage.open(browser, "/sign-in?fresh=1")
    return await page.submit("Send me a code instead", {"E-mail address": address})


async def ask_code_resend(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Have another code sent."""
    page = await ask_code(stage, browser, address)
    stage.clock.advance(timedelta(minutes=1))
    return await page.submit("Send a new code")


async def ask_code_spent(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess the code until it is spent."""
    page = await ask_code(stage, browser, address)
    for _ in range(6):
        page = await page.submit("Sign in", {CODE: "000000"})
    return page


async def forgot_code_spent(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess the code until it is spent."""
    page = await forgot(stage, browser, address)
    for _ in range(6):
        page = await page.submit("Next", {CODE: "000000"})
    return page


async def forgot_often(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Say so more often than mails may be sent."""
    await stage.put("limits", **LIMITED)
    for _ in range(4):
        page = await forgot(stage, browser, address)
    return page


async def social_connect(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Connect a social login that claims the address to one's own account."""
    await sign_in_as_attacker(stage, browser, address)
    stage.be("line", subject=f"claims-{address}", email=address)
    page = await stage.open(browser, "/account/linked-logins")
    page = await page.submit("Connect LINE")
    page = await page.follow("Continue to LINE")
    return await page.submit("Connect")


async def change_email_spent(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess the code that was sent there until it is spent."""
    page = await change_email(stage, browser, address)
    for _ in range(6):
        page = await page.submit("Change the address", {CODE: "000000"})
    return page


async def app_hint(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Come from an app that names the address (login_hint), and guess the password."""
    await register_shop(stage.app)
    page = await browser.open(link(stage.app, {"login_hint": address}))
    return await page.submit("Sign in", {"Password": WRONG})


async def app_hint_silent(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Have an app ask without a page; only the error code comes back."""
    await register_shop(stage.app)
    browser.catch = (SHOP,)
    return await browser.open(link(stage.app, {"login_hint": address, "prompt": "none"}))


PAGES: Final[tuple[Walk, ...]] = (
    sign_in,
    sign_in_too_often,
    name_first,
    passkey_page,
    ask_code,
    ask_code_resend,
    ask_code_spent,
    register,
    register_resend,
    register_code,
    register_code_spent,
    register_link,
    register_often,
    forgot,
    forgot_resend,
    forgot_code,
    forgot_link,
    forgot_code_spent,
    forgot_often,
    social,
    social_address,
    social_code,
    social_beside,
    social_connect,
    change_email,
    change_email_code,
    change_email_spent,
    app_hint,
    app_hint_silent,
)
