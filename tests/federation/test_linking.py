"""A social identity meets an account: proven on both sides, asked, undone; never silently."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from ciam.audit.trail import Actor
from ciam.authentication.completion import SignedIn
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import SIGN_IN, StepTaken, begin_from, load
from ciam.authentication.pending_link import answer_question
from ciam.authentication.proceed import OnTheWay
from ciam.authentication.sign_in import sign_in
from ciam.authentication.sign_up import finish_sign_up, give_address
from ciam.authentication.social_sign_in import (
    arrive,
    arrive_to_link,
    begin_link,
    finish_link,
)
from ciam.authentication.state import Step
from ciam.authentication.verification import verify_code
from ciam.customers.credentials import change_password
from ciam.customers.customer import disable_customer
from ciam.errors import PageRefusal
from ciam.federation.identity import EmailTrust
from ciam.federation.linking import IdentityTaken, LastWayIn, link, undo, unlink
from ciam.storage import Database
from tests.authentication.people import (
    PASSWORD,
    TARO,
    CountingHasher,
    mails,
    make_customer,
    new_browser,
    session_of,
)
from tests.federation.social import come_back, holder_of, identity, journey_of
from tests.parts.clock import FakeClock

NAMES = {"family_name": "山田", "given_name": "太郎"}
ORIGIN = "http://localhost"
STORED = "$argon2id$not-a-real-hash"


async def _sign_in_beside(
    database: Database, hasher: CountingHasher, handle: str, browser: BrowserContext
) -> tuple[str, SignedIn | OnTheWay]:
    """Follow "I have an account already", and sign in with the password."""
    async with database.write() as transaction:
        origin = await load(transaction, handle, browser)
        beside = await begin_from(transaction, origin, SIGN_IN, browser)
    return beside, await sign_in(
        database, hasher, beside, browser, identifier=TARO, password=PASSWORD
    )


async def _code(database: Database) -> str:
    return str((await mails(database))[-1]["message"]["code"])


async def test_a_new_identity_becomes_a_customer_without_a_password_and_signs_in_from_then_on(
    database: Database, hasher: CountingHasher
) -> None:
    browser, line = new_browser(), identity(database, email=None, trust=EmailTrust.NONE)
    handle, way = await come_back(database, browser, line)
    assert way == OnTheWay(f"/sign-up?journey={handle}"), "a missing address is asked for"
    await give_address(database, handle, browser, TARO)
    await verify_code(database, handle, browser, await _code(database))
    work = hasher.work
    await finish_sign_up(database, hasher, handle, browser, NAMES, origin=ORIGIN)
    assert hasher.work == work, "no password is asked or hashed"
    _, again = await come_back(database, new_browser(), line)
    assert isinstance(again, SignedIn)


async def test_an_address_that_the_provider_answers_for_is_not_asked_again(
    database: Database, hasher: CountingHasher
) -> None:
    browser, line = new_browser(), identity(database, trust=EmailTrust.AUTHORITATIVE)
    handle, way = await come_back(database, browser, line)
    assert way == OnTheWay(f"/sign-up/details?journey={handle}")
    await finish_sign_up(database, hasher, handle, browser, NAMES, origin=ORIGIN)
    assert await holder_of(database, line) is not None
    assert await mails(database) == []


async def test_a_known_address_is_told_in_the_mailbox_alone_and_its_code_leads_to_a_question(
    database: Database, hasher: CountingHasher
) -> None:
    taro = await make_customer(database, hasher)
    browser, line = new_browser(), identity(database)
    handle, way = await come_back(database, browser, line)
    other, stranger = await come_back(
        database, new_browser(), identity(database, "U-2", "nobody@example.jp")
    )
    assert way == OnTheWay(f"/sign-up?journey={handle}")
    assert stranger == OnTheWay(f"/sign-up?journey={other}"), "the same for a free address"
    await give_address(database, handle, browser, TARO)
    assert (await journey_of(database, handle, browser)).path == f"/verify?journey={handle}"
    journey = await verify_code(database, handle, browser, await _code(database))
    assert journey.path == f"/federation/confirm?journey={handle}"
    assert await holder_of(database, line) is None, "nothing is linked before the question"
    await answer_question(database, handle, browser, wants=True)
    assert await holder_of(database, line) == taro.id
    told = [mail for mail in await mails(database) if mail["template"] == "login_linked"]
    assert [mail["to"] for mail in told] == [TARO]


async def test_signing_in_beside_it_asks_and_both_answers_sign_in(
    database: Database, hasher: CountingHasher
) -> None:
    taro = await make_customer(database, hasher)
    for wants in (False, True):
        browser, line = new_browser(), identity(database, email="another@example.jp")
        handle, _ = await come_back(database, browser, line)
        beside, way = await _sign_in_beside(database, hasher, handle, browser)
        assert way == OnTheWay(f"/federation/confirm?journey={beside}")
        done = await answer_question(database, beside, browser, wants=wants)
        assert isinstance(done, SignedIn)
        assert (await holder_of(database, line) == taro.id) is wants
        with pytest.raises(StepTaken):
            await answer_question(database, beside, browser, wants=True)


async def test_a_social_only_customer_connects_a_second_one_by_the_first(
    database: Database, hasher: CountingHasher
) -> None:
    first = identity(database, trust=EmailTrust.AUTHORITATIVE)
    browser = new_browser()
    handle, _ = await come_back(database, browser, first)
    await finish_sign_up(database, hasher, handle, browser, NAMES, origin=ORIGIN)
    second = identity(database, "U-second", "second@example.jp")
    handle, _ = await come_back(database, browser, second)
    async with database.write() as transaction:
        origin = await load(transaction, handle, browser)
        again = await begin_from(transaction, origin, "sign_up", browser)
        journey = await load(transaction, again, browser)
        await transaction.journeys.change(
            journey.record,
            journey.record.state | {"step": Step.AT_PROVIDER.value},
            customer=None,
        )
    way = await arrive(database, again, browser, first)
    assert isinstance(way, OnTheWay)
    await answer_question(database, again, browser, wants=True)
    assert await holder_of(database, second) == await holder_of(database, first)


async def test_the_first_proof_of_an_address_leaves_nothing_of_who_was_there_before(
    database: Database, hasher: CountingHasher
) -> None:
    attacker = await make_customer(database, hasher, email_verified_at=None)
    planted = identity(database, "U-attacker", email=None)
    async with database.write() as transaction:
        await link(transaction, attacker.id, planted)
    browser, line = new_browser(), identity(database)
    handle, _ = await come_back(database, browser, line)
    await give_address(database, handle, browser, TARO)
    await verify_code(database, handle, browser, await _code(database))
    await answer_question(database, handle, browser, wants=True)
    assert await holder_of(database, planted) is None
    assert await holder_of(database, line) == attacker.id
    async with database.read() as transaction:
        assert await transaction.authenticators.list_for(attacker.id) == []


async def test_where_there_is_a_second_factor_the_mail_holds_no_code(
    database: Database, hasher: CountingHasher
) -> None:
    taro = await make_customer(database, hasher)
    async with database.write() as transaction:
        await transaction.authenticators.add(taro.id, "totp", secret=b"seed")
    browser = new_browser()
    handle, _ = await come_back(database, browser, identity(database))
    await give_address(database, handle, browser, TARO)
    assert (await mails(database))[-1]["template"] == "address_known"


@pytest.mark.parametrize("step", ["used", "cancelled", "other_browser", "old", "credential", "off"])
async def test_a_proof_dies(
    database: Database, hasher: CountingHasher, clock: FakeClock, step: str
) -> None:
    taro = await make_customer(database, hasher)
    session = await session_of(database, taro.id)
    browser, line = new_browser(), identity(database)
    handle, _ = await come_back(database, browser, line)
    beside, _ = await _sign_in_beside(database, hasher, handle, browser)
    if step == "used":
        await answer_question(database, beside, browser, wants=True)
        async with database.write() as transaction:
            own = await transaction.external_identities.list_for(taro.id)
            await unlink(transaction, taro.id, own[0].id, keep_session=session.id)
    if step == "cancelled":
        await answer_question(database, beside, browser, wants=False)
    if step == "old":
        clock.advance(timedelta(minutes=10))
    if step == "credential":
        async with database.write() as transaction:
            await change_password(transaction, taro.id, STORED)
    if step == "off":
        async with database.write() as transaction:
            await transaction.connections.disable("line")
            await transaction.config.raise_generation()
    who = new_browser() if step == "other_browser" else browser
    with pytest.raises((StepTaken, PageRefusal)):
        await answer_question(database, beside, who, wants=True)
    assert await holder_of(database, line) is None


async def test_a_link_from_the_account_is_asked_and_only_its_customer_may_answer(
    database: Database, hasher: CountingHasher
) -> None:
    taro = await make_customer(database, hasher)
    jiro = await make_customer(database, hasher, "jiro@example.jp", password_hash=STORED)
    browser, line = new_browser(), identity(database)
    handle = await begin_link(database, await session_of(database, taro.id), browser)
    with pytest.raises(StepTaken):
        await arrive_to_link(database, handle, browser, line, jiro.id)
    await arrive_to_link(database, handle, browser, line, taro.id)
    with pytest.raises(StepTaken):
        await finish_link(database, handle, browser, jiro.id, wants=True)
    with pytest.raises(StepTaken):
        await answer_question(database, handle, browser, wants=True)
    await finish_link(database, handle, browser, taro.id, wants=True)
    assert await holder_of(database, line) == taro.id
    again = await begin_link(database, await session_of(database, jiro.id), browser)
    with pytest.raises(IdentityTaken):
        await arrive_to_link(database, again, browser, line, jiro.id)


async def test_several_identities_of_one_provider_and_the_last_way_in_stays(
    database: Database, hasher: CountingHasher
) -> None:
    taro = await make_customer(database, hasher, password_hash=None)
    session = await session_of(database, taro.id)
    async with database.write() as transaction:
        for subject in ("U-1", "U-2"):
            await link(transaction, taro.id, identity(database, subject))
        first, second = await transaction.external_identities.list_for(taro.id)
    async with database.write() as transaction:
        assert await unlink(transaction, taro.id, first.id, keep_session=session.id)
    with pytest.raises(LastWayIn):
        async with database.write() as transaction:
            await unlink(transaction, taro.id, second.id, keep_session=session.id)


def _undo_link(mail: dict[str, object]) -> str:
    message = mail["message"]
    assert isinstance(message, dict)
    return parse_qs(urlsplit(str(message["undo_link"])).query)["token"][0]


async def test_an_unlink_is_undone_for_72_hours_and_once(
    database: Database, hasher: CountingHasher, clock: FakeClock
) -> None:
    taro = await make_customer(database, hasher)
    line = identity(database)
    for wait, is_back in ((timedelta(hours=71), True), (timedelta(hours=72), False)):
        session = await session_of(database, taro.id)
        async with database.write() as transaction:
            if await transaction.external_identities.find(line.issuer, line.subject) is None:
                await link(transaction, taro.id, line)
            own = await transaction.external_identities.list_for(taro.id)
            await unlink(transaction, taro.id, own[0].id, keep_session=session.id)
        mailed = _undo_link((await mails(database))[-1])
        clock.advance(wait)
        for attempt in (1, 2):
            try:
                async with database.write() as transaction:
                    await undo(transaction, mailed)
            except PageRefusal:
                assert attempt == 2 or not is_back
        assert (await holder_of(database, line) == taro.id) is is_back


async def test_undoing_a_link_disconnects_it_and_ends_what_is_open(
    database: Database, hasher: CountingHasher
) -> None:
    taro = await make_customer(database, hasher)
    line = identity(database)
    async with database.write() as transaction:
        await link(transaction, taro.id, line)
    _, way = await come_back(database, new_browser(), line)
    assert isinstance(way, SignedIn)
    told = next(mail for mail in await mails(database) if mail["template"] == "login_linked")
    async with database.write() as transaction:
        await undo(transaction, _undo_link(told))
        assert await transaction.sessions.list_for(taro.id) == []
    assert await holder_of(database, line) is None


async def test_what_the_owner_undid_cannot_be_brought_back(
    database: Database, hasher: CountingHasher
) -> None:
    """The thief unlinks what they linked, keeps that mail's undo, and waits for the owner."""
    attacker = await make_customer(database, hasher, email_verified_at=None)
    session = await session_of(database, attacker.id)
    planted = identity(database, "U-attacker", email=None)
    async with database.write() as transaction:
        await link(transaction, attacker.id, planted)
        own = await transaction.external_identities.list_for(attacker.id)
        await transaction.link_undos.issue(
            "ciam_ln_kept",
            attacker.id,
            "unlinked",
            {"issuer": planted.issuer, "subject": planted.subject, "connection": "line"},
            transaction.clock.now() + timedelta(hours=72),
        )
        await unlink(transaction, attacker.id, own[0].id, keep_session=session.id)
    browser = new_browser()
    handle, _ = await come_back(database, browser, identity(database))
    await give_address(database, handle, browser, TARO)
    await verify_code(database, handle, browser, await _code(database))
    with pytest.raises(PageRefusal):
        async with database.write() as transaction:
            await undo(transaction, "ciam_ln_kept")
    assert await holder_of(database, planted) is None


