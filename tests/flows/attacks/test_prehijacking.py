"""L-02: the five classes of pre-hijacked accounts (arXiv 2205.10174), three ways in each.

Somebody puts the owner's address on an account that nobody has proven and leaves a way in; the
owner comes later. The ways in: a password, a social login, and a phone number at which a code is
received. Every script is run twice: as the server is, where none
succeeds; and with its protection taken away, where each does.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

import pytest

from ciam.authentication import code_sign_in, first_proof, recovery, social_sign_in, verification
from ciam.authentication.candidate import find_candidate
from ciam.customers import credentials
from ciam.errors import Refusal
from ciam.federation.identity import ProvenIdentity
from ciam.federation.linking import link
from ciam.storage import UnitOfWork
from ciam.storage.stores.identifiers import Identifier
from tests.flows.account_people import PASSWORD
from tests.flows.attacks.stage import ATTACKER, NAMES, OWNER, OWNERS_PASSWORD, Stage
from tests.flows.phone_world import NUMBER
from tests.parts.html_form import NotOnThePage
from tests.parts.plain_browser import Page, PlainBrowser

LATER: Final = "mallory.later@example.com"
MALLORYS, MALLORYS_LATER = "+818098765432", "+817011112222"
THEIRS: Final = "attacker-at-line"
BY_NUMBER: Final = "Use a phone number instead"
WAYS: Final = ("password", "social", "phone")
Script = Callable[[Stage, str], Awaitable[list[PlainBrowser]]]


async def _switch_numbers_on(stage: Stage) -> None:
    """Let numbers register, and sign in by a code."""
    await stage.put("names", phone="sign_up")
    await stage.put("methods", sms_code="first")


async def _plant(stage: Stage, way: str) -> None:
    """Make the account with the owner's address, and leave a way in."""
    await _switch_numbers_on(stage)
    account = await stage.premake(
        password=way == "password", number=MALLORYS if way == "phone" else ""
    )
    if way == "social":
        await stage.link(account, "line", THEIRS)


async def _come_in(stage: Stage, way: str) -> PlainBrowser:
    """Use the way in that was left; gives the browser in which it was tried."""
    browser = stage.browser()
    with suppress(IndexError, NotOnThePage):
        if way == "password":
            await stage.sign_in(browser, OWNER, PASSWORD)
        elif way == "social":
            await stage.press(browser, "line", subject=THEIRS, email=None)
        else:
            await stage.sign_in_by_text(browser, MALLORYS)
    return browser


async def _owner_by_apple(stage: Stage) -> None:
    """Be the owner who comes with a social login and reads the mail."""
    browser = stage.browser()
    page = await stage.press(browser, "apple", subject="owner-at-apple", email=OWNER)
    if page.heading == "Create an account":
        page = await page.submit("Next", {"E-mail address": OWNER})
        page = await stage.enter_code(page, OWNER)
        if page.heading.startswith("Connect"):
            await page.submit("Connect and sign in")
        else:
            await page.submit("Create the account", NAMES)
    await stage.note_owner(browser)


async def _owner_by_recovery(stage: Stage) -> None:
    """Be the owner who sets a new password; who is sent no mail has no account, and registers."""
    browser = stage.browser()
    try:
        await stage.recover(browser, OWNER)
    except IndexError:
        await _owner_registers(stage)
    else:
        await stage.note_owner(browser)


async def _owner_registers(stage: Stage) -> None:
    browser = stage.browser()
    await stage.register(browser, OWNER, {"Password": OWNERS_PASSWORD})
    await stage.note_owner(browser)


async def _owner_registers_by_number(stage: Stage) -> None:
    """Be the owner who registers with a number, and adds the address afterwards."""
    browser = stage.browser()
    page = await (await stage.open(browser, "/sign-up")).follow(BY_NUMBER)
    page = await page.submit("Next", {"Phone number": NUMBER})
    page = await page.submit("Next", {"Six-digit code": (await stage.texts.newest(NUMBER)).code})
    await page.submit("Create the account", NAMES | {"Password": OWNERS_PASSWORD})
    page = await stage.open(browser, "/account/email")
    page = await page.submit("Send the code", {"New e-mail address": OWNER})
    code = (await stage.mailbox.newest(OWNER)).code
    await page.submit("Change the address", {"Six-digit code": code})
    async with stage.database.read() as transaction:
        assert await transaction.identifiers.find_login(OWNER) is not None
    await stage.note_owner(browser)


async def classic_federated_merge(stage: Stage, way: str) -> list[PlainBrowser]:
    """Wait for the owner's social login to be merged into the account."""
    await _plant(stage, way)
    await _owner_by_apple(stage)
    return [await _come_in(stage, way)]


async def unexpired_session(stage: Stage, way: str) -> list[PlainBrowser]:
    """Stay signed in while the owner recovers the account."""
    await _plant(stage, way)
    stays = await _come_in(stage, way)
    assert await stage.who_is(stays) is not None
    await _owner_by_recovery(stage)
    return [stays]


