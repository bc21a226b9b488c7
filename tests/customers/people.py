"""People for tests: obviously fake, made through the real rules."""

from typing import Any

from ciam.customers.customer import create_customer
from ciam.storage import Database
from ciam.storage.stores.customers import Customer

EMAIL = "Taro.Yamada@example.jp"


async def make_customer(database: Database, email: str = EMAIL, **changes: Any) -> Customer:  # noqa: ANN401 - as create_customer takes them
    """Make a customer with a proven address."""
    values: dict[str, Any] = {
        "email_verified_at": database.clock.now(),
        "password_hash": None,
        "attributes": {"family_name": "山田", "given_name": "太郎"},
        "language": "ja",
        "source": "sign_up",
    } | changes
    async with database.write() as transaction:
        return await create_customer(transaction, email=email, **values)
