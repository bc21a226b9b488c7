"""Mail a code and a link to an address, with the same work whether there is an account or not.

Who registers with an address that has an account learns it from the mail alone; who has lost a
password gets a mail only where there is an account. The page says the same every time.
"""

from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.authentication.candidate import Candidate, find_candidate, record_about
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import SIGN_UP, Journey, StepTaken, load, move
from ciam.authentication.pending_link import find_pending
from ciam.authentication.state import Step
from ciam.customers.identifiers import EmailAddress
from ciam.federation.linking import provider_name
from ciam.federation.pending import from_document
from ciam.identifiers import new_digits, new_secret
from ciam.messaging.messages import (
    AddressKnown,
    ConnectKnown,
    Message,
    PasswordReset,
    VerifyAddress,
)
from ciam.messaging.outgoing import send
from ciam.protection.mail_caps import may_mail
from ciam.storage import Database, UnitOfWork

_PURPOSES: Final = {SIGN_UP: "verify_email"}
_OTHER_PURPOSE: Final = "reset_password"
_NO_SECOND_FACTOR: Final = frozenset({"password", "passkey"})


class _NotSent(Exception):
    """The mail was written like any other, and is taken back."""


class Sent(StrEnum):
    """What came of the wish for another code."""

    SENT = "sent"
    TOO_EARLY = "too_early"
    CAPPED = "capped"


async def challenge(
    transaction: UnitOfWork, journey: Journey, address: EmailAddress, context: BrowserContext
) -> Sent:
    """Have a code sent, void the ones before, and move the journey to where it is asked for.

    The same address again within moments, as a form posted twice, sends nothing more. Beyond the
    address's cap on mails nothing is sent either, and the code before stays good; the journey
    moves all the same.
    """
    policies = await transaction.policies.get()
    now, before = transaction.clock.now(), journey.state
    is_same = before.step is Step.CODE and before.lookup == address.lookup
    if is_same and before.sent_at and now - before.sent_at < policies.sign_in.resend_wait:
        return Sent.TOO_EARLY
    candidate = await find_candidate(transaction, address.lookup)
    may = await may_mail(transaction, policies.limits, address.lookup, address=context.address)
    keeps_code = is_same and not may
    state = replace(
        before,
        step=Step.CODE,
        address=address.address,
        lookup=address.lookup,
        sent_at=now,
        code_expires_at=before.code_expires_at
        if keeps_code
        else now + policies.sign_in.code_lifetime,
    )
    is_owner = journey.kind != SIGN_UP or await _may_connect(transaction, journey, candidate)
    owner = candidate.id if candidate.is_active and is_owner else None
    # The journey before its proofs, as a credential event does it: neither waits for the other.
    await move(transaction, journey, state, customer=owner)
    if may:
        await _send(transaction, replace(journey, state=state), candidate, context)
    elif not keeps_code:
        await transaction.proofs.void(journey.id)
    return Sent.SENT if may else Sent.CAPPED


async def resend(database: Database, handle: str, context: BrowserContext) -> Sent:
    """Send a new code; raise StepTaken when the journey asks for none."""
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        if journey.is_finished or journey.state.step is not Step.CODE:
            raise StepTaken("no code is asked for")
        address = EmailAddress(journey.state.address, journey.state.lookup)
        return await challenge(transaction, journey, address, context)


async def _send(
    transaction: UnitOfWork, journey: Journey, candidate: Candidate, context: BrowserContext
) -> None:
    """Write the proof and the mail; for a mail that must not go out, write it and take it back."""
    state = journey.state
    assert state.code_expires_at is not None  # noqa: S101 - set by the caller
    code, link = new_digits(), new_secret("ln")
    await transaction.proofs.issue(
        journey.id,
        _PURPOSES.get(journey.kind, _OTHER_PURPOSE),
        state.lookup,
        code=code,
        link=link,
        expires_at=state.code_expires_at,
    )
    path = f"/verify/link?{urlencode({'journey': journey.handle, 'token': link})}"
    message: Message
    if journey.kind != SIGN_UP:
        message = PasswordReset(code=code, link=path, expires_at=state.code_expires_at)
    elif candidate.identifier is None:
        message = VerifyAddress(code=code, link=path, expires_at=state.code_expires_at)
    elif await _may_connect(transaction, journey, candidate):
        identity = from_document(state.pending or {})
        message = ConnectKnown(
            code=code,
            link=path,
            expires_at=state.code_expires_at,
            provider=await provider_name(transaction, identity.connection, context.language),
        )
    else:
        message = AddressKnown()
    await _write_mail(transaction, journey, candidate, message, context)


async def _may_connect(transaction: UnitOfWork, journey: Journey, candidate: Candidate) -> bool:
    """Whether a code may prove the account, so that a pending social identity can be linked.

    Where there is a second factor a code is too little: its owner signs in as ever, and links.
    """
    if not candidate.is_active or await find_pending(transaction, journey) is None:
        return False
    enrolled = await transaction.authenticators.list_for(candidate.id)
    return all(one.method in _NO_SECOND_FACTOR for one in enrolled)


async def _write_mail(
    transaction: UnitOfWork,
    journey: Journey,
    candidate: Candidate,
    message: Message,
    context: BrowserContext,
) -> None:
    kind = EventKind.SIGN_UP_BEGUN if journey.kind == SIGN_UP else EventKind.RECOVERY_BEGUN
    event = await record_about(transaction, kind, candidate)
    # To the address that was kept, never to one that merely looks alike.
    kept = candidate.identifier
    is_wanted = journey.kind == SIGN_UP or candidate.is_active
    with suppress(_NotSent):
        async with transaction.savepoint():
            await send(
                transaction,
                message,
                to=journey.state.address if kept is None else kept.value,
                language=context.language,
                brand=await _brand_of(transaction, journey.state.client),
                cause=event,
            )
            if not is_wanted:
                raise _NotSent


async def _brand_of(transaction: UnitOfWork, client: UUID | None) -> str | None:
    return None if client is None else (await transaction.clients.get(client)).brand
