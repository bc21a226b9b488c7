"""A customer with a browser that is signed in, for the flows of the account pages."""

from urllib.parse import urlsplit

from starlette.applications import Starlette

from ciam.authentication.context import BrowserContext
from ciam.customers.customer import create_customer
from ciam.sessions.session import start_session
from ciam.storage.stores.customers import Customer
from tests.parts.plain_browser import PlainBrowser

PASSWORD = "an old password of mine"
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/131.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


async def make_person(app: Starlette, email: str = "taro@example.jp") -> Customer:
    """Register a customer with a password."""
    parts = app.state.parts
    stored = await parts.hasher.hash(PASSWORD, parts.database.keys)
    async with parts.database.write() as transaction:
        return await create_customer(
            transaction, email=email, email_verified_at=parts.clock.now(), password_hash=stored,
            attributes={"family_name": "山田", "given_name": "太郎",
                        "family_name#ja-Kana-JP": "ヤマダ"},
            language="en", source="sign_up",
        )  # fmt: skip


async def sign_in(
    app: Starlette,
    browser: PlainBrowser,
    customer: Customer,
    user_agent: str = WINDOWS,
) -> str:
    """Give a browser a session, as the sign-in page does; give the cookie's value."""
    parts = app.state.parts
    context = BrowserContext(b"browser", "192.0.2.7", user_agent, "en")
    async with parts.database.write() as transaction:
        secret, _session = await start_session(
            transaction, customer.id, acr="urn:ciam:acr:1", amr=("pwd",), context=context
        )
    browser.cookies.store(parts.settings.issuer, f"ciam_session={secret}; Path=/; HttpOnly")
    assert urlsplit(parts.settings.issuer).hostname == "localhost"
    return str(secret)
