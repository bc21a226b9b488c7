"""A customer, two apps and the example documents, in a real database of each kind."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from ciam.consent import decisions
from ciam.consent.notices import put_notice
from ciam.consent.purposes import find_purpose, put_purpose
from ciam.consent.questions import Decisions
from ciam.consent.screens import Screen
from ciam.keys.signing import ensure_signing_keys
from ciam.storage import Database
from ciam.storage.stores.clients import Client
from ciam.storage.stores.receipts import Receipt
from tests.consent.clients import put_client
from tests.consent.documents import newsletter, privacy, sharing, terms
from tests.parts.clock import FakeClock

ORIGIN = "https://id.example.jp"


@dataclass
class World:
    """What every test of consent starts from."""

    database: Database
    clock: FakeClock
    customer: UUID
    partner: Client
    shop: Client

    def screen(self, page: str = "consent", language: str = "en") -> Screen:
        """Give a screen."""
        return Screen(page, ORIGIN, language, {"title": "Your choice"})

    async def answer(self, key: str, *, agrees: bool) -> list[Receipt]:
        """Answer one purpose in the version in force."""
        async with self.database.write() as transaction:
            purpose = await find_purpose(transaction, key)
            assert purpose is not None
            return await decisions.record_decisions(
                transaction,
                self.customer,
                Decisions(frozenset(), {purpose.id: agrees}),
                screen=self.screen(),
            )


@pytest.fixture
async def world(database: Database, clock: FakeClock) -> World:
    """Give a customer with a name and an address, two apps, two purposes and two notices."""
    await ensure_signing_keys(database)
    async with database.write() as transaction:
        for purpose in (newsletter(), sharing()):
            await put_purpose(transaction, purpose)
        for notice in (terms(), privacy()):
            await put_notice(transaction, notice)
        customer = await transaction.customers.insert_new(language="ja")
        await transaction.identifiers.add(
            customer.id,
            "email",
            "hanako@example.jp",
            source="test",
            verified_at=clock.now(),
            login="hanako@example.jp",
        )
        for attribute, language, value in (
            ("family_name", "", "見本"),
            ("given_name", "", "花子"),
            ("family_name", "ja-Kana-JP", "ミホン"),
            ("given_name", "ja-Kana-JP", "ハナコ"),
        ):
            await transaction.attributes.put(customer.id, attribute, language, value, source="test")
        partner = await put_client(transaction, "partner", recipient_kind="cross_border")
        shop = await put_client(transaction, "shop", recipient_kind="ourselves")
    return World(database, clock, customer.id, partner, shop)
