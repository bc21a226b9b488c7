"""A-06: no answer tells whether an address has an account, or in which state that account is.

Every way to name an address is walked with addresses of five states; once what is random is masked,
each must be the walk of an address that nobody has: the same requests, statuses, headers, cookies
and bodies, and the same mails to whoever asked.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from ciam.audit.trail import Actor
from ciam.customers.customer import create_customer, disable_customer
from tests.flows.account_people import PASSWORD
from tests.flows.attacks.stage import ATTACKER, NAMES, Stage
from tests.parts.plain_browser import Page, PlainBrowser

STATES: Final = ("unknown", "known", "disabled", "unverified", "social")
WRONG: Final = "a password that is wrong"
Walk = Callable[[Stage, PlainBrowser, str], Awaitable[Page]]
_RANDOM: Final = re.compile(r"form\.[\w.-]+|[A-Za-z0-9_-]{11,}|[A-Za-z0-9+/]{16,}={0,2}")
_MEANS: Final = {"content-length"}  # of a body that is compared itself


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
    return await page.submit("Next", {"Six-digit code": "000000"})


async def register_code_spent(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess the code until it is spent."""
    page = await register(stage, browser, address)
    for _ in range(6):
        page = await page.submit("Next", {"Six-digit code": "000000"})
    return page


async def register_link(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Open a mailed link that never was."""
    page = await register(stage, browser, address)
    journey = page.url.partition("journey=")[2]
    return await stage.open(browser, f"/verify/link?journey={journey}&token=ciam_ln_guessed")


async def register_often(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Register more often than mails may be sent."""
    for _ in range(7):
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
    return await page.submit("Next", {"Six-digit code": "000000"})


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
    return await page.submit("Next", {"Six-digit code": "000000"})


async def social_beside(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Say that there is an account, and guess its password."""
    page = await social(stage, browser, address)
    page = await page.follow("Sign in and connect it")
    return await page.submit("Sign in", {"E-mail address": address, "Password": WRONG})


async def change_email(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Want the address for one's own account."""
    await _sign_in_as_attacker(stage, browser, address)
    page = await stage.open(browser, "/account/email")
    return await page.submit("Send the code", {"New e-mail address": address})


async def change_email_code(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess the code that was sent there."""
    page = await change_email(stage, browser, address)
    return await page.submit("Change the address", {"Six-digit code": "000000"})


async def passkey_page(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Look at what the sign-in page offers a browser in which the name was just refused."""
    await stage.sign_in(browser, address, WRONG)
    return await stage.open(browser, "/sign-in?fresh=1")


WALKS: Final[tuple[Walk, ...]] = (
    sign_in,
    sign_in_too_often,
    name_first,
    passkey_page,
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
    social,
    social_address,
    social_code,
    social_beside,
    change_email,
    change_email_code,
)


def _address(state: str, number: int = 0) -> str:
    return f"{state.ljust(10, 'x')}{number:02}@example.jp"  # all as long as each other


async def _sign_in_as_attacker(stage: Stage, browser: PlainBrowser, salt: str) -> None:
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


async def _make_accounts(stage: Stage, number: int) -> None:
    """Make the account of each state that has one."""
    parts = stage.app.state.parts
    stored = await parts.hasher.hash(PASSWORD, parts.database.keys)
    async with stage.database.write() as transaction:
        for state in STATES[1:]:
            made = await create_customer(
                transaction,
                email=_address(state, number),
                email_verified_at=None if state == "unverified" else stage.clock.now(),
                password_hash=None if state == "social" else stored,
                attributes={"given_name": NAMES["Given name"]},
                language="en",
                source="sign_up",
            )
            if state == "social":
                await transaction.external_identities.link(
                    made.id, stage.fakes["apple"].issuer, f"of {made.id}", connection="apple"
                )
            if state == "disabled":
                await disable_customer(transaction, made.id, "a test", actor=Actor.operator("test"))


def _masked(text: str, address: str) -> str:
    local = address.partition("@")[0]
    for shown in (address, address.replace("@", "%40"), local):
        text = text.replace(shown, "ADDRESS")
    text = text.replace(f"{address[:1]}•••", "ADDRESS•••")
    return _RANDOM.sub("RANDOM", text)


def _seen(page: Page, browser: PlainBrowser, address: str) -> dict[str, Any]:
    """Give all that whoever asked can see of a walk's end."""
    return {
        "hops": [
            (
                hop.method,
                _masked(hop.url, address),
                hop.status,
                sorted(
                    (name, _masked(value, address))
                    for name, value in hop.headers.multi_items()
                    if name not in _MEANS
                ),
            )
            for hop in page.hops
        ],
        "status": page.status,
        "cookies": sorted(cookie.name for cookie in browser.cookies.all()),
        "body": _masked(page.body, address),
    }


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
async def test_an_address_looks_like_one_that_nobody_has(stage: Stage, walk: Walk) -> None:
    assert len(WALKS) >= 14
    await _make_accounts(stage, 0)
    start = stage.clock.now()
    seen: dict[str, dict[str, Any]] = {}
    for state in STATES:
        stage.clock.advance(start + timedelta(days=1) - stage.clock.now())
        start = stage.clock.now()
        browser = stage.browser()
        page = await walk(stage, browser, _address(state))
        seen[state] = _seen(page, browser, _address(state))
    assert await stage.mailbox.to(ATTACKER) == []
    for state in STATES[1:]:
        for what, expected in seen["unknown"].items():
            assert seen[state][what] == expected, f"{what} of {state}"
