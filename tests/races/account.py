"""One account with everything that opens it or may be pending for it, before a race."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import CHANGE, RECOVERY, SIGN_IN, SIGN_UP
from ciam.authentication.method import Proven
from ciam.authentication.requirement import Requirement
from ciam.authentication.state import State, Step
from ciam.customers.customer import create_customer
from ciam.customers.identifiers import EMAIL
from ciam.federation.identity import EmailTrust, ProvenIdentity
from ciam.federation.linking import LINKED, UNLINKED
from ciam.federation.pending import to_document
from ciam.identifiers import new_digits, new_opaque, new_secret
from ciam.storage.stores.passkeys import Credential
from ciam.storage.stores.sessions import Session
from tests.factories.token_world import CHALLENGE, redirect_uri_of
from tests.races.single_uses import start_family

if TYPE_CHECKING:
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.clients import Client

APP: Final = "spa"
LINE: Final = "https://access.line.me"
STORED: Final = "$argon2id$not-a-real-hash"
REDIRECT: Final = redirect_uri_of(APP)
_CONNECTION: Final = "line"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is before the race; what is in it may be sent to another process.

    session   what the traffic is signed in with
    mine      the session of who asks for the credential event
    """

    customer: UUID
    client: Client
    address: str
    session: Session
    mine: Session
    browser: BrowserContext
    sign_ins: list[str]
    question: str
    change: tuple[str, str]
    recovery: str
    refresh_token: str = field(repr=False)
    code: str = field(repr=False)
    passkey: UUID
    login: UUID
    undo_link: str = field(repr=False)
    undo_email: str = field(repr=False)
    undo_unlink: str = field(repr=False)
    beside: tuple[str, str] = field(repr=False)

    def again(self, *, recovery: str, beside: tuple[str, str]) -> Self:
        """Give the same account with other journeys of its owner."""
        return replace(self, recovery=recovery, beside=beside)


async def switch_on(transaction: UnitOfWork) -> None:
    """Switch a social provider on; nothing here talks to it."""
    document: dict[str, Any] = {
        "provider": "line",
        "client_id": "1",
        "names": {},
        "scopes": None,
        "order": 1,
        "email_trust": "authoritative",
        "keep_tokens": False,
        "options": {},
        "issuer": None,
        "endpoints": None,
        "algorithm": None,
        "sandbox": None,
    }
    await transaction.connections.put(
        _CONNECTION, document, secret="not a real secret", managed_by="file"
    )
    await transaction.config.raise_generation()


async def make_account(
    transaction: UnitOfWork, client: Client, number: int, *, is_proven: bool
) -> Account:
    """Make an account with sessions, tokens, devices and everything that can be pending."""
    now = transaction.clock.now()
    address = f"rokuro.{number:x}@example.jp"
    made = await create_customer(
        transaction,
        email=address,
        email_verified_at=now if is_proven else None,
        password_hash=STORED,
        attributes={},
        language="ja",
        source="sign_up",
    )
    customer = made.id
    undo_email = await _changed_before(transaction, customer, number)
    browser = BrowserContext(number.to_bytes(8, "big") * 4, "192.0.2.1", "a browser", "ja")
    session, mine = [await _session(transaction, customer) for _ in range(2)]
    await transaction.known_devices.replace(
        customer, None, new_secret("dv"), expires_at=now + timedelta(days=1)
    )
    refresh_token, code = new_secret("rt"), new_secret("ac")
    lives = now + timedelta(hours=1)
    family = await start_family(transaction, customer, client, session.id)
    await transaction.refresh_tokens.add(
        refresh_token, family=family, generation=0, expires_at=lives
    )
    await transaction.authorization_codes.add(
        code,
        family=await start_family(transaction, customer, client, session.id),
        client=client.id,
        redirect_uri=REDIRECT,
        code_challenge=CHALLENGE,
        expires_at=lives,
    )
    passkey = await transaction.passkeys.add(
        customer, "a key", Credential(new_opaque().encode(), b"", "", 0, False, False)
    )
    login = await transaction.external_identities.link(
        customer, LINE, new_opaque(), connection=_CONNECTION
    )
    assert passkey is not None
    assert login is not None
    undo_link = new_secret("ln")
    kept = {"issuer": LINE, "subject": login.subject, "connection": _CONNECTION, "label": ""}
    await transaction.link_undos.issue(undo_link, customer, LINKED, kept, lives)
    undo_unlink, gone = new_secret("ln"), kept | {"subject": new_opaque()}
    await transaction.link_undos.issue(undo_unlink, customer, UNLINKED, gone, lives)
    return Account(
        customer=customer,
        client=client,
        address=address,
        session=session,
        mine=mine,
        browser=browser,
        sign_ins=[await _sign_in(transaction, browser) for _ in range(2)],
        question=await _question(transaction, customer, browser),
        change=await _change(transaction, customer, browser, number),
        recovery=await begin_recovery(transaction, customer, browser, address),
        refresh_token=refresh_token,
        code=code,
        passkey=passkey.id,
        login=login.id,
        undo_link=undo_link,
        undo_email=undo_email,
        undo_unlink=undo_unlink,
        beside=await begin_beside(transaction, customer, browser, address),
    )


