"""Link a social identity to a customer, unlink it, and undo either for 72 hours.

The key is (issuer, subject) and never the address. Nothing here asks who may: both sides were
proven before, and `ciam.federation.link_proofs` holds that they were. Every act is told to all
proven addresses of the customer, with a link that takes it back; the last way in stays.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.credentials import end_access, lock_signed_in
from ciam.customers.security_notices import tell_owner
from ciam.customers.ways_in import has_other_way_in
from ciam.errors import PageRefusal, Refusal
from ciam.federation.catalogue import get_provider
from ciam.federation.pending import label_of
from ciam.federation.site import find_connection, name_of
from ciam.identifiers import new_secret
from ciam.messaging.messages import LoginLinked, LoginUnlinked, Message
from ciam.texts import Text

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.federation.identity import ProvenIdentity
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.customers import Customer
    from ciam.storage.stores.external_identities import ExternalIdentity
    from ciam.storage.stores.link_undos import LinkUndo

LINKED: Final = "linked"
UNLINKED: Final = "unlinked"
UNDO: Final = timedelta(hours=72)
UNDO_PATH: Final = "/linked-logins/undo"


class LastWayIn(Refusal):
    """Without this login the customer could not come in any more."""

    code = "last_way_in"


class IdentityTaken(PageRefusal):
    """The identity is linked already; to whom is not said."""

    def __init__(self) -> None:
        """Say the same whoever has it."""
        super().__init__(
            "the identity is linked already",
            title=Text("This login cannot be connected"),
            text=Text(
                "It may be connected to an account already. Sign in with it to see, or use another."
            ),
            status=409,
            code="identity_taken",
        )


async def link(
    transaction: UnitOfWork, customer: UUID, identity: ProvenIdentity, *, tells: bool = True
) -> ExternalIdentity:
    """Link by one insert; raise IdentityTaken when the identity is somebody's, perhaps theirs.

    `tells` is off for who is just being made with it: there is nobody else to tell.
    """
    await find_connection(transaction, identity.connection)  # switched off meanwhile: no more links
    owner = await transaction.customers.lock(customer)
    if owner is None or not owner.is_active:
        raise IdentityTaken
    linked = await transaction.external_identities.link(
        customer,
        identity.issuer,
        identity.subject,
        connection=identity.connection,
        label=label_of(identity),
    )
    if linked is None:
        raise IdentityTaken
    event = await _record(transaction, EventKind.LOGIN_LINKED, linked)
    if tells:
        await _tell(transaction, owner, linked, LINKED, event)
    return linked


async def unlink(
    transaction: UnitOfWork, customer: UUID, identity: UUID, *, keep_session: UUID
) -> bool:
    """Unlink one of a customer's own logins; False when it is not theirs or gone.

    A credential event: whatever was begun by that login, and by any other, ends with it, but for
    the session that asks; what was pending dies too. Raise LastWayIn when nothing else opens the
    account.
    """
    owner = await lock_signed_in(transaction, customer, keep_session)
    found = await _find_own(transaction, customer, identity)
    if found is None:
        return False
    if not await has_other_way_in(transaction, customer, without=identity):
        cause = "no other way in is left"
        raise LastWayIn(cause)
    if not await transaction.external_identities.unlink(identity):
        return False
    await end_access(transaction, customer, reason="login_unlinked", keep_session=keep_session)
    event = await _record(transaction, EventKind.LOGIN_UNLINKED, found)
    await _tell(transaction, owner, found, UNLINKED, event)
    return True


async def undo(transaction: UnitOfWork, mailed: str) -> LinkUndo:
    """Take a link or an unlink back, by the link in the mail; raise PageRefusal for an old one.

    Whoever undoes it did not do it, so everything that is open ends, and what an intruder may have
    pending.
    """
    found_undo = await find_undo(transaction, mailed)
    owner = await transaction.customers.lock(found_undo.customer)  # before it is claimed or voided
    claimed = await transaction.link_undos.claim(mailed)
    if claimed is None or owner is None or not owner.is_active:
        raise _undo_gone()
    kept = claimed.identity
    found = await transaction.external_identities.find(kept["issuer"], kept["subject"])
    if claimed.act == LINKED:
        if found is not None and found.customer == owner.id:
            await transaction.external_identities.unlink(found.id)
    elif found is None:
        await transaction.external_identities.link(owner.id, **kept)
    elif found.customer != owner.id:
        raise IdentityTaken
    await end_access(transaction, owner.id, reason="link_undone")
    await record(
        transaction,
        EventKind.LINK_UNDONE,
        actor=Actor.customer(owner.id),
        customer=owner.id,
        act=claimed.act,
        connection=kept["connection"],
    )
    return claimed


async def find_undo(transaction: UnitOfWork, mailed: str) -> LinkUndo:
    """Give what a mailed link would take back; raise PageRefusal for an old one."""
    found = await transaction.link_undos.find(mailed)
    if found is None:
        raise _undo_gone()
    return found


async def provider_name(transaction: UnitOfWork, connection: str, language: str) -> str:
    """Give what people call a connection, also one that is switched off."""
    found = await transaction.connections.find(connection)
    if found is None:
        return connection
    return name_of(found, get_provider(found.provider), language)


async def _find_own(
    transaction: UnitOfWork, customer: UUID, identity: UUID
) -> ExternalIdentity | None:
    own = await transaction.external_identities.list_for(customer)
    return next((one for one in own if one.id == identity), None)


async def _record(transaction: UnitOfWork, kind: EventKind, linked: ExternalIdentity) -> UUID:
    return await record(
        transaction,
        kind,
        actor=Actor.customer(linked.customer),
        customer=linked.customer,
        connection=linked.connection,
    )


async def _tell(
    transaction: UnitOfWork, owner: Customer, linked: ExternalIdentity, act: str, event: UUID
) -> None:
    """Mail every proven address what was done, and what takes it back."""
    mailed, now = new_secret("ln"), transaction.clock.now()
    identity = {
        "issuer": linked.issuer,
        "subject": linked.subject,
        "connection": linked.connection,
        "label": linked.label,
    }
    await transaction.link_undos.issue(mailed, owner.id, act, identity, now + UNDO)
    language = owner.language or "en"
    facts: dict[str, Any] = {
        "provider": await provider_name(transaction, linked.connection, language),
        "when": now,
        "undo_link": f"{UNDO_PATH}?{urlencode({'token': mailed})}",
        "undo_until": now + UNDO,
    }
    message: Message = LoginLinked(**facts) if act == LINKED else LoginUnlinked(**facts)
    await tell_owner(transaction, owner.id, message, language=language, cause=event)


def _undo_gone() -> PageRefusal:
    return PageRefusal(
        "no such undo",
        code="undo_gone",
        text=Text("This can no longer be undone here: the link was used, or 72 hours are over."),
    )