async def trojan_identifier(stage: Stage, way: str) -> list[PlainBrowser]:
    """Have an identifier of one's own on the account beside the owner's."""
    await _switch_numbers_on(stage)
    account = await stage.premake(
        password=way == "password",
        also="" if way == "phone" else ATTACKER,
        number=MALLORYS if way == "phone" else "",
    )
    if way == "social":
        await stage.link(account, "line", THEIRS)
    await (_owner_by_apple(stage) if way == "password" else _owner_by_recovery(stage))
    if way != "password":
        return [await _come_in(stage, way)]
    browser = stage.browser()
    await stage.sign_in(browser, ATTACKER, PASSWORD)
    return [browser]


async def unexpired_email_change(stage: Stage, way: str) -> list[PlainBrowser]:
    """Finish a change of address, or of number, after the owner has recovered the account."""
    await _plant(stage, way)
    inside, later = await _come_in(stage, way), stage.browser()
    page, code, button = await _begin_change(stage, inside, way)
    await _owner_by_recovery(stage)
    await page.submit(button, {"Six-digit code": code})
    with suppress(IndexError, NotOnThePage):
        if way == "phone":
            await stage.sign_in_by_text(later, MALLORYS_LATER)
        else:
            await stage.recover(later, LATER, "mallory was here before")
    return [later]


async def _begin_change(stage: Stage, inside: PlainBrowser, way: str) -> tuple[Page, str, str]:
    """Give the page that waits for a code, the code, and the page's button."""
    if way == "phone":
        page = await stage.open(inside, "/account/phone")
        page = await page.submit("Send the code", {"New phone number": MALLORYS_LATER})
        return page, (await stage.texts.newest(MALLORYS_LATER)).code, "Change the number"
    page = await stage.open(inside, "/account/email")
    page = await page.submit("Send the code", {"New e-mail address": LATER})
    return page, (await stage.mailbox.newest(LATER)).code, "Change the address"


async def non_verifying_provider(stage: Stage, way: str) -> list[PlainBrowser]:
    """Claim the owner's address at a provider that lets anybody do so, and wait for the owner."""
    await _switch_numbers_on(stage)
    waits, again = stage.browser(), stage.browser()
    page = await stage.press(waits, "line", subject=THEIRS, email=OWNER)
    if way == "phone":
        page = await page.follow(BY_NUMBER)
        page = await page.submit("Next", {"Phone number": NUMBER})
    else:
        page = await page.submit("Next", {"E-mail address": OWNER})
    owner = {
        "password": _owner_registers,
        "social": _owner_by_apple,
        "phone": _owner_registers_by_number,
    }[way]
    await owner(stage)
    with suppress(NotOnThePage):
        page = await page.submit("Next", {"Six-digit code": "000000"})
        await page.submit("Create the account", NAMES)
    with suppress(NotOnThePage):
        await stage.press(again, "line", subject=THEIRS, email=OWNER)
    return [waits, again]


SCRIPTS: Final[tuple[Script, ...]] = (
    classic_federated_merge,
    unexpired_session,
    trojan_identifier,
    unexpired_email_change,
    non_verifying_provider,
)
BY_SCRIPT_AND_WAY = [
    pytest.param(script, way, id=f"{script.__name__}-{way}") for script in SCRIPTS for way in WAYS
]


async def _is_hijacked(stage: Stage, script: Script, way: str) -> bool:
    """Whether the attacker is in an account that the owner came into."""
    browsers = await script(stage, way)
    assert stage.owned
    return not stage.owned.isdisjoint([await stage.who_is(browser) for browser in browsers])


@pytest.mark.parametrize(("script", "way"), BY_SCRIPT_AND_WAY)
async def test_no_account_is_hijacked_before_its_owner_comes(
    stage: Stage, script: Script, way: str
) -> None:
    assert not await _is_hijacked(stage, script, way)


@pytest.mark.parametrize(("script", "way"), BY_SCRIPT_AND_WAY)
async def test_without_its_protection_every_script_succeeds(
    stage: Stage, script: Script, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _unprotect(monkeypatch)
    assert await _is_hijacked(stage, script, way)


def _unprotect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the removal at the first proof, the ends of access, and the word about trust."""

    async def mark(transaction: UnitOfWork, identifier: Identifier, **_: UUID) -> None:
        await transaction.identifiers.mark_verified(identifier.id)

    async def end_nothing(transaction: UnitOfWork, customer: UUID, **_: object) -> None:
        del transaction, customer

    async def link_by_address(transaction: UnitOfWork, identity: ProvenIdentity) -> bool:
        address = social_sign_in.read_address(identity)
        if address is None:
            return False
        found = await find_candidate(transaction, address.lookup)
        if found.identifier is None:
            return False
        try:
            await link(transaction, found.id, identity)
        except Refusal:
            return False
        return True

    monkeypatch.setattr(recovery, "note_proof", mark)
    for module in (verification, code_sign_in):
        monkeypatch.setattr(module, "prove_without_password", mark)
    monkeypatch.setattr(credentials, "end_access", end_nothing)
    monkeypatch.setattr(first_proof, "end_access", end_nothing)
    monkeypatch.setattr(social_sign_in, "_link_silently", link_by_address)
