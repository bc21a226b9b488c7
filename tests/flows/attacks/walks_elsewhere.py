"""The ways to name an address beside our pages: screens of apps, services, the console (A-06)."""

import json
from typing import Any, Final

from ciam.oauth.tokens.access_token import issue_client_token
from tests.factories.console_world import PASSWORD as OPERATORS_PASSWORD
from tests.factories.console_world import ConsoleWorld
from tests.flows.attacks.stage import Stage
from tests.flows.attacks.walks import LIMITED, WRONG, Walk
from tests.flows.own_apps import ASKED, ORIGIN, register_apps
from tests.flows.shop import register
from tests.parts.plain_browser import Page, PlainBrowser

_SERVICE: Final = {"grant_types": ("client_credentials",), "redirect_uris": ()}
_REASON: Final = "a test"


async def own_sign_in(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Sign in with a wrong password on an app's own screen."""
    journey = await _begin(stage, browser, "sign_in")
    return await _submit(stage, browser, journey, "sign_in", identifier=address, password=WRONG)


async def own_name_first(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Give the name alone."""
    journey = await _begin(stage, browser, "sign_in")
    return await _submit(stage, browser, journey, "identify", identifier=address)


async def own_ask_code(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Have a code sent in place of the password, and guess it."""
    await stage.put("methods", email_code="both")
    journey = await _begin(stage, browser, "sign_in")
    page = await _submit(stage, browser, journey, "ask_for_code", identifier=address)
    return await _submit(stage, browser, _read(page), "enter_code", code="000000")


async def own_register(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Begin to register, and guess the code."""
    journey = await _begin(stage, browser, "sign_up")
    page = await _submit(stage, browser, journey, "give_address", email=address)
    return await _submit(stage, browser, _read(page), "enter_code", code="000000")


async def own_forgot(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Say that the password is lost, and guess the code."""
    journey = await _begin(stage, browser, "recovery")
    page = await _submit(stage, browser, journey, "give_address", email=address)
    return await _submit(stage, browser, _read(page), "enter_code", code="000000")


async def search_without_scope(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Search as a service that may not read customers."""
    scope = "consents:read"
    return await _ask_as_service(stage, browser, "search", scope, kind="email", value=address)


async def search_without_release(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Search as a service of another company, to which nothing may leave."""
    scope = "customers:read"
    return await _ask_as_service(stage, browser, "search", scope, kind="email", value=address)


async def create_without_scope(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Create a customer as a service that may only read."""
    return await _ask_as_service(stage, browser, "", "customers:read", email=address)


async def invite(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Invite somebody to become a customer."""
    await _at_the_desk(stage, browser, "support")
    return await _invite(stage, browser, address)


async def invite_often(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Invite more often than mails may be sent."""
    await stage.put("limits", **LIMITED)
    await _at_the_desk(stage, browser, "support")
    for _ in range(4):
        page = await _invite(stage, browser, address)
    return page


async def invite_operator(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Invite somebody to be an operator."""
    await _at_the_desk(stage, browser, "owner")
    async with stage.database.write() as transaction:  # one at a time stands in the list
        for one in await transaction.operators.list_invitations():
            await transaction.operators.use_invitation(one.id)
    page = await stage.open(browser, "/admin/operators")
    return await page.submit(
        "Send the invitation", {"email": address, "role": "viewer", "reason": _REASON}
    )


async def join_as_operator(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Open the link of an invitation, and fill its form in without the code."""
    link = await ConsoleWorld(stage.app, stage.clock).invite(address, "viewer")
    page = await stage.open(browser, link)
    return await page.submit("Join", {"name": "M", "password": OPERATORS_PASSWORD, "code": "1"})


async def operator_sign_in(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Sign in to the console with a wrong password."""
    page = await stage.open(browser, "/admin/sign-in")
    return await page.submit(
        "Sign in", {"identifier": address, "password": WRONG, "code": "000000"}
    )


async def operator_sign_in_too_often(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    """Guess until there is a limit."""
    for _ in range(11):
        page = await operator_sign_in(stage, browser, address)
    return page


async def _send(
    stage: Stage,
    browser: PlainBrowser,
    path: str,
    document: Any,  # noqa: ANN401 - what JSON can hold
    **headers: str,
) -> Page:
    url = f"{stage.app.state.parts.settings.issuer}/api/v1{path}"
    sent = {"Content-Type": "application/json", **headers}
    return await browser.navigate("POST", url, body=json.dumps(document).encode(), headers=sent)


def _read(page: Page) -> Any:  # noqa: ANN401 - what JSON can hold
    assert page.status < 300, page.body
    return json.loads(page.body)


async def _begin(stage: Stage, browser: PlainBrowser, kind: str) -> Any:  # noqa: ANN401 - a document
    await register_apps(stage.app)
    document = {"authorization": ASKED, "kind": kind}
    page = await _send(stage, browser, "/journeys", document, **_OF_A_SCRIPT)
    return _read(page)


_OF_A_SCRIPT: Final = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"}


async def _submit(
    stage: Stage,
    browser: PlainBrowser,
    journey: Any,  # noqa: ANN401 - a document
    action: str,
    **fields: str,
) -> Page:
    document = {"action": action, "fields": fields}
    return await _send(stage, browser, f"/journeys/{journey['id']}", document, **_OF_A_SCRIPT)


async def _ask_as_service(
    stage: Stage, browser: PlainBrowser, path: str, scope: str, **document: str
) -> Page:
    client = await register(stage.app, "agency", scope=scope, **_SERVICE)
    issuer = stage.app.state.parts.settings.issuer
    async with stage.database.read() as transaction:
        issued = await issue_client_token(transaction, client, client.scope, issuer)
    where = f"/customers/{path}".rstrip("/")
    authorization = {"Authorization": f"Bearer {issued.token}"}
    return await _send(stage, browser, where, document, **authorization)


async def _invite(stage: Stage, browser: PlainBrowser, address: str) -> Page:
    page = await stage.open(browser, "/admin/customers")
    return await page.submit(
        "Send the invitation", {"email": address, "language": "en", "reason": _REASON}
    )


async def _at_the_desk(stage: Stage, browser: PlainBrowser, role: str) -> None:
    world = ConsoleWorld(stage.app, stage.clock)
    await world.sign_in(browser, await world.add_operator(role))


OPERATORS_SIGN_IN: Final[tuple[Walk, ...]] = (operator_sign_in, operator_sign_in_too_often)
ELSEWHERE: Final[tuple[Walk, ...]] = (
    own_sign_in,
    own_name_first,
    own_ask_code,
    own_register,
    own_forgot,
    search_without_scope,
    search_without_release,
    create_without_scope,
    invite,
    invite_often,
    invite_operator,
    join_as_operator,
    operator_sign_in,
)
