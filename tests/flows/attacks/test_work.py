"""While many sign-ins fail, the sign-in page holds a calculation; without scripts one waits."""

import json
from datetime import timedelta
from typing import Final

from ciam.protection.failure_rate import note_failure
from ciam.protection.proof_of_work import Challenge
from tests.factories.proof_of_work import solve
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.attacks.stage import OWNER, Stage
from tests.parts.plain_browser import Page

_FORM: Final = {"E-mail address": OWNER, "Password": PASSWORD}


async def _be_attacked(stage: Stage) -> None:
    async with stage.database.write() as transaction:
        await transaction.policies.put(
            "challenges", {"failures_minute": 10, "work": 1000}, managed_by="file"
        )
        await transaction.config.raise_generation()
        for _ in range(10):
            await note_failure(transaction)


def _challenge(page: Page) -> Challenge:
    part = page.soup.select_one("[data-work]")
    assert part is not None
    return Challenge(**json.loads(str(part["data-work"])))


async def test_in_quiet_times_there_is_no_calculation(stage: Stage) -> None:
    await make_person(stage.app, OWNER)
    page = await stage.open(stage.browser(), "/sign-in")
    assert page.soup.select_one("[data-work]") is None
    assert (await page.submit("Sign in", _FORM)).url.endswith("/account")


async def test_a_solved_calculation_signs_in_and_one_without_it_does_not(stage: Stage) -> None:
    await make_person(stage.app, OWNER)
    await _be_attacked(stage)
    page = await stage.open(stage.browser(), "/sign-in")
    assert "proof_of_work" in "".join(str(one["src"]) for one in page.soup.select("script"))
    again = await page.submit("Sign in", _FORM)
    assert again.status == 422
    assert again.alerts
    done = await again.submit("Sign in", _FORM | {"work": solve(_challenge(again))})
    assert done.url.endswith("/account")


async def test_without_scripts_one_waits(stage: Stage) -> None:
    await make_person(stage.app, OWNER)
    await _be_attacked(stage)
    page = await stage.open(stage.browser(), "/sign-in")
    assert "please wait 15 seconds" in page.body
    stage.clock.advance(timedelta(seconds=15))
    assert (await page.submit("Sign in", _FORM)).url.endswith("/account")


async def test_a_known_device_is_asked_nothing(stage: Stage) -> None:
    await make_person(stage.app, OWNER)
    known = stage.browser()
    await stage.sign_in(known, OWNER, PASSWORD)
    await _be_attacked(stage)
    page = await stage.sign_in(known, OWNER, PASSWORD)
    assert page.url.endswith("/account")
