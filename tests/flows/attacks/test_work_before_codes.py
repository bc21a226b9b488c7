"""While there is an attack a code is sent after a calculation, or a wait, and not without."""

import asyncio
import json
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from ciam.protection.failure_rate import note_failure
from ciam.protection.proof_of_work import Challenge
from ciam.storage.tables.grants import single_use
from tests.factories.proof_of_work import solve
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.attacks.stage import OWNER, Stage
from tests.flows.own_apps import NativeApp, Script, problem_of, register_apps
from tests.parts.plain_browser import Page

NEW: Final = "somebody.new@example.jp"
WAYS: Final = [
    ("/sign-up", "Next", "E-mail address", NEW),
    ("/recover", "Send the code", "E-mail address", OWNER),
    ("/sign-in", "Send me a code instead", "E-mail address", OWNER),
]


@pytest.fixture(autouse=True)
async def _owner(stage: Stage) -> None:
    await make_person(stage.app, OWNER)
    async with stage.database.write() as transaction:
        policy = {"email_code": "both"}
        await transaction.policies.put("methods", policy, managed_by="file")
        await transaction.config.raise_generation()


async def _be_attacked(stage: Stage) -> None:
    async with stage.database.write() as transaction:
        policy = {"failures_minute": 10, "work": 1000}
        await transaction.policies.put("challenges", policy, managed_by="file")
        await transaction.config.raise_generation()
        for _ in range(10):
            await note_failure(transaction)


def _challenge(page: Page) -> Challenge:
    part = page.soup.select_one("[data-work]")
    assert part is not None, page.text
    return Challenge(**json.loads(str(part["data-work"])))


def _asks_code(page: Page) -> bool:
    return urlsplit(page.url).path == "/verify"


async def _used(stage: Stage) -> int:
    async with stage.database.read() as transaction:
        found = await transaction.connection.execute(select(single_use.c.kind))
        return len([one for one in found if one.kind == "proof_of_work"])


@pytest.mark.parametrize(("path", "button", "label", "address"), WAYS)
async def test_in_quiet_times_nothing_is_asked(
    stage: Stage, path: str, button: str, label: str, address: str
) -> None:
    page = await stage.open(stage.browser(), path)
    assert page.soup.select_one("[data-work]") is None
    assert _asks_code(await page.submit(button, {label: address}))
    assert len(await stage.mailbox.to(address)) == 1


async def test_a_flood_of_codes_is_an_attack_too_whoever_they_are_for(stage: Stage) -> None:
    async with stage.database.write() as transaction:
        policy = {"codes_minute": 10, "work": 1000}
        await transaction.policies.put("challenges", policy, managed_by="file")
        await transaction.config.raise_generation()
    pages = [await stage.open(stage.browser(), path) for path in ("/sign-up", "/recover") * 6]
    for number, page in enumerate(pages):
        button = "Next" if number % 2 == 0 else "Send the code"
        answer = await page.submit(button, {"E-mail address": f"nobody.{number}@example.jp"})
        assert _asks_code(answer) is (number < 10)
    assert len(await stage.mailbox.all()) == 5, "of the ten, those to register"
    page = await stage.open(stage.browser(), "/sign-up")
    assert _challenge(page).maxnumber == 1000
    stage.clock.advance(timedelta(minutes=2))
    page = await stage.open(stage.browser(), "/sign-up")
    assert page.soup.select_one("[data-work]") is None, "over when nobody floods any more"


@pytest.mark.parametrize(("path", "button", "label", "address"), WAYS)
async def test_without_the_calculation_nothing_is_sent_and_with_it_once(
    stage: Stage, path: str, button: str, label: str, address: str
) -> None:
    await _be_attacked(stage)
    page = await stage.open(stage.browser(), path)
    assert "proof_of_work" in "".join(str(one["src"]) for one in page.soup.select("script"))
    again = await page.submit(button, {label: address})
    assert (again.status, again.alerts) == (422, ["Please press the button once more."])
    assert await stage.mailbox.to(address) == []
    work = solve(_challenge(again))
    for _ in range(2):  # the same form twice
        done = await again.submit(button, {label: address, "work": work})
        assert _asks_code(done)
    assert len(await stage.mailbox.to(address)) == 1
    elsewhere = await stage.open(stage.browser(), path)
    refused = await elsewhere.submit(button, {label: address, "work": work})
    assert refused.status == 422, "an answer counts once"
    assert len(await stage.mailbox.to(address)) == 1


@pytest.mark.parametrize(("path", "button", "label", "address"), WAYS)
async def test_without_scripts_one_waits(
    stage: Stage, path: str, button: str, label: str, address: str
) -> None:
    await _be_attacked(stage)
    page = await stage.open(stage.browser(), path)
    assert "please wait 15 seconds" in page.body
    stage.clock.advance(timedelta(seconds=15))
    assert _asks_code(await page.submit(button, {label: address}))
    assert len(await stage.mailbox.to(address)) == 1


