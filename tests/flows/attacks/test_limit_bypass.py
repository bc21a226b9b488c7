"""A-03: no header and no other way in gives more guesses than the limits allow."""

from typing import Final

import pytest

from tests.flows.account_people import PASSWORD, make_person
from tests.flows.attacks.stage import OWNER, Stage
from tests.flows.attacks.walks import sign_in
from tests.flows.attacks.walks_elsewhere import own_sign_in

ALLOWED: Final = 5
HEADERS: Final = (
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Cluster-Client-IP",
    "X-Original-Forwarded-For",
)


def _of(header: str, number: int) -> str:
    address = f"198.51.100.{number + 1}"
    return f"for={address};proto=https" if header == "Forwarded" else f"{address}, 203.0.113.9"


@pytest.fixture(autouse=True)
async def quiet(stage: Stage) -> None:
    """Ask for no work: the limits have to hold by themselves."""
    await stage.put("challenges", proof_of_work="off")


async def test_no_header_gives_anybody_another_address(stage: Stage) -> None:
    """Each guess is at another name, so that the network's limit alone is left."""
    await stage.put("limits", address_failures=ALLOWED)
    told = []
    for number in range(ALLOWED + 2):
        browser = stage.browser()
        browser.extra_headers = {header: _of(header, number) for header in HEADERS}
        told.append((await sign_in(stage, browser, f"victim{number}@example.jp")).status)
    assert told == [422] * ALLOWED + [429] * 2


async def test_the_ways_to_sign_in_share_one_count(stage: Stage) -> None:
    """The page, and an app's own screen, in browsers of their own."""
    await make_person(stage.app, OWNER)
    await stage.put("limits", password_failures=ALLOWED)
    told = []
    for number in range(ALLOWED + 2):
        way = (sign_in, own_sign_in)[number % 2]
        told.append((await way(stage, stage.browser(), OWNER)).status)
    assert told == [422] * ALLOWED + [429] * 2
    right = await stage.sign_in(stage.browser(), OWNER, PASSWORD)
    assert right.status == 429


async def test_a_success_on_one_way_gives_no_more_guesses_on_another(stage: Stage) -> None:
    """Being somebody oneself, from the same network, forgives no guess at others."""
    mine = "mallory.herself@example.com"
    await make_person(stage.app, mine)
    await stage.put("limits", address_failures=ALLOWED)
    told = []
    for number in range(ALLOWED + 2):
        if number == ALLOWED - 1:
            done = await stage.sign_in(stage.browser(), mine, PASSWORD)
            assert done.url.endswith("/account")
        told.append((await own_sign_in(stage, stage.browser(), f"v{number}@example.jp")).status)
    assert told == [422] * ALLOWED + [429] * 2
