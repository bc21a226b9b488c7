"""A code or link proves the one address of the one journey that it was mailed for."""

import re

import pytest

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import RECOVERY, SIGN_UP, StepTaken
from ciam.authentication.recovery import give_lost_address
from ciam.authentication.sign_up import give_address
from ciam.authentication.state import Step
from ciam.authentication.verification import verify_code, verify_link
from ciam.errors import FormRefused, PageRefusal
from ciam.storage import Database
from tests.authentication.people import (
    TARO,
    CountingHasher,
    mails,
    make_customer,
    new_browser,
    new_journey,
    read_journey,
)

VICTIM = "victim@example.jp"
OWN = "attacker@example.com"


async def _begin(database: Database, browser: BrowserContext, address: str) -> tuple[str, str, str]:
    """Give a sign-up that waits for its code, with the code and the token that were mailed."""
    handle = await new_journey(database, browser, SIGN_UP)
    await give_address(database, handle, browser, address)
    message = next(mail for mail in reversed(await mails(database)) if mail["to"] == address)
    token = re.search(r"token=(\S+)", message["message"]["link"])
    assert token is not None
    return handle, message["message"]["code"], token[1]


async def test_the_proof_of_ones_own_address_does_not_prove_another(database: Database) -> None:
    browser = new_browser()
    _own, code, token = await _begin(database, browser, OWN)
    victims, real, _ = await _begin(database, browser, VICTIM)
    with pytest.raises(PageRefusal):
        await verify_link(database, victims, browser, token)
    if code != real:
        with pytest.raises(FormRefused):
            await verify_code(database, victims, browser, code)
    assert (await read_journey(database, victims, browser)).state.step is Step.CODE


async def test_another_address_in_the_same_journey_voids_what_was_mailed(
    database: Database,
) -> None:
    browser = new_browser()
    handle, code, token = await _begin(database, browser, OWN)
    await give_address(database, handle, browser, VICTIM)
    with pytest.raises(PageRefusal):
        await verify_link(database, handle, browser, token)
    real = (await mails(database))[-1]["message"]["code"]
    if code != real:
        with pytest.raises(FormRefused):
            await verify_code(database, handle, browser, code)


async def test_another_address_voids_it_also_when_no_mail_may_be_sent_there(
    database: Database,
) -> None:
    for _ in range(5):
        await _begin(database, new_browser(), VICTIM)
    browser = new_browser()
    handle, code, token = await _begin(database, browser, OWN)
    await give_address(database, handle, browser, VICTIM)
    assert len([mail for mail in await mails(database) if mail["to"] == VICTIM]) == 5
    with pytest.raises(PageRefusal):
        await verify_link(database, handle, browser, token)
    with pytest.raises(FormRefused):
        await verify_code(database, handle, browser, code)


async def test_a_code_that_nobody_was_sent_opens_nothing_even_when_guessed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ciam.authentication.sent_code.new_digits", lambda: "123456")
    browser = new_browser()
    handle = await new_journey(database, browser, RECOVERY)
    await give_lost_address(database, handle, browser, "nobody@example.jp")
    with pytest.raises(FormRefused):
        await verify_code(database, handle, browser, "123456")
    assert (await read_journey(database, handle, browser)).state.step is Step.CODE


async def test_a_code_used_takes_the_link_with_it(
    database: Database, hasher: CountingHasher
) -> None:
    await make_customer(database, hasher)
    browser = new_browser()
    handle, code, token = await _begin(database, browser, VICTIM)
    journey = await verify_code(database, handle, browser, code)
    assert journey.path == f"/sign-up/details?journey={handle}"
    with pytest.raises(StepTaken):
        await verify_link(database, handle, browser, token)
    with pytest.raises(StepTaken):
        await verify_code(database, handle, browser, code)


@pytest.mark.parametrize("typed", ["１２３４５６", "123 456", " 123-456 ", "123\u3000456"])
async def test_a_code_is_read_however_it_was_pasted(
    database: Database, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("ciam.authentication.sent_code.new_digits", lambda: "123456")
    browser = new_browser()
    handle = await new_journey(database, browser, SIGN_UP)
    await give_address(database, handle, browser, TARO)
    assert (await verify_code(database, handle, browser, typed)).state.step is Step.DETAILS
