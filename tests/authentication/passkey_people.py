"""Customers with a passkey, and the options that a page of theirs would carry."""

from datetime import timedelta
from uuid import UUID

from ciam.authentication.context import BrowserContext
from ciam.authentication.methods.passkey import second_factor_options, sign_in_options
from ciam.customers.passkey_ceremonies import RelyingParty
from ciam.customers.passkey_challenges import REGISTER, Scope
from ciam.customers.passkeys import enrol, offer_registration, read_registration
from ciam.storage import Database
from ciam.storage.stores.passkeys import Passkey
from tests.authentication.people import read_journey
from tests.factories.software_authenticator import SoftwareAuthenticator

ORIGIN = "https://id.example.jp"
PARTY = RelyingParty.of(ORIGIN)
SCOPE = Scope(REGISTER, b"browser", "session")


async def add_passkey(
    database: Database, customer: UUID, authenticator: SoftwareAuthenticator, name: str = ""
) -> Passkey:
    """Register an authenticator for a customer, as the account page does."""
    async with database.write() as transaction:
        options = await offer_registration(
            transaction,
            PARTY,
            customer,
            SCOPE,
            name="taro@example.jp",
            display_name="山田 太郎",
            shown_name="つむぎ",
            expires_at=database.clock.now() + timedelta(minutes=10),
        )
    now = database.clock.now()
    registered = read_registration(database.keys, PARTY, SCOPE, authenticator.create(options), now)
    async with database.write() as transaction:
        return await enrol(
            transaction, customer, registered, name=name, device="Firefox on Linux", session=None
        )


async def sign_in_page(database: Database, handle: str, browser: BrowserContext) -> str:
    """Give the options that the sign-in page carries."""
    journey = await read_journey(database, handle, browser)
    async with database.read() as transaction:
        return sign_in_options(transaction, PARTY, journey, browser)


async def second_factor_page(
    database: Database, handle: str, browser: BrowserContext, owner: UUID
) -> str | None:
    """Give the options that a page of the second factor carries."""
    journey = await read_journey(database, handle, browser)
    async with database.read() as transaction:
        return await second_factor_options(transaction, PARTY, journey, browser, owner)
