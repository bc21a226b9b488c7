"""Decisions: what is asked, what counts as an answer, what is written down."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ciam.consent import decisions, history
from ciam.consent.notices import put_notice
from ciam.consent.purposes import find_purpose, put_purpose
from ciam.consent.questions import Decisions
from ciam.errors import FormRefused
from ciam.storage.stores.receipts import PURPOSE
from ciam.storage.tables.audit import audit_event
from tests.consent.conftest import World
from tests.consent.documents import newsletter, terms


async def test_sign_up_asks_the_required_notices_and_optional_purposes(world: World) -> None:
    async with world.database.read() as transaction:
        questions = await decisions.questions_for_sign_up(transaction, "ja")
    assert [item.title for item in questions.notices] == ["利用規約", "Privacy notice"]
    assert [item.title for item in questions.purposes] == ["お知らせメール"]
    assert questions.notices[0].href == "/notices/terms/2030-01"


NOTICES = {"notice_terms": "2030-01", "notice_privacy": "2030-01"}


async def test_a_required_notice_left_open_refuses_the_form(world: World) -> None:
    async with world.database.read() as transaction:
        questions = await decisions.questions_for_sign_up(transaction, "en")
    with pytest.raises(FormRefused) as refused:
        decisions.check_answers(questions, {"notice_privacy": "2029-12"})
    assert {name: str(text) for name, text in refused.value.errors.items()} == {
        "notice_terms": "Please read “Terms of use” and agree to go on.",
        "notice_privacy": "This text has changed in the meantime. Please read it again.",
    }


@pytest.mark.parametrize(
    ("answer", "act"), [("give", "given"), ("refuse", "refused"), (None, "refused")]
)
async def test_no_optional_purpose_blocks_sign_up_and_silence_is_no_consent(
    world: World, answer: str | None, act: str
) -> None:
    values = {**NOTICES, "shown_newsletter": "1"}
    if answer is not None:
        values["purpose_newsletter"] = answer
    async with world.database.write() as transaction:
        questions = await decisions.questions_for_sign_up(transaction, "en")
        written = await decisions.record_decisions(
            transaction,
            world.customer,
            decisions.check_answers(questions, values),
            screen=questions.shown_on("sign_up", "https://id.example.jp"),
        )
        outstanding = await decisions.find_outstanding(transaction, world.customer)
    assert sorted(item.act for item in written) == sorted(["accepted", "accepted", act])
    assert not outstanding


@pytest.mark.parametrize(
    "form",
    [{"shown_newsletter": "0", "purpose_newsletter": "give"}, {"purpose_newsletter": "give"}],
    ids=["about an older text", "about no text"],
)
async def test_an_answer_about_another_text_is_not_carried_over(
    world: World, form: dict[str, str]
) -> None:
    async with world.database.read() as transaction:
        questions = await decisions.questions_for_sign_up(transaction, "en")
    with pytest.raises(FormRefused) as refused:
        decisions.check_answers(questions, {**NOTICES, **form})
    assert {name: str(text) for name, text in refused.value.errors.items()} == {
        "purpose_newsletter": "This text has changed in the meantime. Please read it again.",
    }


async def test_a_purpose_that_the_form_did_not_show_is_not_decided(world: World) -> None:
    async with world.database.read() as transaction:
        questions = await decisions.questions_for_sign_up(transaction, "en")
    assert decisions.check_answers(questions, NOTICES).purposes == {}


async def test_the_same_answer_twice_leaves_one_receipt(world: World) -> None:
    assert len(await world.answer("newsletter", agrees=True)) == 1
    assert await world.answer("newsletter", agrees=True) == []
    assert [item.act for item in await world.answer("newsletter", agrees=False)] == ["withdrawn"]
    assert await world.answer("newsletter", agrees=False) == []
    assert [item.act for item in await world.answer("newsletter", agrees=True)] == ["given"]


async def test_every_decision_stands_in_the_audit_trail_without_saying_who(world: World) -> None:
    for agrees in (False, True, False):
        await world.answer("newsletter", agrees=agrees)
    async with world.database.read() as transaction:
        person = await transaction.customers.find(world.customer)
        rows = (
            await transaction.connection.execute(
                select(audit_event).where(audit_event.c.kind.like("purpose.%")).order_by("id")
            )
        ).all()
    assert person is not None
    assert [row.kind for row in rows] == ["purpose.refused", "purpose.given", "purpose.withdrawn"]
    assert {row.details["subject"] for row in rows} == {"newsletter"}
    for row in rows:
        assert person.customer_id not in str(row)
        assert str(world.customer) not in str(row)


async def test_a_changed_notice_asks_again_only_if_it_says_so(world: World) -> None:
    async with world.database.write() as transaction:
        asked = await decisions.find_outstanding(transaction, world.customer)
        await decisions.record_decisions(
            transaction,
            world.customer,
            Decisions(frozenset(item.id for item in asked.notices), {}),
            screen=world.screen(),
        )
        await put_notice(transaction, terms("2030-02", asks_again=False))
        quiet = await decisions.find_outstanding(transaction, world.customer)
        await put_notice(transaction, terms("2030-03"))
        loud = await decisions.find_outstanding(transaction, world.customer)
    assert quiet.notices == ()
    assert [item.version for item in loud.notices] == ["2030-03"]


async def test_a_purpose_asked_with_an_app_is_outstanding_only_for_that_app(world: World) -> None:
    async with world.database.read() as transaction:
        for client, keys in (
            (None, ["newsletter"]),
            (world.shop, ["newsletter"]),
            (world.partner, ["newsletter", "partner-offers"]),
        ):
            found = await decisions.find_outstanding(transaction, world.customer, client)
            assert [item.key for item in found.purposes] == keys


async def test_a_version_that_is_no_longer_in_force_cannot_be_decided(world: World) -> None:
    async with world.database.write() as transaction:
        old = await find_purpose(transaction, "newsletter")
        await put_purpose(transaction, newsletter(retention_days=30))
    assert old is not None
    with pytest.raises(FormRefused):
        async with world.database.write() as transaction:
            await decisions.record_decisions(
                transaction,
                world.customer,
                Decisions(frozenset(), {old.id: True}),
                screen=world.screen(),
            )


async def test_new_terms_of_a_purpose_end_older_consent_and_ask_again(world: World) -> None:
    await world.answer("newsletter", agrees=True)
    async with world.database.write() as transaction:
        await put_purpose(transaction, newsletter(retention_days=30))
        found = await decisions.find_outstanding(transaction, world.customer)
    assert [item.key for item in found.purposes] == ["newsletter"]


async def test_history_tells_what_held_from_what_we_believed(world: World) -> None:
    """A refusal on paper of the 2nd is recorded on the 10th; on the 5th we believed in consent."""
    start = world.clock.now()
    await world.answer("newsletter", agrees=True)
    world.clock.advance(timedelta(days=10))
    async with world.database.write() as transaction:
        purpose = await find_purpose(transaction, "newsletter")
        assert purpose is not None
        await decisions.record_decisions(
            transaction,
            world.customer,
            Decisions(frozenset(), {purpose.id: False}),
            screen=world.screen("paper"),
            effective_at=start + timedelta(days=2),
        )

        async def ask(held: int, believed: int) -> str | None:
            found = await history.find_decision(
                transaction,
                world.customer,
                subject_kind=PURPOSE,
                subject=purpose.purpose,
                held_at=start + timedelta(days=held),
                believed_at=start + timedelta(days=believed),
            )
            return found.act if found else None

        assert await ask(-1, 10) is None
        assert await ask(5, 5) == "given"
        assert await ask(5, 10) == "withdrawn"
        assert await ask(1, 10) == "given"


async def test_an_older_decision_recorded_late_does_not_undo_a_newer_one(world: World) -> None:
    start = world.clock.now()
    world.clock.advance(timedelta(days=5))
    await world.answer("newsletter", agrees=True)
    async with world.database.write() as transaction:
        purpose = await find_purpose(transaction, "newsletter")
        assert purpose is not None
        await decisions.record_decisions(
            transaction,
            world.customer,
            Decisions(frozenset(), {purpose.id: False}),
            screen=world.screen("paper"),
            effective_at=start,
        )
        states = await transaction.receipts.list_states(world.customer)
    assert [state.state for state in states] == ["given"]
