"""What the answer of an authenticator does, and what sets a second factor up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ciam.authentication import passkey_sign_in, second_factor, set_up
from ciam.authentication.journey import StepTaken
from ciam.customers.totp_offer import open_offer
from ciam.web.own_interface.passkeys import party_of

if TYPE_CHECKING:
    from ciam.authentication.completion import SignedIn
    from ciam.authentication.proceed import OnTheWay
    from ciam.customers.passkey_ceremonies import RelyingParty
    from ciam.web.own_interface.acting import Submission


@dataclass(frozen=True, slots=True)
class WithCodes:
    """It goes on, and there are recovery codes that are shown this once."""

    outcome: SignedIn | OnTheWay
    codes: list[str] = field(repr=False)


async def party_here(sent: Submission) -> RelyingParty:
    """Give us as the authenticators of who answers know us."""
    async with sent.database.read() as transaction:
        return await party_of(transaction, sent.request, sent.holder, sent.journey)


async def sign_in_with_passkey(sent: Submission) -> SignedIn | OnTheWay:
    """Prove a passkey, whoever's it is."""
    return await passkey_sign_in.sign_in_with_passkey(
        sent.database, await party_here(sent), sent.handle, sent.context, sent.get("credential")
    )


async def second_passkey(sent: Submission) -> SignedIn | OnTheWay:
    """Prove a passkey of who was proven before."""
    return await second_factor.prove_second_passkey(
        sent.database,
        await party_here(sent),
        sent.handle,
        sent.context,
        sent.get("credential"),
        trusts_device=sent.get("trust_device") == "yes",
    )


async def set_up_passkey(sent: Submission) -> SignedIn | OnTheWay:
    """Enrol the passkey that was made."""
    return await set_up.set_up_passkey(
        sent.database, await party_here(sent), sent.handle, sent.context, sent.get("credential")
    )


async def set_up_app(sent: Submission) -> WithCodes:
    """Take the first code of an authenticator app."""
    seed = open_offer(sent.database.keys, sent.journey.id, sent.get("offer"))
    if seed is None:
        raise StepTaken("no secret that was offered here")
    outcome, codes = await set_up.set_up_app(
        sent.database, sent.handle, sent.context, seed=seed, typed=sent.get("code")
    )
    return WithCodes(outcome, codes)
