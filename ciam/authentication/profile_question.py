"""Ask for the next thing of the profile, after all is proven and before the session begins.

There is no session until a required attribute is answered; another may be put off. Whoever is
signed in already and comes for an app is asked in a journey of its own, which leaves the session as
it is. Each question has a ticket, so that a form sent twice has one effect and never answers the
question after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ciam.authentication.answer_again import answer_code_again
from ciam.authentication.completion import (
    OnTheWay,
    answer_hash,
    check_session,
    complete,
    lock_holder,
)
from ciam.authentication.journey import SIGN_IN, StepTaken, begin, finish, load, move, path_of
from ciam.authentication.method import keep_proof, read_proof
from ciam.authentication.state import Step
from ciam.customers.attribute_forms import read_form
from ciam.customers.definitions import load_schema
from ciam.customers.profile import change_profile
from ciam.customers.profile_questions import find_question
from ciam.errors import FormRefused
from ciam.identifiers import is_same, new_opaque
from ciam.protection.lockout import take_back
from ciam.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from ciam.authentication.completion import SignedIn
    from ciam.authentication.context import BrowserContext
    from ciam.authentication.journey import Journey
    from ciam.authentication.method import Proven
    from ciam.authentication.requirement import Requirement
    from ciam.customers.attributes import Attribute, Schema
    from ciam.storage import Database, UnitOfWork
    from ciam.storage.stores.sessions import Session

SOURCE: Final = "sign_in"
_METHOD: Final = "profile question"


@dataclass(frozen=True, slots=True)
class ProfileQuestion:
    """A journey that asks, and what; `attribute` is None when it is no more to be asked."""

    journey: Journey
    customer: UUID
    schema: Schema
    attribute: Attribute | None

    @property
    def is_required(self) -> bool:
        """Whether it has to be answered."""
        return self.attribute is not None and self.attribute.is_required_at_sign_in

    @property
    def required(self) -> frozenset[str]:
        """What has to be filled in where the form is sent: who puts it off sends no answer."""
        return frozenset(() if self.attribute is None else {self.attribute.name})


async def ask_or_complete(
    transaction: UnitOfWork, journey: Journey, proven: Proven, context: BrowserContext
) -> SignedIn | OnTheWay:
    """Ask the next thing, or end the journey in a session where there is nothing to be asked.

    Raise what `complete` raises.
    """
    attribute = await find_question(
        transaction,
        proven.customer,
        asked=journey.state.asked,
        is_in_session=journey.state.session is not None,
    )
    if attribute is None:
        return await complete(transaction, journey, proven, context)
    holder = await lock_holder(transaction, proven)
    if proven.guess is not None:
        await take_back(transaction, proven.guess)
    asking = replace(journey, state=replace(journey.state, proof=keep_proof(proven)))
    return await _ask(transaction, asking, holder.id, attribute)


async def begin_profile_question(
    transaction: UnitOfWork,
    session: Session,
    *,
    requirement: Requirement,
    return_to: str,
    context: BrowserContext,
    client: UUID | None = None,
) -> Journey:
    """Begin a journey that asks who is signed in what is required of them."""
    handle = await begin(
        transaction,
        kind=SIGN_IN,
        requirement=requirement,
        return_to=return_to,
        context=context,
        client=client,
    )
    journey = await load(transaction, handle, context)
    attribute = await find_question(transaction, session.customer, is_in_session=True)
    if attribute is not None:
        asking = replace(journey, state=replace(journey.state, session=session.id))
        await _ask(transaction, asking, session.customer, attribute)
    return await load(transaction, handle, context)


async def load_profile_question(
    transaction: UnitOfWork, handle: str, context: BrowserContext
) -> ProfileQuestion:
    """Give the journey and what it asks; raise StepTaken when it asks nothing (any more)."""
    journey = await load(transaction, handle, context)
    customer, state = journey.record.customer, journey.state
    if journey.is_finished or state.step is not Step.QUESTION or customer is None:
        raise StepTaken("nothing of the profile is asked")
    await check_session(transaction, state, context)
    schema = await load_schema(transaction)
    attribute = schema.by_name.get(state.question)
    is_asked = attribute is not None and attribute.rules.sign_in is not None
    return ProfileQuestion(journey, customer, schema, attribute if is_asked else None)


async def answer_profile_question(
    database: Database, handle: str, context: BrowserContext, form: Mapping[str, str]
) -> SignedIn | OnTheWay:
    """Store the answer, or that it is put off (`skip`), and go on.

    The same form again gets the same reply for a while. Raise FormRefused for what does not fit.
    """
    ticket = form.get("ticket", "")
    try:
        async with database.write() as transaction:
            found = await load_profile_question(transaction, handle, context)
            _check_ticket(found, ticket)
            return await _answer(transaction, found, context, form)
    except StepTaken:
        again = await answer_code_again(database, handle, context, [(_METHOD, ticket)])
        if again is None:
            raise
        return again


def _check_ticket(found: ProfileQuestion, ticket: str) -> None:
    if not is_same(found.journey.state.ticket, ticket):
        raise StepTaken("the form of an earlier question")


async def _answer(
    transaction: UnitOfWork,
    found: ProfileQuestion,
    context: BrowserContext,
    form: Mapping[str, str],
) -> SignedIn | OnTheWay:
    journey, state = found.journey, found.journey.state
    # Without a proof it is a session that is asked, and not a sign-in or a step up.
    proven = None if state.proof is None else read_proof(state.proof)
    if proven is None:
        await transaction.customers.lock(found.customer)
    else:
        await lock_holder(transaction, proven)
    if found.attribute is not None:
        await _store(transaction, found, found.attribute, context, form)
    if proven is None:
        return await _finish(transaction, found)
    answer = answer_hash(transaction, journey, _METHOD, state.ticket)
    answered = replace(journey, state=replace(state, answer=answer))
    return await ask_or_complete(transaction, answered, proven, context)


async def _store(
    transaction: UnitOfWork,
    found: ProfileQuestion,
    attribute: Attribute,
    context: BrowserContext,
    form: Mapping[str, str],
) -> None:
    if form.get("skip") == "yes":
        if found.is_required:
            cause = "a required attribute cannot be put off"
            raise FormRefused(cause, alert=Text("This is needed to go on."))
        await transaction.profile_questions.note_skipped(found.customer, attribute.name)
        return
    values = read_form(
        found.schema,
        [attribute],
        form,
        required=found.required,
        language=context.language,
        today=transaction.clock.now().date(),
    )
    await change_profile(transaction, found.customer, values, SOURCE)
    await transaction.profile_questions.forget(found.customer, attribute.name)


async def _finish(transaction: UnitOfWork, found: ProfileQuestion) -> OnTheWay:
    """Ask who is signed in for the next thing that is required, or let them go on as they are."""
    journey = found.journey
    attribute = await find_question(
        transaction, found.customer, asked=journey.state.asked, is_in_session=True
    )
    if attribute is not None:
        return await _ask(transaction, journey, found.customer, attribute)
    await finish(transaction, journey, journey.state, customer=found.customer)
    return OnTheWay(journey.state.return_to)


async def _ask(
    transaction: UnitOfWork, journey: Journey, customer: UUID, attribute: Attribute
) -> OnTheWay:
    state = replace(
        journey.state,
        step=Step.QUESTION,
        question=attribute.name,
        ticket=new_opaque(),
        asked=(*journey.state.asked, attribute.name),
        sent_by="",
        sent_at=None,
        code_expires_at=None,
    )
    await move(transaction, journey, state, customer=customer)
    return OnTheWay(path_of(Step.QUESTION, journey.handle))
