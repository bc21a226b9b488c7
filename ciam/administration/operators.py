"""Who is an operator: barred and let in again, never the last owner, never oneself."""

from typing import Final
from uuid import UUID

from ciam.administration.roles import OWNER
from ciam.administration.sign_in import Desk
from ciam.audit.events import EventKind
from ciam.audit.trail import record
from ciam.errors import FormRefused
from ciam.storage import UnitOfWork
from ciam.storage.stores.operators import ACTIVE, DISABLED
from ciam.texts import Text

_REASON: Final = "operator_disabled"


async def disable_operator(
    transaction: UnitOfWork, desk: Desk, operator: UUID, reason: str
) -> bool:
    """Bar an operator and end their sessions; False when there is no such active operator.

    Raise FormRefused for oneself and for the last owner.
    """
    if operator == desk.operator.id:
        cause = "an operator may not bar themselves"
        raise FormRefused(cause, alert=Text("You cannot disable yourself."))
    check_reason(reason)
    await transaction.operators.lock_all()
    everybody = await transaction.operators.list_all()
    owners = [one.id for one in everybody if one.is_active and OWNER in one.roles]
    if owners == [operator]:
        cause = "the last owner"
        raise FormRefused(cause, alert=Text("The last owner cannot be disabled."))
    if not await transaction.operators.set_state(operator, DISABLED, was=ACTIVE):
        return False
    await transaction.operator_sessions.end_all(operator, _REASON)
    await record(
        transaction,
        EventKind.OPERATOR_DISABLED,
        actor=desk.actor,
        operator=str(operator),
        reason=reason.strip(),
    )
    return True


async def enable_operator(transaction: UnitOfWork, desk: Desk, operator: UUID, reason: str) -> bool:
    """Let a disabled operator sign in again; what was ended stays ended."""
    check_reason(reason)
    if not await transaction.operators.set_state(operator, ACTIVE, was=DISABLED):
        return False
    await record(
        transaction,
        EventKind.OPERATOR_ENABLED,
        actor=desk.actor,
        operator=str(operator),
        reason=reason.strip(),
    )
    return True


def check_reason(reason: str) -> None:
    """Raise FormRefused unless a few words say why; they stand in the audit log."""
    if not reason.strip():
        raise FormRefused("no reason", errors={"reason": Text("Say why in a few words.")})
