"""Passkeys of a customer: enrolled, renamed, removed; their owner is told of both ends.

A removal is a credential event (C-13): it may mean a lost device, so everything but the session
that asked for it ends in the same commit.
"""

import os
import unicodedata
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.credentials import end_access, lock_signed_in
from ciam.customers.passkey_ceremonies import (
    CeremonyRefused,
    Owner,
    Registered,
    RelyingParty,
    register,
    registration_options,
)
from ciam.customers.passkey_challenges import ChallengeRefused, Scope, claim, issue
from ciam.customers.passkey_providers import name_provider
from ciam.customers.security_notices import tell_owner
from ciam.customers.ways_in import has_other_way_in
from ciam.errors import FormRefused
from ciam.messaging.messages import PasskeyAdded, PasskeyRemoved
from ciam.sealing import ServerKeys
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.passkeys import Passkey
from ciam.texts import Text

LONGEST_NAME: Final = 60
_HANDLE_BYTES: Final = 32
_NOT_SAVED: Final = Text("The passkey could not be saved. Please try again.")
_KNOWN: Final = Text("This passkey is saved already.")
_LAST: Final = Text(
    "This passkey is your only way in. Set a password or add another passkey first."
)
_GONE: Final = Text("This passkey was removed already.")


async def offer_registration(
    transaction: UnitOfWork,
    party: RelyingParty,
    customer: UUID,
    scope: Scope,
    *,
    name: str,
    display_name: str,
    shown_name: str,
    expires_at: datetime,
) -> str:
    """Give the options of a new passkey, as JSON; the customer gets a handle at the first time.

    `name` and `display_name` are what the customer's own device shows beside the passkey.
    """
    handle = await transaction.passkeys.get_handle(customer, os.urandom(_HANDLE_BYTES))
    existing = await transaction.passkeys.list_for(customer)
    return registration_options(
        party,
        Owner(handle, name, display_name),
        issue(transaction.keys, scope, expires_at),
        shown_name=shown_name,
        existing=[one.credential for one in existing],
    )


def new_customer_options(
    keys: ServerKeys,
    party: RelyingParty,
    scope: Scope,
    *,
    name: str,
    shown_name: str,
    expires_at: datetime,
) -> str:
    """Give the options of a first passkey of a customer who is still to be made, as JSON.

    The handle is computed from the challenge, which comes back: nothing has to be kept for it.
    """
    challenge = issue(keys, scope, expires_at)
    owner = Owner(_handle_of(challenge), name, name)
    return registration_options(party, owner, challenge, shown_name=shown_name, existing=[])


def read_registration(
    keys: ServerKeys, party: RelyingParty, scope: Scope, answer: str, now: datetime
) -> Registered:
    """Verify what the browser sent; raise FormRefused, the same for every cause."""
    try:
        return register(keys, party, scope, answer, now)
    except (CeremonyRefused, ChallengeRefused) as refused:
        raise FormRefused(refused.cause, alert=_NOT_SAVED) from refused


async def enrol(
    transaction: UnitOfWork,
    customer: UUID,
    registered: Registered,
    *,
    name: str,
    device: str,
    session: UUID | None,
    tells_owner: bool = True,
) -> Passkey:
    """Enrol a passkey that was verified, and tell its owner; raise FormRefused when it cannot be.

    Without a name it is called after who keeps it, else after the device it was made on. `session`
    is the one that asks; None for a customer who is just being made.
    """
    if session is None:
        holder = await _lock(transaction, customer)
    else:
        holder = await lock_signed_in(transaction, customer, session)
    await transaction.passkeys.get_handle(customer, _handle_of(registered.challenge.value))
    if not await claim(transaction, registered.challenge):
        raise FormRefused("the challenge was used before", alert=_NOT_SAVED)
    most = (await transaction.policies.get()).passkeys.most
    if len(await transaction.passkeys.list_for(customer)) >= most:
        alert = Text("There can be {most} passkeys. Remove one first.", most=most)
        raise FormRefused("as many passkeys as there may be", alert=alert)
    credential = registered.credential
    called = clean_name(name) or name_provider(credential.aaguid) or clean_name(device)
    added = await transaction.passkeys.add(customer, called, credential)
    if added is None:
        raise FormRefused("the credential is enrolled already", alert=_KNOWN)
    event = await record(
        transaction,
        EventKind.PASSKEY_ADDED,
        actor=Actor.customer(customer),
        customer=customer,
        passkey=added.id.hex,
        synced=credential.is_backup_eligible,
    )
    if tells_owner:
        notice = PasskeyAdded(when=transaction.clock.now(), passkey=called)
        await tell_owner(transaction, customer, notice, language=holder.language, cause=event)
    return added


async def rename(transaction: UnitOfWork, customer: UUID, passkey_id: UUID, name: str) -> None:
    """Give a passkey of this customer another name; raise FormRefused for none."""
    called = clean_name(name)
    if not called:
        raise FormRefused("no name", errors={"name": Text("Enter a name.")})
    await _lock(transaction, customer)
    found = await _get(transaction, customer, passkey_id)
    if await transaction.passkeys.rename(found, called):
        await record(
            transaction,
            EventKind.PASSKEY_RENAMED,
            actor=Actor.customer(customer),
            customer=customer,
            passkey=found.id.hex,
        )


async def remove(
    transaction: UnitOfWork, customer: UUID, passkey_id: UUID, *, keep_session: UUID
) -> None:
    """Remove a passkey and end what it may have opened; raise FormRefused for the last way in."""
    holder = await lock_signed_in(transaction, customer, keep_session)
    found = await _get(transaction, customer, passkey_id)
    if not await has_other_way_in(transaction, customer, found.id):
        raise FormRefused("the last way in", alert=_LAST)
    await transaction.passkeys.remove(found.id)
    await end_access(transaction, customer, reason="passkey_removed", keep_session=keep_session)
    event = await record(
        transaction,
        EventKind.PASSKEY_REMOVED,
        actor=Actor.customer(customer),
        customer=customer,
        passkey=found.id.hex,
    )
    notice = PasskeyRemoved(when=transaction.clock.now(), passkey=found.name)
    await tell_owner(transaction, customer, notice, language=holder.language, cause=event)


def clean_name(typed: str) -> str:
    """Give a name as it is kept: composed, printable, on one line, of at most 60 characters."""
    composed = unicodedata.normalize("NFC", typed)
    shown = "".join(sign if sign.isprintable() else " " for sign in composed)
    return " ".join(shown.split())[:LONGEST_NAME].rstrip()


def _handle_of(challenge: bytes) -> bytes:
    """Give the handle that goes with a challenge: as random as its nonce, and no part of it."""
    return sha256(b"passkey handle" + challenge).digest()


async def _lock(transaction: UnitOfWork, customer: UUID) -> Customer:
    holder = await transaction.customers.lock(customer)
    if holder is None or not holder.is_active:
        raise FormRefused("no active customer", alert=_NOT_SAVED)
    return holder


async def _get(transaction: UnitOfWork, customer: UUID, passkey_id: UUID) -> Passkey:
    """Give a passkey of this customer; another's is as good as none."""
    for one in await transaction.passkeys.list_for(customer):
        if one.id == passkey_id:
            return one
    raise FormRefused("no such passkey of this customer", alert=_GONE)
