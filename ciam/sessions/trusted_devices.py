"""Trusted devices: where a customer chose not to be asked for the second factor again.

A secret for each customer who trusts the device, all in one cookie, kept as hashes. It stands in
for a second factor that is the customer's own choice; it proves nothing, so it raises no level
(`acr`) and never satisfies an app that asks for two. Any credential event ends it in the same
commit (C-13), and so does a policy that is switched off or gets shorter.
"""

from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.sessions.devices import split_secrets, with_secret
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.trusted_devices import TrustedDevice


async def find_trust(
    transaction: UnitOfWork, customer: UUID, cookie: str | None
) -> TrustedDevice | None:
    """Give the trust that this customer has put into this browser, if it still counts."""
    secrets = split_secrets(cookie)
    policy = (await transaction.policies.get()).devices
    if policy.trust == "off" or not secrets:
        return None
    found = await transaction.trusted_devices.find(customer, secrets)
    if found is None or found.created_at + policy.trusted_for <= transaction.clock.now():
        return None
    return found


async def list_trusted(transaction: UnitOfWork, customer: UUID) -> list[TrustedDevice]:
    """Give the devices that a customer trusts and that still count."""
    policy = (await transaction.policies.get()).devices
    if policy.trust == "off":
        return []
    oldest = transaction.clock.now() - policy.trusted_for
    found = await transaction.trusted_devices.list_for(customer)
    return [one for one in found if one.created_at > oldest]


async def trust_device(
    transaction: UnitOfWork,
    holder: Customer,
    cookie: str | None,
    *,
    secret: str,
    user_agent: str,
) -> str | None:
    """Trust this browser under a secret; gives the cookie, None where the policy is off.

    `holder` is the customer under the lock that the sign-in holds, with the present epoch.
    """
    policy = (await transaction.policies.get()).devices
    if policy.trust == "off":
        return None
    before = await transaction.trusted_devices.find(holder.id, split_secrets(cookie))
    if before is not None:
        await transaction.trusted_devices.revoke(holder.id, before.id)
    await transaction.trusted_devices.add(
        holder.id,
        secret,
        epoch=holder.credential_epoch,
        expires_at=transaction.clock.now() + policy.trusted_for,
        user_agent=user_agent,
    )
    await record(
        transaction,
        EventKind.DEVICE_TRUSTED,
        actor=Actor.customer(holder.id),
        customer=holder.id,
        days=policy.trusted_for.days,
    )
    return with_secret(cookie, known=None, secret=secret)


async def forget_device(transaction: UnitOfWork, customer: UUID, device: UUID) -> bool:
    """Ask for the second factor on a device again; False when it is not one of this customer."""
    if not await transaction.trusted_devices.revoke(customer, device):
        return False
    await _note(transaction, customer, 1, Actor.customer(customer))
    return True


async def forget_all(transaction: UnitOfWork, customer: UUID, *, actor: Actor | None = None) -> int:
    """Ask for the second factor on every device again; gives how many it were.

    `actor` is who wants it when it is not the customer.
    """
    count = await transaction.trusted_devices.revoke_all(customer)
    if count:
        await _note(transaction, customer, count, actor or Actor.customer(customer))
    return count


async def _note(transaction: UnitOfWork, customer: UUID, count: int, actor: Actor) -> None:
    await record(
        transaction,
        EventKind.DEVICE_FORGOTTEN,
        actor=actor,
        customer=customer,
        devices=count,
    )
