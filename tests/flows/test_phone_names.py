"""Numbers and user names as names to sign in with: register, come back, lose a password."""

import pytest
from starlette.applications import Starlette

from tests.flows.account_people import PASSWORD
from tests.flows.phone_world import NUMBER, OTHER, OTHER_WRITTEN, WRITTEN, PhoneWorld
from tests.parts.plain_browser import Page, PlainBrowser

DETAILS = {"Family name": "山田", "Given name": "花子", "Password": "a password nobody guesses"}
NEW = "a quite different password"
TARO = "taro@example.jp"


@pytest.fixture
async def world(app: Starlette) -> PhoneWorld:
    """Give a server whose customers may have numbers alone, and user names."""
    found = PhoneWorld.of(app)
    await found.put("names", phone="sign_up", username="optional")
    return found


async def _give_number(world: PhoneWorld, browser: PlainBrowser, typed: str = WRITTEN) -> Page:
    page = await world.open(browser, "/sign-up")
    page = await page.follow("Use a phone number instead")
    return await page.submit("Next", {"Phone number": typed})


async def _ask_for_password(world: PhoneWorld, browser: PlainBrowser, typed: str) -> Page:
    page = await world.open(browser, "/recover")
    page = await page.follow("Use a phone number instead")
    return await page.submit("Send the code", {"Phone number": typed})


