"""Every role at every endpoint of the console and its API (D-12), a table made from the routes.

A permitted call reaches its handler, any other answers exactly as an address that does not exist.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from ciam.administration.roles import ROLES, Permission
from ciam.app import create_app
from ciam.consent.notices import NoticeDocument, put_notice
from ciam.consent.purposes import PurposeDocument, put_purpose
from ciam.oauth.registration import ClientMetadata
from ciam.settings import Settings
from ciam.storage.stores.customers import Customer
from ciam.web import admin
from ciam.web.admin.endpoint import AdminRoute
from tests.factories.console_world import PASSWORD, SECRETS, ConsoleWorld
from tests.parts.clock import FakeClock

ENDPOINTS = [route for route in admin.routes if isinstance(route, AdminRoute)]
OPEN = {
    ("/admin/sign-in", "GET"),
    ("/admin/sign-in", "POST"),
    ("/admin/join", "GET"),
    ("/admin/join", "POST"),
    ("/api/admin/v1/session", "POST"),
    ("/api/admin/v1/openapi.json", "GET"),
}
"""What needs no operator: each was looked at."""
HIDDEN = {
    "owner": (),
    "support": ("clients", "audit", "operators"),
    "viewer": ("customers", "operators/"),
}
"""What a role may not know of, said once more by path: the roles do not prove themselves."""
PURPOSE = {
    "key": "news",
    "texts": {"en": {"title": "News", "what": "We mail.", "why": "To tell.", "recipient": "Us"}},
    "controller": {
        "id": "https://us.example.jp", "name": "Us", "address": "1 Example Street",
        "contact": "help@example.jp", "country": "JP",
    },
    "recipients": [{"kind": "ourselves"}],
    "storage_locations": ["JP"],
    "jurisdiction": "JP",
}  # fmt: skip
NOTICE = {"key": "terms", "version": "1", "texts": {"en": {"title": "Terms", "body": "Be kind."}}}


@pytest.fixture
async def app(tmp_path: Path, sqlite_url: str, clock: FakeClock) -> AsyncIterator[Starlette]:
    """Give the application."""
    settings = Settings(home=tmp_path / "home", database_url=SecretStr(sqlite_url))
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        yield application


def test_no_route_of_the_console_goes_without_a_permission() -> None:
    unguarded = {
        (route.path, method)
        for route in admin.routes
        if not isinstance(route, AdminRoute)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert unguarded == OPEN


def test_roles_differ_and_every_permission_is_used() -> None:
    assert {route.needs for route in ENDPOINTS} == set(Permission)
    assert ROLES["owner"] == set(Permission)
    assert Permission.CUSTOMERS_SEE not in ROLES["viewer"]
    assert Permission.AUDIT_SEE not in ROLES["support"]


async def test_every_role_reaches_its_endpoints_and_no_other(
    app: Starlette, clock: FakeClock
) -> None:
    world = ConsoleWorld(app, clock)
    customer = await world.add_customer()
    places = await _fill(world, customer)
    wrong, cells = [], 0
    for role, permissions in ROLES.items():
        email = await world.add_operator(role)
        places["session"] = await world.add_session(customer)
        async with world.browser() as browser:
            await world.sign_in(browser, email)
            cookie = browser.cookies.header(world.issuer, initiator=None, method="GET") or ""
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=world.issuer) as http:
            bearer = await _bearer(world, http, email)
            missing = await http.get("/admin/nothing-here", headers={"Cookie": cookie})
            for route in sorted(ENDPOINTS, key=_ends_something):
                method = next(iter(set(route.methods or ()) - {"HEAD"}))
                is_api = route.path.startswith("/api/")
                headers = {"Authorization": bearer} if is_api else {"Cookie": cookie}
                path = _fill_path(route.path, places)
                answer = await http.request(method, path, headers=headers)
                is_missing = answer.status_code == missing.status_code == 404
                cells += 1
                if any(f"/{area}" in route.path for area in HIDDEN[role]):
                    assert is_missing, (role, route.path)
                if is_missing is (route.needs in permissions) or answer.status_code >= 500:
                    wrong.append((role, method, route.path, answer.status_code))
                leaked = [secret for secret in SECRETS if secret in answer.text]
                assert leaked == [], (role, method, route.path)
    assert wrong == []
    assert cells == len(ENDPOINTS) * len(ROLES)


async def test_without_an_operator_nothing_is_reached(app: Starlette, clock: FakeClock) -> None:
    world = ConsoleWorld(app, clock)
    customer = await world.add_customer()
    places = await _fill(world, customer)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=world.issuer) as http:
        for route in ENDPOINTS:
            method = next(iter(set(route.methods or ()) - {"HEAD"}))
            path = _fill_path(route.path, places)
            for headers in ({}, {"Authorization": "Bearer ciam_os_x", "Cookie": "ciam_operator=x"}):
                answer = await http.request(method, path, headers=headers)
                expected = 401 if route.path.startswith("/api/") else 303
                assert answer.status_code == expected, (method, path)


async def _fill(world: ConsoleWorld, customer: Customer) -> dict[str, str]:
    """Make one of everything that stands in a path."""
    async with world.database.write() as transaction:
        await put_purpose(transaction, PurposeDocument.model_validate(PURPOSE))
        await put_notice(transaction, NoticeDocument.model_validate(NOTICE))
        shop = ClientMetadata.model_validate(
            {"client_name": "Shop", "redirect_uris": ["https://shop.example.com/cb"]}
        )
        await transaction.clients.put(
            "shop", shop.model_dump(mode="json"), secret_hash=None, brand=None, managed_by="file"
        )
    return {
        "customer_id": customer.customer_id,
        "session": await world.add_session(customer),
        "purposes": "news",
        "notices": "terms",
        "attributes": "family_name",
        "client_id:path": "shop",
        "operator": "00000000-0000-0000-0000-000000000000",
    }


def _fill_path(path: str, places: dict[str, str]) -> str:
    section = next((one for one in ("purposes", "attributes") if one in path), "notices")
    key = places[section]
    for name, value in places.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{key}", key)


def _ends_something(route: AdminRoute) -> tuple[bool, bool, int]:
    """Leave signing out, and ending the customer's sessions, for the end."""
    is_delete = "DELETE" in (route.methods or ())
    is_sign_out = is_delete and route.path.endswith("/session")
    return is_sign_out, is_delete, -len(route.path)


async def _bearer(world: ConsoleWorld, http: httpx.AsyncClient, email: str) -> str:
    sent = {"email": email, "password": PASSWORD, "code": world.code(email)}
    begun = await http.post("/api/admin/v1/session", json=sent)
    return f"Bearer {begun.json()['token']}"
