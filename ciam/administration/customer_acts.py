"""What an operator does to a customer: reveal one value, disable, enable, end sessions, write.

Every act takes a reason and stands in the audit log in the same transaction. None of them shows or
sets a credential: a mail that support sends leads the customer to the ordinary recovery, whose code
works only in the customer's own browser, so there is nothing that could be asked for by telephone.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from ciam.administration.attribute_catalogue import may_operators_read
from ciam.administration.operators import check_reason
from ciam.administration.sign_in import Desk
from ciam.audit.events import EventKind
from ciam.audit.trail import record
from ciam.customers import customer as rules
from ciam.customers import factor_recovery as recoveries
from ciam.customers.definitions import load_schema
from ciam.customers.identifiers import EMAIL, normalise_email
from ciam.customers.profile import read_profile
from ciam.errors import FormRefused
from ciam.messaging.messages import SetPasswordHint
from ciam.messaging.outgoing import send
from ciam.protection.limits import reserve
from ciam.protection.mail_caps import may_mail
from ciam.sessions.session import end_session
from ciam.sessions.trusted_devices import forget_all
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import ERASED, Customer
from ciam.texts import Text

_REVEALS: Final = "operator_reveal"
_HOUR: Final = timedelta(hours=1)
_ENDED: Final = "ended_by_operator"


async def reveal(
    transaction: UnitOfWork, desk: Desk, customer: Customer, key: str, reason: str
) -> Any:  # noqa: ANN401 - whatever a claim is
    """Give one value of a customer; None when there is no such value.

    Raise FormRefused without a reason, TooManyAttempts above the operator's hourly number.
    """
    check_reason(reason)
    if customer.state == ERASED:
        return None
    policy = (await transaction.policies.get()).operators
    transaction.on_refusal(lambda again: _note_limit(again, desk))
    await reserve(
        transaction,
        _REVEALS,
        str(desk.operator.id),
        allowed=policy.reveals_hour,
        window=_HOUR,
    )
    profile = await read_profile(transaction, customer.id)
    kind, _, name = key.partition(":")
    value: Any = None
    if kind == "identifier":
        value = next((one.value for one in profile.identifiers if str(one.id) == name), None)
        shown = next((one.kind for one in profile.identifiers if str(one.id) == name), "")
    else:
        found = profile.value(name) if kind == "attribute" else None
        schema = await load_schema(transaction)
        if found is not None and not may_operators_read(schema.by_name.get(found.attribute)):
            found = None
        value, shown = (None, "") if found is None else (found.value, found.claim)
    if value is not None:
        await record(
            transaction,
            EventKind.CUSTOMER_REVEALED,
            actor=desk.actor,
            customer=customer.id,
            field=shown,
            reason=reason.strip(),
        )
    return value


async def disable(transaction: UnitOfWork, desk: Desk, customer: UUID, reason: str) -> bool:
    """Bar a customer from signing in and end what they had; False when they were not active."""
    check_reason(reason)
    return await rules.disable_customer(transaction, customer, reason.strip(), actor=desk.actor)


async def enable(transaction: UnitOfWork, desk: Desk, customer: UUID, reason: str) -> bool:
    """Let a disabled customer sign in again; what was ended stays ended."""
    check_reason(reason)
    return await rules.enable_customer(transaction, customer, reason.strip(), actor=desk.actor)


async def cancel_recovery(transaction: UnitOfWork, desk: Desk, customer: UUID, reason: str) -> bool:
    """Cancel the request to go on without a lost second factor; False when none was open.

    An operator can only stop one: nobody but the customer and time removes a second factor.
    """
    check_reason(reason)
    await transaction.customers.lock(customer)
    return await recoveries.cancel_recovery(
        transaction,
        customer,
        recoveries.CancelledBy.OPERATOR,
        actor=desk.actor,
        reason=reason.strip(),
    )


async def end_sessions(
    transaction: UnitOfWork, desk: Desk, customer: UUID, *, only: UUID | None = None
) -> int:
    """End one session of a customer, or all and what spares them the second factor.

    Gives how many sessions ended.
    """
    ended = 0
    for session in await transaction.sessions.list_for(customer):
        if only in {None, session.id}:
            ended += await end_session(transaction, session, _ENDED, actor=desk.actor)
    if only is None:
        await forget_all(transaction, customer, actor=desk.actor)
    return ended


async def send_password_hint(
    transaction: UnitOfWork, desk: Desk, customer: Customer, *, address: str
) -> None:
    """Mail the customer where a new password is set; raise FormRefused when no mail may go.

    `address` is the operator's network address, which has its own cap.
    """
    profile = await read_profile(transaction, customer.id)
    identifier = profile.identifier(EMAIL)
    if identifier is None or not customer.is_active:
        cause = "no address, or not active"
        raise FormRefused(cause, alert=Text("This customer cannot be sent such a mail."))
    limits = (await transaction.policies.get()).limits
    lookup = normalise_email(identifier.value)
    if not await may_mail(transaction, limits, lookup, address=address):
        cause = "the address has had its mails"
        raise FormRefused(
            cause, alert=Text("This address got too many mails lately. Try again in an hour.")
        )
    event = await record(
        transaction,
        EventKind.CUSTOMER_MAILED,
        actor=desk.actor,
        customer=customer.id,
        mail=SetPasswordHint.template,
    )
    language = customer.language or "en"
    await send(transaction, SetPasswordHint(), to=identifier.value, language=language, cause=event)


async def _note_limit(transaction: UnitOfWork, desk: Desk) -> None:
    await record(transaction, EventKind.LIMIT_REACHED, actor=desk.actor, limit=_REVEALS)
