"""Step up (RFC 9470): who is signed in proves a second factor, and not the first one again.

The session is what was proven first. It has to live until the end: signing out, a credential event
or another sign-in in the same browser ends the step too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ciam.authentication.journey import SIGN_IN, begin, load, move
from ciam.authentication.methods import find_first_method
from ciam.authentication.policy import find_missing
from ciam.authentication.state import NotedProof

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.authentication.context import BrowserContext
    from ciam.authentication.journey import Journey
    from ciam.authentication.requirement import Requirement
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.sessions import Session


async def begin_step_up(
    transaction: UnitOfWork,
    session: Session,
    *,
    requirement: Requirement,
    return_to: str,
    context: BrowserContext,
    client: UUID | None = None,
) -> Journey:
    """Begin a journey that goes on from a live session; gives it at its first step.

    It is that of a sign-in where the session does not tell what was proven, or where no second
    factor can be.
    """
    handle = await begin(
        transaction,
        kind=SIGN_IN,
        requirement=requirement,
        return_to=return_to,
        context=context,
        client=client,
    )
    journey = await load(transaction, handle, context)
    method = find_first_method(session.amr)
    customer = await transaction.customers.find(session.customer)
    if method is None or customer is None:
        return journey
    state = replace(
        journey.state,
        proofs=(NotedProof(method, session.amr, session.authenticated_at),),
        epoch=customer.credential_epoch,
        session=session.id,
        tells_owner=False,
    )
    step = await find_missing(transaction, state, customer.id)
    if step is None:
        return journey
    await move(transaction, journey, replace(state, step=step), customer=customer.id)
    return await load(transaction, handle, context)
