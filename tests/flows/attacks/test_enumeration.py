"""A-06: no answer tells whether a name has an account, or in which state that account is.

Every way to name an address or a number is walked with those of several states; once what is random
is masked, each must be the walk of one that nobody has: the same requests, statuses, headers,
cookies and bodies, and no mail to whoever asked.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from ciam.audit.trail import Actor
from ciam.customers.customer import create_customer, disable_customer
from ciam.customers.phones import PhoneNumber
from ciam.storage.stores.operators import ACTIVE, DISABLED
from tests.factories.console_world import ConsoleWorld
from tests.flows.account_people import PASSWORD
from tests.flows.attacks.stage import ATTACKER, NAMES, Stage
from tests.flows.attacks.walks import PAGES, Walk
from tests.flows.attacks.walks_by_number import NUMBERS
from tests.flows.attacks.walks_elsewhere import ELSEWHERE, OPERATORS_SIGN_IN
from tests.parts.plain_browser import Page, PlainBrowser

STATES: Final = ("unknown", "known", "disabled", "unverified", "social")
OPERATORS: Final = ("unknown", "operator", "disabled", "invited")
_RANDOM: Final = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"\d{1,2} [A-Z][a-z]{2} \d{4}(?: \d\d:\d\d)?|\d{4}-\d\d-\d\dT[\d:.]+Z?",  # each has its day
        r"<svg.*?</svg>|\b[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}\b",  # the picture of a seed, and the seed
        r"form\.[\w.-]+|[A-Za-z0-9_-]{11,}",
        r"[A-Za-z0-9+/]{16,}={0,2}",
    )
)
_MEANS: Final = {"content-length"}  # of a body that is compared itself


def _address(state: str) -> str:
    return f"{state.ljust(10, 'x')}@example.jp"  # all as long as each other


def _number(state: str) -> str:
    return f"090-12{STATES.index(state)}4-5678"  # with the same end, which is shown


def _e164(number: str) -> str:
    return f"+81{number[1:].replace('-', '')}"


async def _make_accounts(stage: Stage, name_of: Callable[[str], str]) -> None:
    """Make the account of each state that has one."""
    parts = stage.app.state.parts
    stored = await parts.hasher.hash(PASSWORD, parts.database.keys)
    async with stage.database.write() as transaction:
        for state in STATES[1:]:
            name = name_of(state)
            verified_at = None if state == "unverified" else stage.clock.now()
            made = await create_customer(
                transaction,
                email=name if name_of is _address else None,
                email_verified_at=verified_at,
                phone=PhoneNumber(_e164(name)) if name_of is _number else None,
                phone_verified_at=verified_at,
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


def _masked(text: str, name: str) -> str:
    local = name.partition("@")[0]
    for shown in (name, name.replace("@", "%40"), local, _e164(name)):
        text = text.replace(shown, "NAME")
    text = text.replace(f"{name[:1]}•••", "NAME•••")
    for random in _RANDOM:
        text = random.sub("RANDOM", text)
    return text


def _seen(page: Page, browser: PlainBrowser, name: str) -> dict[str, Any]:
    """Give all that whoever asked can see of a walk's end."""
    return {
        "hops": [
            (
                hop.method,
                _masked(hop.url, name),
                hop.status,
                sorted(
                    (header, _masked(value, name))
                    for header, value in hop.headers.multi_items()
                    if header not in _MEANS
                ),
            )
            for hop in page.hops
        ],
        "status": page.status,
        "cookies": sorted(cookie.name for cookie in browser.cookies.all()),
        "body": _masked(page.body, name),
    }


async def _compare(
    stage: Stage, walk: Walk, states: tuple[str, ...], name_of: Callable[[str], str]
) -> None:
    """Walk with a name of each state, the first of which is one that nobody has."""
    start = stage.clock.now()
    seen: dict[str, dict[str, Any]] = {}
    for state in states:
        stage.clock.advance(start + timedelta(days=1) - stage.clock.now())
        start = stage.clock.now()
        browser = stage.browser()
        page = await walk(stage, browser, name_of(state))
        seen[state] = _seen(page, browser, name_of(state))
    assert await stage.mailbox.to(ATTACKER) == []
    for state in states[1:]:
        for what, expected in seen[states[0]].items():
            assert seen[state][what] == expected, f"{what} of {state}"


@pytest.mark.parametrize("walk", [*PAGES, *ELSEWHERE], ids=lambda walk: walk.__name__)
async def test_an_address_looks_like_one_that_nobody_has(stage: Stage, walk: Walk) -> None:
    assert len(PAGES) >= 14
    await _make_accounts(stage, _address)
    await _compare(stage, walk, STATES, _address)


@pytest.mark.parametrize("walk", NUMBERS, ids=lambda walk: walk.__name__)
async def test_a_number_looks_like_one_that_nobody_has(stage: Stage, walk: Walk) -> None:
    assert len(NUMBERS) >= 12
    await _make_accounts(stage, _number)
    await _compare(stage, walk, STATES, _number)


@pytest.mark.parametrize("walk", OPERATORS_SIGN_IN, ids=lambda walk: walk.__name__)
async def test_the_console_does_not_tell_who_is_an_operator(stage: Stage, walk: Walk) -> None:
    world = ConsoleWorld(stage.app, stage.clock)
    await world.add_operator("owner")
    await world.add_operator("support", email=_address("operator"))
    barred = await world.add_operator("viewer", email=_address("disabled"))
    await world.invite(_address("invited"), "viewer")
    async with stage.database.write() as transaction:
        found = await transaction.operators.find_by_email(barred)
        assert found is not None
        assert await transaction.operators.set_state(found.id, DISABLED, was=ACTIVE)
    await _compare(stage, walk, OPERATORS, _address)
