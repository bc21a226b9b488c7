"""The single-sign-on session of a browser: begun, found, replaced, ended.

The cookie's secret is new after every sign-in (session fixation), and the one before is dead. When
the same customer signs in again in the same browser, the session itself goes on under its new
secret: the apps that hang on it are not signed out by a fresh proof.
"""

from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.identifiers import new_secret
from ciam.storage import Database, UnitOfWork
from ciam.storage.seen_sessions import WORTH_NOTING
from ciam.storage.stores.sessions import Session

ACR_ONE: Final = "urn:ciam:acr:1"
"""One factor was proven."""

ACR_TWO: Final = "urn:ciam:acr:2"
"""Two factors were proven."""

REPLACED: Final = "replaced"


class SignedInBrowser(Protocol):
    """What a session keeps of the browser it begins in; a `BrowserContext` is one."""

    @property
    def address(self) -> str:
        """The network address, for the customer's own list of sessions."""
        ...

    @property
    def user_agent(self) -> str:
        """The user agent, for the same list."""
        ...

    @property
    def session(self) -> str | None:
        """The secret of the session it had before, if any."""
        ...


async def start_session(
    transaction: UnitOfWork,
    customer: UUID,
    *,
    acr: str,
    amr: tuple[str, ...],
    context: SignedInBrowser,
    secret: str | None = None,
) -> tuple[str, Session]:
    """Begin a session and end the one this browser had; gives the new secret too.

    `secret` is for a caller that can compute it again when its answer was lost.
    """
    secret = secret or new_secret("ss")
    policy = (await transaction.policies.get()).sessions
    expires_at = transaction.clock.now() + policy.lifetime
    before = await transaction.sessions.find(context.session) if context.session else None
    if before is not None and before.customer == customer and _is_in_time(before, transaction):
        renewed = await transaction.sessions.renew(
            before, secret, acr=acr, amr=amr, expires_at=expires_at
        )
        if renewed is not None:
            return secret, renewed
    elif before is not None:
        await end_session(transaction, before, REPLACED)
    started = await transaction.sessions.start(
        customer,
        secret,
        acr=acr,
        amr=amr,
        expires_at=expires_at,
        address=context.address,
        user_agent=context.user_agent,
    )
    return secret, started


async def step_up_session(
    transaction: UnitOfWork, session: Session, secret: str, *, acr: str, amr: tuple[str, ...]
) -> Session | None:
    """Give a live session a higher level and a new secret; None when it has ended meanwhile.

    It lasts no longer for it, and `auth_time` stays that of its sign-in: a second factor alone
    does not make the first one recent (RFC 9470 §5).
    """
    return await transaction.sessions.renew(
        session,
        secret,
        acr=acr,
        amr=amr,
        expires_at=session.expires_at,
        authenticated_at=session.authenticated_at,
    )


async def find_session(transaction: UnitOfWork, secret: str) -> Session | None:
    """Give the live session of a cookie: not ended, not idle too long, its customer active."""
    session = await transaction.sessions.find(secret)
    if session is None or not session.is_customer_active:
        return None
    idle = (await transaction.policies.get()).sessions.idle
    now = transaction.clock.now()
    if not _is_in_time(session, transaction) or now - session.last_seen_at > idle:
        return None
    if now - session.last_seen_at > WORTH_NOTING:
        transaction.seen_sessions.note(session.id, now)
    return session


async def end_session(
    transaction: UnitOfWork, session: Session, reason: str, *, actor: Actor | None = None
) -> bool:
    """End a session and its client sessions; False when it had ended before.

    `actor` is who ends it when it is not the customer.
    Token families that were not allowed to outlive it die with the client sessions.
    """
    if not await transaction.sessions.end(session.id, reason):
        return False
    await record(
        transaction,
        EventKind.SESSION_ENDED,
        actor=actor or Actor.customer(session.customer),
        customer=session.customer,
        reason=reason,
    )
    return True


async def flush_seen(database: Database) -> int:
    """Write when sessions were last used; gives how many. A failure keeps the notes."""
    seen: dict[UUID, datetime] = database.seen_sessions.take()
    if not seen:
        return 0
    try:
        async with database.write() as transaction:
            await transaction.sessions.touch_all(seen)
    except BaseException:
        database.seen_sessions.put_back(seen)
        raise
    return len(seen)


def _is_in_time(session: Session, transaction: UnitOfWork) -> bool:
    return session.expires_at > transaction.clock.now()