async def test_a_disabled_customer_gets_in_by_no_login(
    database: Database, hasher: CountingHasher
) -> None:
    taro = await make_customer(database, hasher)
    line = identity(database)
    async with database.write() as transaction:
        await link(transaction, taro.id, line)
        await disable_customer(transaction, taro.id, "a test", actor=Actor.operator("test"))
    with pytest.raises(PageRefusal):
        await come_back(database, new_browser(), line)


async def test_a_changed_or_inherited_address_changes_nobody(
    database: Database, hasher: CountingHasher
) -> None:
    """L-05: 500 times the address moves, or goes to another subject; each stays who it was."""
    taro = await make_customer(database, hasher)
    line = identity(database)
    async with database.write() as transaction:
        await link(transaction, taro.id, line)
    for number in range(250):
        moved = identity(database, email=f"moved{number}@example.jp")
        _, way = await come_back(database, new_browser(), moved)
        assert isinstance(way, SignedIn)
        heir = identity(database, f"U-heir-{number}", line.email)
        _, way = await come_back(database, new_browser(), heir)
        assert isinstance(way, OnTheWay)
        assert await holder_of(database, heir) is None


async def test_a_silent_link_needs_the_operators_word_an_authoritative_and_a_verified_address(
    database: Database, hasher: CountingHasher
) -> None:
    await make_customer(database, hasher)
    await make_customer(
        database, hasher, "unproven@example.jp", email_verified_at=None, password_hash=STORED
    )
    cases = [
        (False, TARO, EmailTrust.AUTHORITATIVE, False),
        (True, TARO, EmailTrust.VERIFIED, False),
        (True, "unproven@example.jp", EmailTrust.AUTHORITATIVE, False),
        (True, TARO, EmailTrust.AUTHORITATIVE, True),
    ]
    for number, (is_chosen, email, trust, is_linked) in enumerate(cases):
        async with database.write() as transaction:
            silent = ["line"] if is_chosen else []
            await transaction.policies.put("linking", {"silent": silent}, managed_by="file")
            await transaction.config.raise_generation()
        line = identity(database, f"U-{number}", email, trust)
        await come_back(database, new_browser(), line)
        assert (await holder_of(database, line) is not None) is is_linked, (email, trust)


async def test_a_look_alike_of_an_address_is_not_linked_silently(
    database: Database, hasher: CountingHasher
) -> None:
    await make_customer(database, hasher, "straße@example.jp", password_hash=STORED)
    async with database.write() as transaction:
        await transaction.policies.put("linking", {"silent": ["line"]}, managed_by="file")
        await transaction.config.raise_generation()
    line = identity(database, email="strasse@example.jp", trust=EmailTrust.AUTHORITATIVE)
    await come_back(database, new_browser(), line)
    assert await holder_of(database, line) is None
