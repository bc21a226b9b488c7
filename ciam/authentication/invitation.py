"""Register by invitation: a mailed link proves the address, so the sign-up begins after its proof.

The link begins a journey in the browser where its button is pressed, and nothing for whoever asked
for the mail. It is used up by the commit that makes the customer: who closes the page half-way
opens it again. It counts where registration is closed, too.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import SIGN_UP, Requirement, begin, load, move
from ciam.authentication.state import Step
from ciam.customers.identifiers import parse_email
from ciam.errors import PageRefusal
from ciam.storage import UnitOfWork
from ciam.storage.stores.customer_invitations import CustomerInvitation
from ciam.texts import Text

PATH: Final = "/invitation"
_END: Final = "/account"


class InvitationGone(PageRefusal):
    """It was used, replaced or is too old; which of them is not said."""

    def __init__(self, cause: str) -> None:
        """Say the same whatever it was."""
        super().__init__(
            cause,
            status=404,
            code="invitation_gone",
            title=Text("This invitation can no longer be used"),
            text=Text(
                "It was used, replaced or is too old. You can ask for a new one, or register."
            ),
        )


async def find_invitation(transaction: UnitOfWork, token: str) -> CustomerInvitation:
    """Give the open invitation of a link; raise InvitationGone."""
    found = await transaction.customer_invitations.find(token)
    if found is None:
        raise InvitationGone("no open invitation for this link")
    return found


async def accept(transaction: UnitOfWork, token: str, context: BrowserContext) -> str:
    """Begin a sign-up whose address is proven; gives the page where it goes on."""
    invitation = await find_invitation(transaction, token)
    handle = await begin(
        transaction, kind=SIGN_UP, requirement=Requirement(), return_to=_END, context=context
    )
    journey = await load(transaction, handle, context)
    state = replace(
        journey.state,
        step=Step.DETAILS,
        address=invitation.address,
        lookup=parse_email(invitation.address).lookup,
        proven_at=transaction.clock.now(),
        invitation=invitation.id,
    )
    await move(transaction, journey, state)
    return (await load(transaction, handle, context)).path


async def use_invitation(transaction: UnitOfWork, invitation: UUID) -> None:
    """Claim an invitation for the customer that is made now; raise InvitationGone."""
    if not await transaction.customer_invitations.use(invitation):
        raise InvitationGone("the invitation was used or replaced")
