"""Those who use an account all at the same moment, and what can still be used of it afterwards.

Whatever the traffic does was begun before the race: the password was right, the session was there,
the code was issued. So a credential event that is written leaves nothing of it, whoever was first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import select

from ciam.authentication.change_email import begin_change
from ciam.authentication.journey import load
from ciam.authentication.method import Proven
from ciam.authentication.pending_link import answer_question
from ciam.authentication.proceed import proceed
from ciam.authentication.social_sign_in import begin_link
from ciam.customers.profile import read_profile
from ciam.errors import Refusal
from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.authorization.respond import respond
from ciam.oauth.exchange import exchange
from ciam.oauth.parameters import Parameters
from ciam.storage.tables.grants import authorization
from ciam.storage.tables.journeys import journey, proof
from ciam.storage.tables.linking import link_proof, link_undo
from ciam.storage.tables.sessions import customer_session, known_device
from tests.factories.token_world import CHALLENGE, SCOPES, VERIFIER
from tests.races.account import APP, REDIRECT, Account

if TYPE_CHECKING:
    from ciam.storage import Database

ISSUER: Final = "https://id.example.jp"


async def sign_in(database: Database, account: Account, number: int) -> None:
    """End a sign-in whose password was right before the race."""
    proven = Proven(account.customer, 0, "password", ("pwd",), tells_owner=False)
    async with database.write() as transaction:
        begun = await load(transaction, account.sign_ins[number], account.browser)
        await proceed(transaction, begun, proven, account.browser)


async def refresh(database: Database, account: Account) -> None:
    """Use the refresh token."""
    await _exchange(database, grant_type="refresh_token", refresh_token=account.refresh_token)


async def redeem(database: Database, account: Account) -> None:
    """Redeem the code."""
    await _exchange(
        database,
        grant_type="authorization_code",
        code=account.code,
        redirect_uri=REDIRECT,
        code_verifier=VERIFIER,
    )


async def _exchange(database: Database, **parameters: str) -> None:
    async with database.write() as transaction:
        await exchange(
            transaction,
            authorization=None,
            parameters={"client_id": APP} | parameters,
            issuer=ISSUER,
        )


async def authorize(database: Database, account: Account) -> None:
    """Ask for one more code with the session that there is."""
    asked = AuthorizationRequest(
        issuer=ISSUER,
        client=account.client,
        parameters=Parameters({}),
        redirect_uri=REDIRECT,
        scopes=frozenset(SCOPES.split()),
        code_challenge=CHALLENGE,
    )
    async with database.write() as transaction:
        await respond(transaction, asked, account.session)


async def confirm_link(database: Database, account: Account) -> None:
    """Answer the question with yes."""
    await answer_question(database, account.question, account.browser, wants=True)


async def start_link(database: Database, account: Account) -> None:
    """Go to a provider for one more login."""
    await begin_link(database, account.session, account.browser)


async def start_change(database: Database, account: Account) -> None:
    """Ask for another address."""
    address = f"third.{account.customer.hex}@example.com"
    await begin_change(database, account.session, account.browser, address)


MOST_LOOKS: Final = 5

TRAFFIC: Final = {
    "sign_in": lambda database, account: sign_in(database, account, 0),
    "second_sign_in": lambda database, account: sign_in(database, account, 1),
    "refresh": refresh,
    "redeem": redeem,
    "authorize": authorize,
    "confirm_link": confirm_link,
    "start_link": start_link,
    "start_change": start_change,
}


async def look(database: Database, account: Account, times: int) -> None:
    """Read the account as a page does before its form is carried out: so nobody is always first."""
    for _ in range(times):
        async with database.read() as transaction:
            await read_profile(transaction, account.customer)


async def carry_out(act: Any, *given: Any) -> str:  # noqa: ANN401 - an act and what it takes
    """Do something; gives "done", or by which refusal it was not."""
    try:
        await act(*given)
    except Refusal as refusal:
        return f"{type(refusal).__name__}: {refusal.cause}"
    return "done"


async def list_survivors(
    database: Database, account: Account, *, session: UUID | None = None
) -> list[str]:
    """Give what can still be used of the account, but for the session that asked for the event."""
    found = []
    owned = account.customer
    async with database.read() as transaction:
        for what, query in _queries(owned):
            rows = (await transaction.connection.execute(query)).all()
            left = [row for row in rows if row[0] != session]
            if left:
                found.append(f"{len(left)} {what}")
    return found


async def list_ways_in(database: Database, account: Account) -> list[str]:
    """Give what opens an account, and what could bring another way in back."""
    owner = account.customer
    async with database.read() as transaction:
        found = [one.method for one in await transaction.authenticators.list_for(owner)]
        found += ["login" for _ in await transaction.external_identities.list_for(owner)]
        found += ["recovery code"] * await transaction.recovery_codes.count_left(owner)
        undone = select(link_undo.c.id).where(
            link_undo.c.customer == owner,
            link_undo.c.used_at.is_(None),
            link_undo.c.void_at.is_(None),
        )
        found += ["undo of a link" for _ in await transaction.connection.execute(undone)]
        identifiers = await transaction.identifiers.list_for(owner)
        found += [one.value for one in identifiers if one.value != account.address]
        found += ["unproven" for one in identifiers if one.verified_at is None]
    return found


def _queries(owner: UUID) -> list[tuple[str, Any]]:
    pending = select(journey.c.id).where(journey.c.customer == owner)
    return [
        (
            "sessions",
            select(customer_session.c.id).where(
                customer_session.c.customer == owner, customer_session.c.ended_at.is_(None)
            ),
        ),
        (
            "token families",
            select(authorization.c.id).where(
                authorization.c.customer == owner, authorization.c.revoked_at.is_(None)
            ),
        ),
        (
            "devices",
            select(known_device.c.id).where(
                known_device.c.customer == owner, known_device.c.revoked_at.is_(None)
            ),
        ),
        ("journeys", pending.where(journey.c.finished_at.is_(None))),
        (
            "mailed codes",
            select(proof.c.id).where(
                proof.c.journey.in_(pending), proof.c.used_at.is_(None), proof.c.void_at.is_(None)
            ),
        ),
        (
            "link proofs",
            select(link_proof.c.id).where(
                link_proof.c.customer == owner,
                link_proof.c.used_at.is_(None),
                link_proof.c.void_at.is_(None),
            ),
        ),
    ]
