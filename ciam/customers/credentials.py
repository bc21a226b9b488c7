"""Credential events: what a new password ends, and in which order (C-13).

One commit ends everything the old credential could have opened: sessions, tokens, trusted devices
and whatever was pending. `credential_epoch` rises under the customer's lock, so a sign-in that had
checked the old password finds another epoch when it wants to start its session, and does not.
"""

from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.factor_recovery import CancelledBy, cancel_recovery
from ciam.customers.password_rules import check_password_rules
from ciam.customers.passwords import PasswordHasher
from ciam.customers.peppers import find_version
from ciam.customers.profile import Profile, read_profile
from ciam.customers.security_notices import tell_owner
from ciam.errors import FormRefused, PageRefusal, Refusal
from ciam.messaging.messages import PasswordChanged
from ciam.protection.limits import clear, reserve
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.authenticators import PASSWORD, Authenticator
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.sessions import Session
from ciam.texts import Text

_LIMIT = "change_password"


class CredentialChanged(Refusal):
    """The password was changed by another request after this one had checked it."""

    code = "credential_changed"


class SignedOut(PageRefusal):
    """The session that asks was ended by a credential event in this very moment."""

    def __init__(self) -> None:
        """Say the same whatever ended it."""
        super().__init__(
            "the session ended before its act was written",
            title=Text("You were signed out"),
            text=Text("Nothing was changed. Please sign in again."),
            status=403,
            code="signed_out",
        )


async def lock_signed_in(transaction: UnitOfWork, customer: UUID, session: UUID) -> Customer:
    """Lock a customer for what a session of theirs asks; raise SignedOut when it has ended.

    Whoever asked before whether the session lives asked too early: only under the lock no
    credential event can come between the answer and the act.
    """
    holder = await transaction.customers.lock(customer)
    is_live = await transaction.sessions.is_live(session)
    if holder is None or not holder.is_active or not is_live:
        raise SignedOut
    return holder


async def change_password(
    transaction: UnitOfWork,
    customer: UUID,
    new_hash: str,
    *,
    epoch: int | None = None,
    keep_session: UUID | None = None,
    keep_journey: UUID | None = None,
    kind: EventKind = EventKind.PASSWORD_CHANGED,
) -> None:
    """Store a new password and end what the old one opened, in this commit.

    `epoch` is the credential epoch that was read before the old password was compared: raise
    CredentialChanged when it rose meanwhile. What is kept is the session or journey that asked.
    """
    holder = await transaction.customers.lock(customer)
    if holder is None or not holder.is_active:
        cause = "no active customer"
        raise CredentialChanged(cause)
    if epoch is not None and holder.credential_epoch != epoch:
        cause = "another credential event came first"
        raise CredentialChanged(cause)
    old = await transaction.authenticators.find_password(customer)
    if old is not None:
        await transaction.authenticators.remove(old.id)
    await transaction.authenticators.add(
        customer, PASSWORD, secret=new_hash.encode(), pepper_version=find_version(new_hash)
    )
    await end_access(
        transaction,
        customer,
        reason="password_changed",
        keep_session=keep_session,
        keep_journey=keep_journey,
    )
    event = await record(transaction, kind, actor=Actor.customer(customer), customer=customer)
    notice = PasswordChanged(when=transaction.clock.now())
    await tell_owner(transaction, customer, notice, language=holder.language, cause=event)


async def store_rehashed(
    transaction: UnitOfWork, customer: UUID, *, verified: str, new_hash: str
) -> bool:
    """Store the same password in today's form; False when it was changed meanwhile.

    No credential event: nothing ends.
    """
    await transaction.customers.lock(customer)
    stored = await transaction.authenticators.find_password(customer)
    if stored is None or stored.secret != verified.encode():
        return False
    return await transaction.authenticators.replace_secret(
        stored.id, customer, new_hash.encode(), pepper_version=find_version(new_hash)
    )


async def end_access(
    transaction: UnitOfWork,
    customer: UUID,
    *,
    reason: str,
    keep_session: UUID | None = None,
    keep_journey: UUID | None = None,
) -> None:
    """End every session, token family, trusted device and pending step of a customer.

    So does a request to go on without a lost second factor, however long it has waited.
    """
    await transaction.customers.lock(customer)
    await transaction.customers.raise_credential_epoch(customer)
    await transaction.sessions.end_all(customer, reason, except_=keep_session)
    await transaction.authorizations.revoke_for_customer(customer, reason)
    await transaction.known_devices.revoke_all(customer)
    await transaction.trusted_devices.revoke_all(customer)
    await transaction.journeys.end_all(customer, except_=keep_journey)
    await transaction.link_proofs.void_for(customer)
    await cancel_recovery(transaction, customer, CancelledBy.CREDENTIALS)


async def replace_own_password(
    database: Database, hasher: PasswordHasher, session: Session, *, current: str, new: str
) -> None:
    """Change the password of the customer who is signed in, or set a first one.

    The guess at the current one is counted and committed before it is evaluated (C-11). Raise
    FormRefused for a wrong or unfit password, TooManyAttempts beyond the limit.
    """
    async with database.read() as transaction:
        policies = await transaction.policies.get()
        profile = await read_profile(transaction, session.customer)
        stored = await transaction.authenticators.find_password(session.customer)
    check_password_rules(new, policies.passwords, personal=personal_words(profile))
    if stored is not None:
        await _check_current(database, hasher, stored, current)
        if current == new:
            cause = "the new password is the old one"
            raise FormRefused(cause, errors={"password": Text("This is your current password.")})
    new_hash = await hasher.hash_new(new, database.keys)
    async with database.write() as transaction:
        await lock_signed_in(transaction, session.customer, session.id)
        await change_password(
            transaction,
            session.customer,
            new_hash,
            epoch=profile.customer.credential_epoch,
            keep_session=session.id,
        )
        await clear(transaction, _LIMIT, str(session.customer))


def personal_words(profile: Profile) -> list[str]:
    """Give what a password must not be made of: addresses and names."""
    words = [identifier.value for identifier in profile.identifiers]
    return words + [value.value for value in profile.values if isinstance(value.value, str)]


async def _check_current(
    database: Database, hasher: PasswordHasher, stored: Authenticator, current: str
) -> None:
    async with database.write() as transaction:
        limits = (await transaction.policies.get()).limits
        await reserve(
            transaction,
            _LIMIT,
            str(stored.customer),
            allowed=limits.password_failures,
            window=limits.password_window,
        )
    secret = (stored.secret or b"").decode()
    if not (await hasher.verify(secret, current, database.keys)).matches:
        cause = "the current password is wrong"
        raise FormRefused(
            cause, errors={"current_password": Text("This is not your current password.")}
        )
