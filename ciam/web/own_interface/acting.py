"""What an answer does: one call of the rules, the same that the page of the step calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ciam.authentication import code_sign_in, recovery, sign_up
from ciam.authentication import sign_in as sign_in_rules
from ciam.authentication.challenge import Sent, resend
from ciam.authentication.journey import SIGN_IN, SIGN_UP, Journey
from ciam.authentication.lost_factor import Waits, prove_contact, send_lost_code
from ciam.authentication.profile_question import answer_profile_question
from ciam.authentication.second_factor import prove_second_factor
from ciam.authentication.second_factor import send_second_factor as send_rule
from ciam.authentication.social_sign_in import begin_sign_in
from ciam.authentication.verification import verify_code
from ciam.customers.identifiers import EMAIL, PHONE
from ciam.customers.phones import is_phone
from ciam.federation.exchange import begin, callback_path
from ciam.texts import Text
from ciam.web.own_interface.acting_passkeys import party_here
from ciam.web.parts import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from ciam.authentication.completion import SignedIn
    from ciam.authentication.context import BrowserContext
    from ciam.authentication.proceed import OnTheWay
    from ciam.storage import Database
    from ciam.web.own_interface.holder import Holder

_RESENT: Final = {
    Sent.SENT: Text("A new code is on its way. Earlier codes no longer work."),
    Sent.TOO_EARLY: None,
    Sent.CAPPED: Text(
        "No more mails can be sent to this address for now."
        " Please look for the newest one, or try again in an hour."
    ),
}


_NO_MORE_TEXTS: Final = Text(
    "No more messages can be sent to this number for now."
    " Please look for the newest one, or try again in an hour."
)
_WAITS: Final = Text(
    "Nothing has changed yet. We told every e-mail address and phone number of your account."
)
_NO_MORE_CODES: Final = Text(
    "No more codes can be sent for now. Please look for the newest one, or try again in an hour."
)


@dataclass(frozen=True, slots=True)
class Submission:
    """An answer to a journey: the fields that were sent, each of them one that is asked."""

    request: Request
    holder: Holder
    journey: Journey
    fields: Mapping[str, str] = field(repr=False)

    @property
    def database(self) -> Database:
        """The database of this process."""
        return parts(self.request).database

    @property
    def handle(self) -> str:
        """The journey's."""
        return self.journey.handle

    @property
    def context(self) -> BrowserContext:
        """What is known of who answers."""
        return self.holder.context

    def get(self, name: str) -> str:
        """Give a field; one that was not sent is empty, as in a form."""
        return self.fields.get(name, "")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """It goes on in another journey, at an address that a browser has to open."""

    handle: str
    address: str


@dataclass(frozen=True, slots=True)
class Said:
    """The step stays; something is to be said about it."""

    text: Text | None


async def sign_in(sent: Submission) -> SignedIn | OnTheWay:
    """Prove the password."""
    return await sign_in_rules.sign_in(
        sent.database,
        parts(sent.request).hasher,
        sent.handle,
        sent.context,
        identifier=sent.get("identifier"),
        password=sent.get("password"),
        work=sent.get("work"),
    )


async def identify(sent: Submission) -> None:
    """Take the name alone."""
    await sign_in_rules.name_identifier(
        sent.database, sent.handle, sent.context, sent.get("identifier")
    )


async def give_address(sent: Submission) -> None:
    """Have a code sent, whether the address has an account or not."""
    is_sign_up = sent.journey.kind == SIGN_UP
    rule = sign_up.give_address if is_sign_up else recovery.give_lost_address
    kind = PHONE if PHONE in sent.fields else EMAIL
    await rule(
        sent.database,
        sent.handle,
        sent.context,
        sent.get(kind),
        kind=kind,
        work=sent.get("work"),
    )


async def ask_for_code(sent: Submission) -> None:
    """Have a code sent in place of the password, whether anybody has the name or not."""
    await code_sign_in.ask_for_code(
        sent.database, sent.handle, sent.context, sent.get("identifier"), work=sent.get("work")
    )


