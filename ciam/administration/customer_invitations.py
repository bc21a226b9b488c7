"""Inviting somebody to become a customer: by mail alone, so that nothing shows who is one already.

Who has an account gets a mail that says so. The operator gets the same answer, and nothing is made
before the invited person agrees: there is no customer, only an address with a link.
"""

from ciam.administration.operators import check_reason
from ciam.administration.sign_in import Desk
from ciam.audit.events import EventKind
from ciam.audit.trail import record
from ciam.authentication.invitation import PATH
from ciam.customers.identifiers import parse_email
from ciam.errors import FormRefused
from ciam.identifiers import new_secret
from ciam.messaging.messages import AddressKnown, CustomerInvited, Message
from ciam.messaging.outgoing import send
from ciam.protection.mail_caps import may_mail
from ciam.storage import UnitOfWork
from ciam.texts import Text


async def invite_customer(
    transaction: UnitOfWork, desk: Desk, *, email: str, language: str, reason: str, address: str
) -> None:
    """Mail a link to register, void the ones before; `address` is the operator's network address.

    Raise FormRefused for what is no address, no reason, or an address that had its mails.
    """
    check_reason(reason)
    wanted = parse_email(email)
    policies = await transaction.policies.get()
    if not await may_mail(transaction, policies.limits, wanted.lookup, address=address):
        cause = "the address has had its mails"
        raise FormRefused(
            cause, alert=Text("This address got too many mails lately. Try again in an hour.")
        )
    event = await record(
        transaction, EventKind.CUSTOMER_INVITED, actor=desk.actor, reason=reason.strip()
    )
    known = await transaction.identifiers.find_login(wanted.lookup)
    secret = new_secret("ln")
    expires_at = transaction.clock.now() + policies.sign_in.invitation
    message: Message = AddressKnown()
    if known is None:
        await transaction.customer_invitations.invite(
            link=secret,
            address=wanted.address,
            lookup=wanted.lookup,
            invited_by=str(desk.operator.id),
            expires_at=expires_at,
        )
        message = CustomerInvited(link=f"{PATH}?token={secret}", expires_at=expires_at)
    await send(transaction, message, to=wanted.address, language=language, cause=event)
