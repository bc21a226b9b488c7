"""L-01: every local state x claim x kind of provider x session; who can sign in afterwards decides.

The owner of an account is somebody else than the person at the provider. That person presses every
button there is, reads no mailbox but their own and knows no secret of the owner. Then the oracle
looks: nothing that the person proved may open the owner's account, and nothing is linked that rule
4 does not allow.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import pytest

from ciam.audit.trail import Actor
from ciam.authentication.completion import SignedIn
from ciam.authentication.pending_link import answer_question
from ciam.authentication.sign_up import finish_sign_up, give_address
from ciam.authentication.social_sign_in import arrive_to_link, begin_link, finish_link
from ciam.authentication.verification import verify_code
from ciam.customers.customer import create_customer, disable_customer
from ciam.errors import CiamError, Refusal
from ciam.federation.identity import EmailTrust
from ciam.federation.linking import link
from tests.authentication.people import new_browser, session_of
from tests.federation.social import come_back, holder_of, identity, switch_on

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.authentication.context import BrowserContext
    from ciam.federation.identity import ProvenIdentity
    from ciam.storage import Database
    from tests.authentication.people import CountingHasher

LOCAL: Final = ("none", "unverified", "verified", "social", "mfa", "disabled", "merged")
CLAIM: Final = ("verified", "unverified", "missing", "other_case", "relay")
CLASS: Final = ("authoritative", "verifying", "non_verifying", "disabled")
SESSION: Final = ("none", "same", "other")
CELLS: Final = list(itertools.product(LOCAL, CLAIM, CLASS, SESSION))
NAMES: Final = {"family_name": "山田", "given_name": "花子"}
STORED: Final = "$argon2id$not-a-real-hash"

_TRUST: Final = {
    "authoritative": EmailTrust.AUTHORITATIVE,
    "verifying": EmailTrust.VERIFIED,
    "non_verifying": EmailTrust.ASSERTED,
    "disabled": EmailTrust.AUTHORITATIVE,
}


async def _owner(database: Database, local: str, email: str, number: int) -> UUID | None:
    """Make the account that is there before, in its state."""
    if local == "none":
        return None
    async with database.write() as transaction:
        made = await create_customer(
            transaction,
            email=email,
            email_verified_at=None if local == "unverified" else transaction.clock.now(),
            password_hash=None if local == "social" else STORED,
            attributes={},
            language="en",
            source="sign_up",
        )
        if local == "social":
            await link(transaction, made.id, identity(database, f"U-owner-{number}", email))
        if local == "mfa":
            await transaction.authenticators.add(made.id, "totp", secret=b"seed")
        if local == "disabled":
            await disable_customer(transaction, made.id, "a test", actor=Actor.operator("test"))
        if local == "merged":
            await transaction.customers.set_state(made.id, "merged", was="active")
    return made.id


def _claimed(
    database: Database, number: int, email: str, claim: str, provider: str
) -> ProvenIdentity:
    """Give what the provider says of the person, who is not the owner."""
    trust = _TRUST[provider]
    if claim == "unverified":
        trust = trust.at_most(EmailTrust.ASSERTED)
    shown: str | None = email
    if claim == "missing":
        shown, trust = None, EmailTrust.NONE
    elif claim == "other_case":
        shown = email.upper()
    elif claim == "relay":
        shown, trust = f"relay{number}@relay.example.com", EmailTrust.RELAY
    connection = "off" if provider == "disabled" else "line"
    return identity(database, f"U-person-{number}", shown, trust, connection=connection)


async def _press_everything(
    database: Database,
    hasher: CountingHasher,
    browser: BrowserContext,
    proven: ProvenIdentity,
    signed_in: UUID | None,
) -> None:
    """Do what a person can do who has the identity, the session and no mailbox of the owner."""
    if signed_in is not None:
        handle = await begin_link(database, await session_of(database, signed_in), browser)
        try:
            await arrive_to_link(database, handle, browser, proven, signed_in)
            await finish_link(database, handle, browser, signed_in, wants=True)
        except Refusal:
            pass
    try:
        handle, way = await come_back(database, browser, proven)
    except Refusal:
        return
    if isinstance(way, SignedIn):
        return
    for act in (
        lambda: give_address(database, handle, browser, proven.email or "own@example.com"),
        lambda: verify_code(database, handle, browser, "000000"),
        lambda: finish_sign_up(database, hasher, handle, browser, NAMES, origin="http://localhost"),
        lambda: answer_question(database, handle, browser, wants=True),
    ):
        try:
            await act()
        except (Refusal, CiamError):
            continue


@pytest.fixture
def no_lucky_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the one guess of each cell from being right by luck."""
    monkeypatch.setattr("ciam.authentication.sent_code.new_digits", lambda: "123456")


@pytest.mark.usefixtures("no_lucky_code")
async def test_in_no_cell_somebody_else_comes_into_an_account_and_none_links_silently(
    database: Database, hasher: CountingHasher
) -> None:
    await switch_on(database, "line", "off")
    takeovers, silent, seen = [], [], 0
    bystander = await _owner(database, "verified", "bystander@example.jp", 0)
    async with database.write() as transaction:
        await transaction.connections.disable("off")
        await transaction.config.raise_generation()
    for number, cell in enumerate(CELLS, 1):
        local, claim, provider, session = cell
        email, browser = f"owner{number}@example.jp", new_browser()
        owner = await _owner(database, local, email, number)
        proven = _claimed(database, number, email, claim, provider)
        me = {"none": None, "same": owner, "other": bystander}[session]
        if session == "same" and local in {"disabled", "merged"}:
            me = None  # their sessions ended with it
        await _press_everything(database, hasher, browser, proven, me)
        holder = await holder_of(database, proven)
        if holder is not None and provider == "disabled":
            silent.append(cell)
        if holder is not None and holder == owner and session != "same":
            takeovers.append(cell)
        if me is not None and holder is not None and holder != me:
            silent.append(cell)
        seen += 1
    assert (seen, takeovers, silent) == (420, [], [])
