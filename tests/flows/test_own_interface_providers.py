"""A social login begun on a screen of the app's own: to the provider, and back with a code."""

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.federation.connection import ConnectionConfig
from ciam.settings import Settings
from tests.flows.own_apps import CALLBACK, Script, problem_of, register_apps
from tests.parts.clock import FakeClock
from tests.parts.fake_providers import FakeProviders
from tests.parts.plain_browser import PlainBrowser
from tests.providers.world import make_fakes, usual


@pytest.fixture
def fakes(settings: Settings, clock: FakeClock) -> FakeProviders:
    """Give the providers, with this server registered at each."""
    return make_fakes(clock, settings.issuer)


@pytest.fixture
async def app(
    settings: Settings, clock: FakeClock, fakes: FakeProviders
) -> AsyncIterator[Starlette]:
    """Give the application with LINE switched on and our own apps."""
    application = create_app(settings, clock=clock, outbound=fakes.outbound(settings))
    async with application.router.lifespan_context(application):
        await register_apps(application)
        async with application.state.parts.database.write() as transaction:
            config = ConnectionConfig.model_validate(usual("line"))
            await transaction.connections.put(
                "line", config.to_document(), secret=config.secret(), managed_by="test"
            )
            await transaction.config.raise_generation()
        yield application


async def test_a_provider_is_a_choice_that_leads_there_and_back_to_our_pages(
    app: Starlette, fakes: FakeProviders
) -> None:
    issuer = app.state.parts.settings.issuer
    async with Script(app) as script:
        journey = await script.begin()
        assert [one["key"] for one in journey["choices"]["providers"]] == ["line"]
        refused = await script.submit(journey, "go_to_provider", provider="nobody")
        assert problem_of(refused)["status"] in {400, 404}
        sent = (await script.submit(await script.begin(), "go_to_provider", provider="line")).json()
        assert (sent["step"], sent["next"]) == ("hosted", "navigate")
        assert not sent["continue_at"].startswith(issuer)
        secret = script.http.cookies["ciam_browser"]
        apps = {issuer: app, **fakes.apps()}
        async with PlainBrowser(apps=apps, catch=(CALLBACK,)) as browser:
            browser.cookies.store(issuer, f"ciam_browser={secret}; Path=/; HttpOnly")
            page = await browser.open(sent["continue_at"])
            assert page.url.startswith(issuer), page.text
            assert page.heading == "Create an account"
        again = await script.send("GET", f"/{sent['id']}")
        assert again.json()["step"] == "sign_up_address", "and the app may go on from here"
        fields = {one["name"]: one["value"] for one in again.json()["fields"]}
        assert set(fields) == {"email"}