async def _session(transaction: UnitOfWork, customer: UUID) -> Session:
    return await transaction.sessions.start(
        customer,
        new_secret("ss"),
        acr="urn:ciam:acr:1",
        amr=("pwd",),
        expires_at=transaction.clock.now() + timedelta(days=1),
        address="192.0.2.1",
        user_agent="a browser of the tests",
    )


async def _begin(
    transaction: UnitOfWork,
    browser: BrowserContext,
    kind: str,
    state: State,
    customer: UUID | None = None,
) -> Any:  # noqa: ANN401 - a journey of the store
    begun = await transaction.journeys.begin(
        new_opaque(),
        browser.browser_hash,
        kind=kind,
        state=state.to_json(),
        expires_at=transaction.clock.now() + timedelta(hours=1),
    )
    if customer is not None:
        await transaction.journeys.change(begun, state.to_json(), customer=customer)
    return begun


async def _changed_before(transaction: UnitOfWork, customer: UUID, number: int) -> str:
    """Have the address be one that took another's place; gives what undoes it."""
    (new,) = await transaction.identifiers.list_for(customer)
    address, undo = f"old.{number:x}@example.jp", new_secret("ln")
    old = await transaction.identifiers.add(
        customer, EMAIL, address, source="sign_up", login=address
    )
    assert old is not None
    await transaction.identifiers.remove(old.id)
    expires_at = transaction.clock.now() + timedelta(hours=1)
    await transaction.email_changes.add(
        customer, old=old.id, new=new.id, undo=undo, expires_at=expires_at
    )
    return undo


async def _sign_in(transaction: UnitOfWork, browser: BrowserContext) -> str:
    begun = await _begin(
        transaction, browser, SIGN_IN, State(Step.PASSWORD, "/account", Requirement())
    )
    return str(begun.handle)


async def _question(transaction: UnitOfWork, customer: UUID, browser: BrowserContext) -> str:
    """Begin a sign-in that asks whether to link, both sides proven."""
    now = transaction.clock.now()
    identity = ProvenIdentity(
        _CONNECTION, LINE, new_opaque(), None, EmailTrust.NONE, {}, now, auth_time=None
    )
    proven = asdict(Proven(customer, 0, "password", ("pwd",), tells_owner=False))
    state = State(
        Step.CONFIRM_LINK,
        "/account",
        Requirement(),
        pending=to_document(identity),
        proof=proven | {"customer": customer.hex},
    )
    begun = await _begin(transaction, browser, SIGN_UP, state, customer)
    await transaction.link_proofs.offer(
        customer,
        LINE,
        identity.subject,
        journey=begun.id,
        browser_hash=browser.browser_hash,
        expires_at=now + timedelta(minutes=10),
    )
    return str(begun.handle)


async def _change(
    transaction: UnitOfWork, customer: UUID, browser: BrowserContext, number: int
) -> tuple[str, str]:
    """Begin a change of address of which the code is known."""
    now, code, new = transaction.clock.now(), new_digits(), f"new.{number:x}@example.com"
    state = State(
        Step.CHANGE_CODE,
        "/account/email",
        Requirement(),
        address=new,
        lookup=new,
        sent_at=now,
        code_expires_at=now + timedelta(minutes=10),
    )
    begun = await _begin(transaction, browser, CHANGE, state, customer)
    await transaction.proofs.issue(
        begun.id,
        "change_email",
        new,
        code=code,
        link=new_secret("ln"),
        expires_at=now + timedelta(minutes=10),
    )
    return str(begun.handle), code


def owner_of(browser: BrowserContext) -> BrowserContext:
    """Give the browser of who can read the mailbox: not the one of the traffic."""
    return replace(browser, browser_hash=b"o" * 32)


async def begin_beside(
    transaction: UnitOfWork, customer: UUID, browser: BrowserContext, address: str
) -> tuple[str, str]:
    """Begin a sign-up with a social login whose address has an account; gives the mailed link."""
    link = new_secret("ln")
    now = transaction.clock.now()
    until = now + timedelta(minutes=10)
    identity = ProvenIdentity(
        _CONNECTION, LINE, new_opaque(), address, EmailTrust.VERIFIED, {}, now, auth_time=None
    )
    state = State(
        Step.CODE,
        "/account",
        Requirement(),
        address=address,
        lookup=address,
        sent_at=now,
        code_expires_at=until,
        pending=to_document(identity),
    )
    begun = await _begin(transaction, owner_of(browser), SIGN_UP, state, customer)
    await transaction.proofs.issue(
        begun.id, "verify_email", address, code=new_digits(), link=link, expires_at=until
    )
    return str(begun.handle), link


async def begin_recovery(
    transaction: UnitOfWork, customer: UUID, browser: BrowserContext, address: str
) -> str:
    """Begin a recovery whose address is proven."""
    now = transaction.clock.now()
    state = State(
        Step.NEW_PASSWORD,
        "/account",
        Requirement(),
        address=address,
        lookup=address,
        proven_at=now,
    )
    begun = await _begin(transaction, owner_of(browser), RECOVERY, state, customer)
    return str(begun.handle)
