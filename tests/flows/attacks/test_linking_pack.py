"""L-03 and L-06: what went wrong in other systems when logins were linked, tried on this one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.flows.account_people import PASSWORD, make_person
from tests.flows.attacks.stage import ATTACKER, OWNER, Stage

if TYPE_CHECKING:
    from uuid import UUID

    from tests.parts.plain_browser import Page, PlainBrowser

LINKED = "/account/linked-logins"


async def _signed_in(stage: Stage, address: str) -> PlainBrowser:
    await make_person(stage.app, address)
    browser = stage.browser()
    await stage.sign_in(browser, address, PASSWORD)
    return browser


async def _ask(stage: Stage, browser: PlainBrowser, subject: str) -> Page:
    """Go to LINE from the account page, as somebody there, and come back to the question."""
    stage.be("line", subject=subject, email=None)
    page = await stage.open(browser, LINKED)
    page = await page.submit("Connect LINE")
    return await page.follow("Continue to LINE")


async def _leave_for_line(stage: Stage, browser: PlainBrowser, subject: str) -> str:
    """Give where LINE would send the browser back, without going there."""
    stage.be("line", subject=subject, email=None)
    page = await stage.open(browser, "/sign-in?fresh=1")
    page = await page.submit("Continue with LINE")
    link = page.soup.select_one("main a")
    assert link is not None
    browser.catch = (f"{stage.app.state.parts.settings.issuer}/federation",)
    page = await browser.open(str(link["href"]))
    browser.catch = ()
    return page.url


async def _holders(stage: Stage) -> dict[str, UUID]:
    """Give who has which subject at LINE."""
    found = {}
    async with stage.database.read() as transaction:
        for subject in ("U-first", "U-second", "U-attacker"):
            identity = await transaction.external_identities.find(
                stage.fakes["line"].issuer, subject
            )
            if identity is not None:
                found[subject] = identity.customer
    return found


async def test_a_question_opened_in_another_browser_is_no_question(stage: Stage) -> None:
    """The attacker sends the owner, who is signed in, the address of a question of their own."""
    attacker, owner = await _signed_in(stage, ATTACKER), await _signed_in(stage, OWNER)
    question = await _ask(stage, attacker, "U-attacker")
    seen = await owner.open(question.url)
    assert "Connect LINE to your account?" not in seen.text
    form = question.form("Connect").submit("Connect")
    answer = await owner.post(form.url, {"answer": "connect"}, initiator=seen.url)
    assert answer.status in {400, 403}
    assert await _holders(stage) == {}


async def test_a_proof_of_one_identity_links_no_second_one(stage: Stage) -> None:
    """Two tabs, two people at the provider: each question is about its own."""
    browser = await _signed_in(stage, OWNER)
    first = await _ask(stage, browser, "U-first")
    second = await _ask(stage, browser, "U-second")
    assert first.url != second.url
    await first.submit("Connect")
    assert set(await _holders(stage)) == {"U-first"}
    again = await first.submit("Connect")
    assert again.url.endswith(LINKED)
    assert set(await _holders(stage)) == {"U-first"}


async def test_after_a_disconnect_nothing_of_before_connects_again(stage: Stage) -> None:
    browser = await _signed_in(stage, OWNER)
    question = await _ask(stage, browser, "U-first")
    pending = await _ask(stage, browser, "U-second")
    page = await question.submit("Connect")
    link = page.soup.select_one('a[href*="/remove?login="]')
    assert link is not None
    page = await stage.open(browser, str(link["href"]))
    await page.submit("Disconnect")
    for old in (question, pending):
        await old.submit("Connect")
    assert await _holders(stage) == {}


async def test_a_state_is_long_new_each_time_and_never_guessed(stage: Stage) -> None:
    browser = stage.browser()
    back = [await _leave_for_line(stage, browser, "U-attacker") for _ in range(5)]
    states = [parse_qs(urlsplit(url).query)["state"][0] for url in back]
    assert len(set(states)) == len(states)
    assert min(map(len, states)) >= 22, "128 bits in base64url"
    for wrong in (states[0][:-1], states[0][::-1], "1", ""):
        answer = await browser.open(back[0].replace(states[0], wrong))
        assert answer.status == 400


@pytest.mark.parametrize("part", ["state", "code"])
async def test_parts_of_another_browsers_answer_are_refused(stage: Stage, part: str) -> None:
    """L-06: the victim's answer with the attacker's state or code in it."""
    victim, attacker = stage.browser(), stage.browser()
    mine = await _leave_for_line(stage, victim, "U-first")
    theirs = await _leave_for_line(stage, attacker, "U-attacker")
    mine_query, theirs_query = (parse_qs(urlsplit(url).query) for url in (mine, theirs))
    swapped = mine.replace(mine_query[part][0], theirs_query[part][0])
    assert (await victim.open(swapped)).status == 400
    assert await stage.who_is(victim) is None
    assert await _holders(stage) == {}


async def test_an_answer_at_the_callback_of_another_provider_is_refused(stage: Stage) -> None:
    """L-06, mix-up: the state of one provider, the callback of another."""
    browser = stage.browser()
    back = await _leave_for_line(stage, browser, "U-first")
    assert "/line/" in back
    assert (await browser.open(back.replace("/line/", "/apple/"))).status in {400, 404, 405}
    assert await _holders(stage) == {}


async def test_a_provider_that_is_switched_off_links_and_opens_nothing(stage: Stage) -> None:
    browser = await _signed_in(stage, OWNER)
    question = await _ask(stage, browser, "U-first")
    back = await _leave_for_line(stage, browser, "U-second")
    async with stage.database.write() as transaction:
        await transaction.connections.disable("line")
        await transaction.config.raise_generation()
    await question.submit("Connect")
    assert (await browser.open(back)).status >= 400
    assert await _holders(stage) == {}


async def test_nothing_is_linked_by_opening_an_address(stage: Stage) -> None:
    browser = await _signed_in(stage, OWNER)
    question = await _ask(stage, browser, "U-first")
    for path in (f"{LINKED}/add/line", f"{urlsplit(question.url).path}?answer=connect"):
        page = await stage.open(browser, path)
        assert page.status in {200, 405}
    assert await _holders(stage) == {}


async def test_a_question_answered_without_the_pages_token_links_nothing(stage: Stage) -> None:
    browser = await _signed_in(stage, OWNER)
    question = await _ask(stage, browser, "U-first")
    form = question.form("Connect").submit("Connect")
    answer = await browser.post(form.url, {"answer": "connect"}, initiator=question.url)
    assert answer.status == 403
    assert await _holders(stage) == {}


async def test_an_address_taken_over_at_the_provider_takes_over_nothing_here(stage: Stage) -> None:
    """The attacker's own login there now claims the owner's address (nOAuth)."""
    await make_person(stage.app, OWNER)
    attacker = await _signed_in(stage, ATTACKER)
    await (await _ask(stage, attacker, "U-attacker")).submit("Connect")
    mallory = await stage.who_is(attacker)
    browser = stage.browser()
    page = await stage.press(browser, "line", subject="U-attacker", email=OWNER)
    assert page.url.endswith("/account")
    assert await stage.who_is(browser) == mallory
    stranger = stage.browser()
    page = await stage.press(stranger, "line", subject="U-second", email=OWNER)
    assert await stage.who_is(stranger) is None


async def test_an_address_on_somebody_elses_account_is_let_go_by_its_first_proof(
    stage: Stage,
) -> None:
    """Its owner gets into no account that another address has proven, and registers."""
    account = await stage.premake(also=ATTACKER)
    async with stage.database.write() as transaction:
        for identifier in await transaction.identifiers.list_for(account):
            if identifier.value == ATTACKER:
                await transaction.identifiers.mark_verified(identifier.id)
    browser = stage.browser()
    page = await stage.recover(browser, OWNER)
    assert page.status == 400
    assert await stage.who_is(browser) is None
    await stage.register(browser, OWNER, {"Password": PASSWORD})
    assert await stage.who_is(browser) not in {None, account}