async def enter_code(sent: Submission) -> SignedIn | OnTheWay | None:
    """Use the code up; in a sign-in it is the first proof."""
    if sent.journey.kind == SIGN_IN:
        return await code_sign_in.sign_in_with_code(
            sent.database, sent.handle, sent.context, sent.get("code")
        )
    await verify_code(sent.database, sent.handle, sent.context, sent.get("code"))
    return None


async def resend_code(sent: Submission) -> Said:
    """Have another code sent."""
    outcome = await resend(sent.database, sent.handle, sent.context)
    by_text = is_phone(sent.journey.state.lookup)
    return Said(_NO_MORE_TEXTS if by_text and outcome is Sent.CAPPED else _RESENT[outcome])


async def finish_sign_up(sent: Submission) -> SignedIn | OnTheWay:
    """Make the customer, with their answers on what they were shown."""
    found = parts(sent.request)
    return await sign_up.finish_sign_up(
        sent.database,
        found.hasher,
        sent.handle,
        sent.context,
        sent.fields,
        origin=found.settings.issuer,
        shown_by=await _shown_by(sent),
        party=await party_here(sent),
    )


async def set_password(sent: Submission) -> SignedIn | OnTheWay:
    """Store the new password."""
    hasher = parts(sent.request).hasher
    return await recovery.set_new_password(
        sent.database, hasher, sent.handle, sent.context, sent.get("password")
    )


async def second_factor(sent: Submission) -> SignedIn | OnTheWay:
    """Prove the second factor."""
    return await prove_second_factor(
        sent.database,
        sent.handle,
        sent.context,
        way=sent.get("way"),
        typed=sent.get("code"),
        trusts_device=sent.get("trust_device") == "yes",
    )


async def send_second_factor(sent: Submission) -> Said:
    """Send a code to where the customer has proven to be reached."""
    outcome = await send_rule(sent.database, sent.handle, sent.context, way=sent.get("way"))
    return Said(_NO_MORE_CODES if outcome is Sent.CAPPED else _RESENT[outcome])


async def answer_question(sent: Submission) -> SignedIn | OnTheWay:
    """Store the answer to what is asked of the profile."""
    return await answer_profile_question(sent.database, sent.handle, sent.context, sent.fields)


async def skip_question(sent: Submission) -> SignedIn | OnTheWay:
    """Put the question off."""
    skipped = {**sent.fields, "skip": "yes"}
    return await answer_profile_question(sent.database, sent.handle, sent.context, skipped)


async def send_lost_factor_code(sent: Submission) -> Said:
    """Send a code to another contact of who has lost the second factor."""
    outcome = await send_lost_code(sent.database, sent.handle, sent.context)
    return Said(_NO_MORE_CODES if outcome is Sent.CAPPED else _RESENT[outcome])


async def lost_second_factor(sent: Submission) -> SignedIn | OnTheWay | Said:
    """Have the request wait, or go on without the second factor once its wait is over."""
    done = await prove_contact(sent.database, sent.handle, sent.context, sent.get("code"))
    return Said(_WAITS) if isinstance(done, Waits) else done


async def go_to_provider(sent: Submission) -> Elsewhere:
    """Begin the way to a provider; it leads back to our own pages."""
    found, connection = parts(sent.request), sent.get("provider")
    handle = await begin_sign_in(sent.database, sent.handle, sent.context)
    address = await begin(
        sent.database,
        found.outbound,
        connection,
        redirect_uri=f"{found.settings.issuer}{callback_path(connection)}",
        browser_hash=sent.context.browser_hash,
        purpose="sign_in",
        journey=handle,
    )
    return Elsewhere(handle, address)


async def _shown_by(sent: Submission) -> str | None:
    client = sent.journey.state.client
    if client is None:
        return None
    async with sent.database.read() as transaction:
        return (await transaction.clients.get(client)).client_id
