"""The phone number in the account: added, changed, removed; told to the old ones, and undone."""

from datetime import timedelta

import pytest
from starlette.applications import Starlette

from ciam.audit.trail import Actor
from ciam.authentication.methods import sms_code
from ciam.consent.screens import Screen
from ciam.customers.credentials import change_password
from ciam.customers.customer import enable_customer
from ciam.privacy.account_copy import copy_account
from ciam.privacy.closing import close_account
from ciam.storage.stores.customers import Customer
from tests.flows.account_people import IPHONE, sign_in
from tests.flows.phone_world import NUMBER, OTHER, OTHER_WRITTEN, WRITTEN, PhoneWorld
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
UNDO = "/undo-phone-change"


@pytest.fixture
async def world(app: Starlette) -> PhoneWorld:
    """Give a server whose customers may have numbers."""
    found = PhoneWorld.of(app)
    await found.put("names", phone="sign_up")
    return found


async def _signed_in(world: PhoneWorld, browser: PlainBrowser, **names: str) -> Customer:
    made = await world.make(**names)  # type: ignore[arg-type]  # names are text
    world.app.state.parts.clock.advance(timedelta(minutes=1))  # what is done later is told apart
    await sign_in(world.app, browser, made)
    return made


async def _ask(world: PhoneWorld, browser: PlainBrowser, label: str, typed: str) -> Page:
    page = await world.open(browser, "/account/phone")
    return await page.submit("Send the code", {label: typed})


async def _add(world: PhoneWorld, browser: PlainBrowser) -> Page:
    page = await _ask(world, browser, "Phone number", WRITTEN)
    code = (await world.texts.newest(NUMBER)).code
    return await page.submit("Add the number", {"Six-digit code": code})


async def _change(world: PhoneWorld, browser: PlainBrowser) -> Page:
    page = await _ask(world, browser, "New phone number", OTHER_WRITTEN)
    code = (await world.texts.newest(OTHER)).code
    return await page.submit("Change the number", {"Six-digit code": code})


