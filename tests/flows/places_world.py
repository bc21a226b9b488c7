"""A server that knows where the documentation's networks are, and browsers in them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.applications import Starlette

from ciam.settings import Settings
from ciam.storage.stores.customers import Customer
from tests.flows.account_people import PASSWORD, WINDOWS
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
JAPAN, BRAZIL, FRANCE = "192.0.2.7", "198.51.100.9", "203.0.113.5"
TOR = "203.0.113.200"
_COUNTRIES = "192.0.2.0/24,JP\n198.51.100.0/24,BR\n203.0.113.0/24,FR\n"


def make_settings(tmp_path: Path, database_url: str) -> Settings:
    """Give settings with tables of countries and networks, and a proxy before the server."""
    countries, networks = tmp_path / "countries.csv", tmp_path / "networks.txt"
    countries.write_text(_COUNTRIES)
    networks.write_text(f"{TOR}\n")
    return Settings(
        home=tmp_path / "home",
        database_url=SecretStr(database_url),
        country_table=countries,
        anonymous_networks=networks,
        trusted_proxies=("127.0.0.1",),
    )


def browser_in(
    app: Starlette, address: str, user_agent: str = WINDOWS, language: str = "en"
) -> PlainBrowser:
    """Give a browser without cookies, at an address."""
    return PlainBrowser(
        apps={app.state.parts.settings.issuer: app},
        headers={"X-Forwarded-For": address, "User-Agent": user_agent},
        language=language,
    )


async def open_page(app: Starlette, browser: PlainBrowser, path: str) -> Page:
    """Open a page of the server."""
    return await browser.open(f"{app.state.parts.settings.issuer}{path}")


async def give_password(app: Starlette, browser: PlainBrowser, password: str = PASSWORD) -> Page:
    """Sign in with the password, whoever is signed in; gives the page that follows."""
    page = await open_page(app, browser, "/sign-in?fresh=1")
    return await page.submit("Sign in", {"identifier": TARO, "Password": password})


async def put_policy(app: Starlette, section: str, **values: Any) -> None:  # noqa: ANN401 - whatever the section takes
    """Change a section of the policies, as an operator does."""
    async with app.state.parts.database.write() as transaction:
        await transaction.policies.put(section, values, managed_by="test")
        await transaction.config.raise_generation()


async def kinds_of(app: Starlette, customer: Customer) -> list[str]:
    """Give the kinds of events of a customer, the oldest first."""
    from ciam.audit.trail import pseudonym_of  # noqa: PLC0415 - only this one needs it

    async with app.state.parts.database.read() as transaction:
        pseudonym = await pseudonym_of(transaction, customer.id)
        events = await transaction.audit_events.list_for_customer(pseudonym)
    return [event.kind for event in reversed(events)]


A_DAY = timedelta(days=1)
