"""The new password of a recovery: kept as a hash in the sealed journey until it may count.

A mailbox is one factor. Where the customer has a second one, nothing changes before it is proven:
who holds the mailbox alone ends no session and makes no password (NIST SP 800-63B-4 §4.2). Then one
commit stores the password and ends what the old one opened (C-13); a credential event in between
ends the journey, and what was kept with it.
"""

from dataclasses import replace

from ciam.audit.events import EventKind
from ciam.authentication.completion import lock_holder
from ciam.authentication.journey import Journey
from ciam.authentication.method import Proven
from ciam.authentication.state import State, Step
from ciam.customers.credentials import change_password
from ciam.storage import UnitOfWork


def may_count(state: State, missing: Step | None) -> bool:
    """Tell whether there is a new password, and nothing that protects the old one is unproven."""
    return state.new_password != "" and missing is not Step.SECOND_FACTOR


async def make_count(
    transaction: UnitOfWork, journey: Journey, state: State, proven: Proven
) -> tuple[State, Proven]:
    """Store the password and end what the old one opened; gives what is true from then on.

    Raise SignInRefused when the credentials changed since the first proof.
    """
    await lock_holder(transaction, proven)
    await change_password(
        transaction,
        proven.customer,
        state.new_password,
        keep_journey=journey.id,
        kind=EventKind.PASSWORD_RESET,
    )
    holder = await transaction.customers.find(proven.customer)
    assert holder is not None  # noqa: S101 - it was locked just now
    epoch = holder.credential_epoch
    return (
        replace(state, new_password="", epoch=epoch),
        replace(proven, epoch=epoch, known_device=None),  # no device is known any more
    )
