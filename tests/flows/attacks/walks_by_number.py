"""The ways to name a phone number on our pages, as somebody walks them who is curious (A-06)."""

from datetime import timedelta
from typing import Final

from tests.flows.attacks.stage import Stage
from tests.flows.attacks.walks import CODE, WRONG, Walk, sign_in_as_attacker
from tests.parts.plain_browser import Page, PlainBrowser

_OTHER: Final = "Use a phone number instead"


async def sign_in(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Sign in with a wrong password."""
    await _switch_on(stage)
    page = await stage.open(browser, "/sign-in?fresh=1")
    return await page.submit("Sign in", {"identifier": number, "Password": WRONG})


async def ask_code(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Have a code sent in place of the password."""
    await _switch_on(stage)
    page = await stage.open(browser, "/sign-in?fresh=1")
    return await page.submit("Send me a code instead", {"identifier": number})


async def ask_code_resend(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Have another code sent."""
    page = await ask_code(stage, browser, number)
    stage.clock.advance(timedelta(minutes=1))
    return await page.submit("Send a new code")


async def ask_code_spent(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Guess the code until it is spent."""
    page = await ask_code(stage, browser, number)
    for _ in range(6):
        page = await page.submit("Sign in", {CODE: "000000"})
    return page


async def register(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Begin to register."""
    await _switch_on(stage)
    page = await (await stage.open(browser, "/sign-up")).follow(_OTHER)
    return await page.submit("Next", {"Phone number": number})


async def register_code(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Guess the code."""
    page = await register(stage, browser, number)
    return await page.submit("Next", {CODE: "000000"})


async def register_often(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Register more often than messages may be sent."""
    for _ in range(5):
        page = await register(stage, browser, number)
    return page


async def forgot(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Say that the password is lost."""
    await _switch_on(stage)
    page = await (await stage.open(browser, "/recover")).follow(_OTHER)
    return await page.submit("Send the code", {"Phone number": number})


async def forgot_resend(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Have another code sent."""
    page = await forgot(stage, browser, number)
    stage.clock.advance(timedelta(minutes=1))
    return await page.submit("Send a new code")


async def forgot_code(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Guess the code."""
    page = await forgot(stage, browser, number)
    return await page.submit("Next", {CODE: "000000"})


async def add_phone(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Want the number for one's own account."""
    await _switch_on(stage)
    await sign_in_as_attacker(stage, browser, f"has{number[-8:]}@example.jp")
    page = await stage.open(browser, "/account/phone")
    return await page.submit("Send the code", {"Phone number": number})


async def add_phone_code(stage: Stage, browser: PlainBrowser, number: str) -> Page:
    """Guess the code that was sent there."""
    page = await add_phone(stage, browser, number)
    return await page.submit("Add the number", {CODE: "000000"})


async def _switch_on(stage: Stage) -> None:
    await stage.put("names", phone="sign_up")
    await stage.put("methods", sms_code="both")


NUMBERS: Final[tuple[Walk, ...]] = (
    sign_in,
    ask_code,
    ask_code_resend,
    ask_code_spent,
    register,
    register_code,
    register_often,
    forgot,
    forgot_resend,
    forgot_code,
    add_phone,
    add_phone_code,
)