async def test_a_first_number_signs_in_and_the_address_can_undo_it(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    customer = await _signed_in(world, person, email=TARO)
    async with world.browser() as other:
        await sign_in(world.app, other, customer, IPHONE)
        page = await _add(world, person)
        assert "was saved" in page.text
        assert WRITTEN in page.text
        assert (await world.open(other, "/account")).heading != "Sign in", "it ends nothing"
        assert await world.can_sign_in(WRITTEN)
        mail = await world.mails.newest(TARO)
        assert "phone number" in mail.subject
        assert "••78" in mail.text
        assert NUMBER not in mail.text
        page = await other.open(mail.link(UNDO))
        assert await world.can_sign_in(WRITTEN), "opening the link does nothing yet"
        page = await page.submit("Remove the new number")
        assert page.heading == "The change is undone"
        assert (await world.open(other, "/account")).heading == "Sign in"
    assert not await world.can_sign_in(WRITTEN)
    assert await world.can_sign_in(TARO)


async def test_the_new_number_signs_in_and_the_old_one_undoes_it(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    customer = await _signed_in(world, person, phone=NUMBER)
    async with world.browser() as other:
        await sign_in(world.app, other, customer, IPHONE)
        page = await _change(world, person)
        assert OTHER_WRITTEN in page.text
        assert (await world.open(other, "/account")).heading == "Sign in", "C-13"
    assert await world.can_sign_in(OTHER_WRITTEN)
    assert not await world.can_sign_in(WRITTEN)
    notice = await world.texts.newest(NUMBER)
    async with world.browser() as owner:
        page = await owner.open(notice.link(UNDO))
        page = await page.submit("Put the old number back")
        assert page.heading == "The change is undone"
        assert (await owner.open(notice.link(UNDO))).status == 400, "once"
    assert (await world.open(person, "/account")).heading == "Sign in"
    assert await world.can_sign_in(WRITTEN)
    assert not await world.can_sign_in(OTHER_WRITTEN)


async def test_the_same_form_sent_twice_sends_one_message(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await _signed_in(world, person, email=TARO)
    form = await world.open(person, "/account/phone")
    first, again = [await form.submit("Send the code", {"Phone number": WRITTEN}) for _ in range(2)]
    assert first.url == again.url
    assert len(await world.texts.to(NUMBER)) == 1


async def test_two_changes_in_a_row_are_undone_from_the_first_number(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await _signed_in(world, person, email=TARO, phone=NUMBER)
    await _change(world, person)
    third = "+817011112222"
    page = await _ask(world, person, "New phone number", "070-1111-2222")
    code = (await world.texts.newest(third)).code
    await page.submit("Change the number", {"Six-digit code": code})
    assert await world.can_sign_in("070-1111-2222")
    notice = await world.texts.newest(NUMBER)
    async with world.browser() as owner:
        page = await owner.open(notice.link(UNDO))
        await page.submit("Put the old number back")
    assert await world.can_sign_in(WRITTEN)
    assert not await world.can_sign_in("070-1111-2222")
    assert not await world.can_sign_in(OTHER_WRITTEN)


async def test_after_three_days_it_cannot_be_undone(
    world: PhoneWorld, person: PlainBrowser, clock: FakeClock
) -> None:
    await _signed_in(world, person, phone=NUMBER)
    await _change(world, person)
    link = (await world.texts.newest(NUMBER)).link(UNDO)
    clock.advance(timedelta(hours=72, seconds=1))
    assert (await person.open(link)).status == 400


async def test_a_number_is_removed_and_put_back(world: PhoneWorld, person: PlainBrowser) -> None:
    await _signed_in(world, person, email=TARO, phone=NUMBER)
    page = await world.open(person, "/account/phone/remove")
    assert WRITTEN in page.text
    page = await page.submit("Remove the number")
    assert "was removed" in page.text
    assert not await world.can_sign_in(WRITTEN)
    link = (await world.texts.newest(NUMBER)).link(UNDO)
    assert link == (await world.mails.newest(TARO)).link(UNDO)
    async with world.browser() as owner:
        await (await owner.open(link)).submit("Put the old number back")
    assert await world.can_sign_in(WRITTEN)


async def test_the_last_way_in_is_never_removed(world: PhoneWorld, person: PlainBrowser) -> None:
    await _signed_in(world, person, phone=NUMBER, username="hanako")
    page = await world.open(person, "/account/phone/remove")
    page = await page.submit("Remove the number")
    assert page.status == 422
    assert "could no longer sign in" in page.text
    assert await world.can_sign_in(WRITTEN)
    page = await world.open(person, "/account/email")
    page = await page.submit("Send the code", {"New e-mail address": TARO})
    code = (await world.mails.newest(TARO)).code
    await page.submit("Change the address", {"Six-digit code": code})
    told = await world.texts.newest(NUMBER)
    assert "how you sign in was changed" in told.text, "the only contact there was is told"
    page = await world.open(person, "/account/phone/remove")
    assert (await page.submit("Remove the number")).status == 200


async def test_a_number_that_is_taken_looks_the_same_and_is_told_in_its_message(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await world.make(phone=OTHER)
    await _signed_in(world, person, email=TARO)
    free = await _ask(world, person, "Phone number", WRITTEN)
    taken = await _ask(world, person, "Phone number", OTHER_WRITTEN)
    assert (free.status, free.heading) == (taken.status, taken.heading)
    assert (await world.texts.newest(OTHER)).code == ""
    refused = await taken.submit("Add the number", {"Six-digit code": "000000"})
    assert refused.status == 422
    assert await world.can_sign_in(OTHER_WRITTEN)


async def test_a_code_counts_for_its_own_customer_browser_and_purpose(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await _signed_in(world, person, email=TARO)
    page = await _ask(world, person, "Phone number", WRITTEN)
    code = (await world.texts.newest(NUMBER)).code
    handle = page.url.partition("journey=")[2]
    async with world.browser() as thief:
        await _signed_in(world, thief, email="hanako@example.jp")
        stolen = await world.open(thief, f"/account/phone/code?journey={handle}")
        assert "Enter the code" not in stolen.heading
    for elsewhere in ("/account/email/code", "/verify", "/sign-up/details"):
        moved = await world.open(person, f"{elsewhere}?journey={handle}")
        assert moved.heading != "Your details"
        assert "Change the address" not in moved.text, "a number is no address"
    done = await page.submit("Add the number", {"Six-digit code": code})
    assert "was saved" in done.text
    twice = await page.submit("Add the number", {"Six-digit code": code})
    assert twice.heading == "Profile", "the same form again leads where it led"


async def test_wrong_codes_end_it(world: PhoneWorld, person: PlainBrowser) -> None:
    await _signed_in(world, person, email=TARO)
    page = await _ask(world, person, "Phone number", WRITTEN)
    code = (await world.texts.newest(NUMBER)).code
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert (await page.submit("Add the number", {"Six-digit code": wrong})).status == 422
    assert (await page.submit("Add the number", {"Six-digit code": code})).status == 422
    assert not await world.can_sign_in(WRITTEN)


async def test_an_old_sign_in_is_asked_again_first(
    world: PhoneWorld, person: PlainBrowser, clock: FakeClock
) -> None:
    await _signed_in(world, person, email=TARO, phone=NUMBER)
    clock.advance(timedelta(minutes=6))
    for path in ("/account/phone", "/account/phone/remove"):
        assert (await world.open(person, path)).heading == "Sign in"


async def test_where_numbers_are_off_there_are_no_pages_for_them(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await _signed_in(world, person, email=TARO)
    await world.put("names", phone="off")
    assert (await world.open(person, "/account/phone")).status == 404
    assert "Phone number" not in (await world.open(person, "/account/profile")).text


async def test_the_copy_of_the_account_has_the_number(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    customer = await _signed_in(world, person, email=TARO)
    await _add(world, person)
    async with world.app.state.parts.database.write() as transaction:
        copy = await copy_account(transaction, customer.id, "en")
    (phone,) = [one for one in copy["identifiers"] if one["kind"] == "phone"]
    assert phone["value"] == NUMBER
    assert phone["verified_at"]
    assert "phone.added" in {event["what"] for event in copy["events"]}


async def test_a_number_that_somebody_else_named_is_confirmed_by_its_owner(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    customer = await world.make(email=TARO, phone=NUMBER, is_proven=False)
    await sign_in(world.app, person, customer)
    assert "Not confirmed" in (await world.open(person, "/account/profile")).text
    page = await _ask(world, person, "New phone number", WRITTEN)
    code = (await world.texts.newest(NUMBER)).code
    page = await page.submit("Change the number", {"Six-digit code": code})
    assert "Confirmed on" in page.text
    again = await _ask(world, person, "New phone number", WRITTEN)
    assert "your number already" in again.text
    assert await world.can_sign_in(WRITTEN)


async def _recover(world: PhoneWorld, browser: PlainBrowser) -> Page:
    page = await world.open(browser, "/recover")
    page = await page.submit("Send the code", {"E-mail address": TARO})
    code = (await world.mails.newest(TARO)).code
    page = await page.submit("Next", {"Six-digit code": code})
    return await page.submit(
        "Save the password and sign in", {"New password": "quite another sentence"}
    )


async def test_an_undo_takes_along_what_a_thief_did_since(
    world: PhoneWorld, person: PlainBrowser, clock: FakeClock
) -> None:
    """As the undo of an address: later passwords, apps, addresses; the address comes back too."""
    customer = await _signed_in(world, person, email=TARO, phone=NUMBER)
    await _change(world, person)
    notice = await world.texts.newest(NUMBER)
    clock.advance(timedelta(minutes=1))
    async with world.app.state.parts.database.write() as transaction:
        session = (await transaction.sessions.list_for(customer.id))[0]
        await transaction.authenticators.add(customer.id, "totp", secret=b"a thief's")
        await change_password(
            transaction, customer.id, "$argon2id$a-thief-s", keep_session=session.id
        )
    page = await world.open(person, "/account/email")
    page = await page.submit("Send the code", {"New e-mail address": "thief@example.com"})
    code = (await world.mails.newest("thief@example.com")).code
    await page.submit("Change the address", {"Six-digit code": code})
    async with world.browser() as owner:
        page = await owner.open(notice.link(UNDO))
        assert "goes too" in page.text
        page = await page.submit("Put the old number back")
        assert page.heading == "The change is undone"
        page = await _recover(world, owner)
        assert page.url.endswith("/account"), "no app of the thief is asked for"
    assert await world.can_sign_in(WRITTEN, "quite another sentence")
    async with world.app.state.parts.database.read() as transaction:
        names = {one.value for one in await transaction.identifiers.list_for(customer.id)}
        ways = {one.method for one in await transaction.authenticators.list_for(customer.id)}
    assert names == {TARO, NUMBER}
    assert ways == {"password"}
    links = [one.link("/undo-email-change") for one in await world.mails.to(TARO)]
    async with world.browser() as late:
        assert (await late.open(next(one for one in links if one))).status == 400


async def _register(world: PhoneWorld, browser: PlainBrowser) -> None:
    page = await (await world.open(browser, "/sign-up")).follow("Use a phone number instead")
    page = await page.submit("Next", {"Phone number": WRITTEN})
    page = await page.submit("Next", {"Six-digit code": (await world.texts.newest(NUMBER)).code})
    page = await page.submit(
        "Create the account",
        {"Family name": "山田", "Given name": "次郎", "Password": "quite another sentence"},
    )
    assert page.status == 200


async def test_a_number_that_was_let_go_of_is_its_new_holder_s(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    """A number is given to somebody else: removed by one customer, it registers the next."""
    await _signed_in(world, person, email=TARO, phone=NUMBER)
    page = await world.open(person, "/account/phone/remove")
    await page.submit("Remove the number")
    undo = (await world.mails.newest(TARO)).link(UNDO)
    world.app.state.parts.clock.advance(timedelta(minutes=2))
    async with world.browser() as other:
        await _register(world, other)
        # The undo of the former holder does not take it away again.
        late = await (await other.open(undo)).submit("Put the old number back")
        assert late.status == 400
    assert await world.can_sign_in(WRITTEN, "quite another sentence")
    assert await world.can_sign_in(TARO)


async def _close(world: PhoneWorld, customer: Customer) -> None:
    screen = Screen("account", "https://id.example.jp", "en")
    async with world.app.state.parts.database.write() as transaction:
        assert await close_account(transaction, customer.id, screen=screen)


async def _let_in_again(world: PhoneWorld, customer: Customer) -> None:
    async with world.app.state.parts.database.write() as transaction:
        actor = Actor.operator("a test")
        assert await enable_customer(transaction, customer.id, "asked", actor=actor)


async def test_a_closed_account_lets_go_of_its_number(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    """Carriers give numbers to others: the next holder registers, and the first gets no code."""
    customer = await _signed_in(world, person, email=TARO, phone=NUMBER)
    await _close(world, customer)
    async with world.browser() as other:
        await _register(world, other)
    await _let_in_again(world, customer)
    assert await world.can_sign_in(TARO)
    assert not await world.can_sign_in(WRITTEN), "the number is the next holder's"
    assert await world.can_sign_in(WRITTEN, "quite another sentence")
    async with world.app.state.parts.database.read() as transaction:
        assert await sms_code.find_target(transaction, customer.id) is None


async def test_who_is_let_in_again_has_the_number_again(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    customer = await _signed_in(world, person, phone=NUMBER)
    await _close(world, customer)
    assert not await world.can_sign_in(WRITTEN)
    await _let_in_again(world, customer)
    assert await world.can_sign_in(WRITTEN)