@pytest.mark.parametrize(("path", "button", "label", "address"), WAYS)
async def test_the_same_form_many_times_at_once_sends_one_code(
    stage: Stage, path: str, button: str, label: str, address: str
) -> None:
    await _be_attacked(stage)
    page = await stage.open(stage.browser(), path)
    form = page.form(button)
    form.fill({label: address})
    entries = dict(form.submit(button).entries) | {"work": solve(_challenge(page))}
    target = form.submit(button).encode()[0]
    sent = [page.browser.post(target, entries, initiator=page.url) for _ in range(4)]
    assert all(_asks_code(one) for one in await asyncio.gather(*sent))
    assert len(await stage.mailbox.to(address)) == 1


async def test_what_is_mended_costs_no_other_calculation(stage: Stage) -> None:
    await _be_attacked(stage)
    page = await stage.open(stage.browser(), "/sign-up")
    work = solve(_challenge(page))
    wrong = await page.submit("Next", {"E-mail address": "no address", "work": work})
    assert (wrong.status, await _used(stage)) == (422, 0)
    done = await wrong.submit("Next", {"E-mail address": NEW, "work": work})
    assert _asks_code(done)


async def test_the_answer_of_another_page_or_network_is_none(stage: Stage) -> None:
    await _be_attacked(stage)
    other = solve(_challenge(await stage.open(stage.browser(), "/recover")))
    page = await stage.open(stage.browser(), "/sign-up")
    refused = await page.submit("Next", {"E-mail address": NEW, "work": other})
    assert refused.status == 422
    assert await stage.mailbox.to(NEW) == []


async def test_a_known_device_is_asked_nothing(stage: Stage) -> None:
    known = stage.browser()
    await stage.sign_in(known, OWNER, PASSWORD)
    await _be_attacked(stage)
    for path, button, label in [one[:3] for one in WAYS[1:]]:
        page = await stage.open(known, f"{path}?fresh=1")
        assert _asks_code(await page.submit(button, {label: OWNER}))
    page = await stage.open(known, "/recover")
    refused = await page.submit("Send the code", {"E-mail address": NEW})
    assert refused.status == 422, "it is known to one customer alone"


async def test_a_password_sent_twice_with_one_answer_signs_in_and_no_other_guess_does(
    stage: Stage,
) -> None:
    await register_apps(stage.app)
    await _be_attacked(stage)
    async with Script(stage.app) as script:
        journey, later = await script.begin(), await script.begin()
        work = solve(Challenge(**journey["work"]["challenge"]))
        sent = {"identifier": OWNER, "password": PASSWORD, "work": work}
        first = await script.submit(journey, **sent)
        script.http.cookies.delete("ciam_device")  # as when both were sent before an answer came
        again = await script.submit(journey, **sent)
        assert [one.json()["step"] for one in (first, again)] == ["done", "done"]
        script.http.cookies.delete("ciam_device")
        for other, changes in ((journey, {}), (later, {}), (later, {"identifier": NEW})):
            refused = await script.submit(other, **sent | changes)
            assert problem_of(refused)["type"] == "urn:ciam:problem:work_asked"


async def test_apps_with_screens_of_their_own_calculate_too(stage: Stage) -> None:
    await register_apps(stage.app)
    await _be_attacked(stage)
    async with Script(stage.app) as script:
        for kind, name, action in (
            ("sign_up", NEW, "give_address"),
            ("recovery", OWNER, "give_address"),
            ("sign_in", OWNER, "ask_for_code"),
        ):
            before = len(await stage.mailbox.to(name))
            journey = await script.begin(kind)
            field = "identifier" if kind == "sign_in" else "email"
            asked = await script.submit(journey, action, **{field: name})
            assert problem_of(asked)["type"] == "urn:ciam:problem:work_asked"
            assert problem_of(asked)["title"] == "Please press the button once more."
            work = solve(Challenge(**problem_of(asked)["journey"]["work"]["challenge"]))
            for _ in range(2):
                sent = await script.submit(journey, action, **{field: name}, work=work)
                assert sent.json()["step"] == "code", sent.text
            assert len(await stage.mailbox.to(name)) == before + 1
    async with NativeApp(stage.app) as native:
        journey = await native.begin(prompt="create")
        waited = journey["work"]
        stage.clock.advance(timedelta(seconds=waited["wait_seconds"]))
        sent = await native.submit(journey, email="third@example.jp", work=waited["unsolved"])
        assert sent.json()["step"] == "code", sent.text