async def test_a_number_alone_makes_an_account_and_signs_in(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    page = await _give_number(world, person, "０９０ー１２３４ー５６７８")
    assert page.heading == "Enter the code"
    assert "••78" in page.text
    assert "link in the mail" not in page.text
    message = await world.texts.newest(NUMBER)
    page = await page.submit("Next", {"Six-digit code": message.code})
    assert page.heading == "Your details"
    assert WRITTEN in page.text
    page = await page.submit("Create the account", DETAILS)
    assert page.status == 200
    assert WRITTEN in (await world.open(person, "/account/profile")).text
    database = world.app.state.parts.database
    async with database.read() as transaction:
        found = await transaction.identifiers.find_login(NUMBER)
        assert found is not None
        assert (found.kind, found.value) == ("phone", NUMBER)
        assert found.verified_at is not None
    for typed in (WRITTEN, "+81 90 1234 5678", "09012345678"):
        assert await world.can_sign_in(typed, DETAILS["Password"])
    assert not await world.can_sign_in(WRITTEN, "not the password at all")
    async with database.read() as transaction:
        sent = (await transaction.sms_sending.find_today()).messages
    assert sent == 1 + 3, "the code, and a notice of each device that was not known"


async def test_a_number_that_has_an_account_looks_the_same_and_is_told_in_its_message(
    world: PhoneWorld,
) -> None:
    await world.make(phone=NUMBER)
    pages = []
    for typed in (WRITTEN, OTHER_WRITTEN):
        async with world.browser() as browser:
            page = await _give_number(world, browser, typed)
            pages.append((page.status, page.heading, page.text.replace("••78", "••32")))
    assert pages[0] == pages[1]
    known, unknown = await world.texts.newest(NUMBER), await world.texts.newest(OTHER)
    assert known.code == ""
    assert "/sign-in" in known.text
    assert unknown.code


async def test_where_numbers_do_not_sign_up_no_page_offers_it(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await world.put("names", phone="off")
    page = await world.open(person, "/sign-up?by=phone")
    assert "Phone number" not in page.text
    assert "E-mail address" in page.text
    await world.make(phone=NUMBER)
    assert not await world.can_sign_in(WRITTEN)
    assert "E-mail address" in (await world.open(person, "/sign-in")).text
    await world.put("names", phone="sign_in")
    assert await world.can_sign_in(WRITTEN)
    assert "E-mail address or phone number" in (await world.open(person, "/sign-in")).text


@pytest.mark.parametrize("typed", ["", "090", "03-1234-5678", "0990-123456", "taro@example.jp"])
async def test_what_gets_no_messages_is_mended_first(
    world: PhoneWorld, person: PlainBrowser, typed: str
) -> None:
    page = await _give_number(world, person, typed)
    assert page.status == 422
    assert "Enter a mobile number" in page.text
    assert await world.texts.all() == []


async def test_a_country_that_gets_no_messages_is_said_so(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    page = await _give_number(world, person, "+62 812 3456 7890")
    assert page.status == 422
    assert "cannot send messages" in page.text
    assert await world.texts.all() == []


async def test_a_user_name_beside_the_proven_address(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    page = await _give_number(world, person)
    code = (await world.texts.newest(NUMBER)).code
    page = await page.submit("Next", {"Six-digit code": code})
    await world.make(email=TARO, username="Hanako.Y")
    for wrong, sentence in (
        ("ＨＡＮＡＫＯ.y", "is taken"),
        ("090-1234-0000", "at least one letter"),
        ("hanako@home", "3 to 64 letters"),
        ("h\u0430nako", "Latin or Japanese"),
    ):
        page = await page.submit("Create the account", {**DETAILS, "User name": wrong})
        assert page.status == 422, wrong
        assert sentence in page.text
    page = await page.submit("Create the account", {**DETAILS, "User name": "はなこ-2"})
    assert page.status == 200
    assert await world.can_sign_in("はなこ-2", DETAILS["Password"])
    assert await world.can_sign_in("HANAKO.Y")
    await world.put("names", phone="sign_up", username="off")
    assert not await world.can_sign_in("HANAKO.Y")
    assert await world.can_sign_in(TARO), "their address still opens"


async def test_a_user_name_that_is_required_is_asked_for(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await world.put("names", phone="sign_up", username="required")
    page = await _give_number(world, person)
    code = (await world.texts.newest(NUMBER)).code
    page = await page.submit("Next", {"Six-digit code": code})
    page = await page.submit("Create the account", DETAILS)
    assert page.status == 422
    assert "3 to 64 letters" in page.text


async def test_a_lost_password_is_set_by_text_message_where_there_is_only_a_number(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await world.make(phone=NUMBER)
    page = await _ask_for_password(world, person, WRITTEN)
    assert page.heading == "Check your messages"
    code = (await world.texts.newest(NUMBER)).code
    page = await page.submit("Next", {"Six-digit code": code})
    page = await page.submit("Save the password and sign in", {"New password": NEW})
    assert page.status == 200
    assert await world.can_sign_in(WRITTEN, NEW)
    assert not await world.can_sign_in(WRITTEN, PASSWORD)
    told = [message.text for message in await world.texts.to(NUMBER)]
    assert sum("how you sign in was changed" in text for text in told) == 1
    assert any("sign-in on a new device" in text for text in told)


async def test_where_there_is_an_address_the_code_is_mailed_and_the_number_proves_nothing(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await world.make(email=TARO, phone=NUMBER)
    page = await _ask_for_password(world, person, WRITTEN)
    assert page.heading == "Check your messages"
    assert await world.texts.all() == [], "whoever holds the number now gets nothing"
    code = (await world.mails.newest(TARO)).code
    page = await page.submit("Next", {"Six-digit code": code})
    assert page.heading == "Choose a new password"
    page = await page.submit("Save the password and sign in", {"New password": NEW})
    assert await world.can_sign_in(TARO, NEW)


async def test_known_and_unknown_numbers_see_the_same_and_only_the_known_gets_a_message(
    world: PhoneWorld,
) -> None:
    await world.make(phone=NUMBER)
    pages = []
    for typed in (WRITTEN, OTHER_WRITTEN):
        async with world.browser() as browser:
            page = await _ask_for_password(world, browser, typed)
            pages.append((page.status, page.heading, page.text.replace("••78", "••32")))
            guessed = await page.submit("Next", {"Six-digit code": "000000"})
            assert guessed.status == 422
    assert pages[0] == pages[1]
    assert [one.to for one in await world.texts.all()] == [NUMBER]


async def test_beyond_the_cap_of_a_number_nothing_is_sent_and_nothing_is_said(
    world: PhoneWorld,
) -> None:
    for _ in range(5):
        async with world.browser() as browser:
            page = await _give_number(world, browser)
            assert page.heading == "Enter the code"
    assert len(await world.texts.to(NUMBER)) == 3


async def test_a_message_in_japanese_for_who_reads_japanese(world: PhoneWorld) -> None:
    async with world.browser() as browser:
        page = await (await world.open(browser, "/sign-up")).follow("日本語")
        page = await page.follow("電話番号を使う")
        page = await page.submit("次へ", {"電話番号": WRITTEN})
        assert "コード" in page.heading
    message = await world.texts.newest(NUMBER)
    assert "電話番号の確認コードは" in message.text
    assert message.code
