"""The server with LINE and Apple switched on, and everybody's mailbox."""

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.federation.connection import ConnectionConfig
from ciam.settings import Settings
from tests.flows.attacks.stage import Stage
from tests.flows.mailbox import Mailbox
from tests.flows.textbox import Textbox
from tests.parts.clock import FakeClock
from tests.parts.fake_providers import FakeProviders
from tests.providers.world import make_fakes, usual


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run on the embedded database alone: the races have both."""
    return sqlite_url


@pytest.fixture
def fakes(settings: Settings, clock: FakeClock) -> FakeProviders:
    """Give the providers, with this server registered at each."""
    return make_fakes(clock, settings.issuer)


@pytest.fixture
async def app(
    settings: Settings, clock: FakeClock, fakes: FakeProviders
) -> AsyncIterator[Starlette]:
    """Give the application with LINE and Apple switched on."""
    application = create_app(settings, clock=clock, outbound=fakes.outbound(settings))
    async with application.router.lifespan_context(application):
        async with application.state.parts.database.write() as transaction:
            for key in ("line", "apple"):
                config = ConnectionConfig.model_validate(usual(key))
                await transaction.connections.put(
                    key, config.to_document(), secret=config.secret(), managed_by="test"
                )
            await transaction.policies.put("limits", _LIMITS, managed_by="file")
            await transaction.config.raise_generation()
        yield application


_LIMITS = {"mails_address_hour": 10_000, "mails_hour": 1000, "mails_day": 1000}
"""All the world comes from one address here, and to few mailboxes."""


@pytest.fixture
async def stage(
    app: Starlette, settings: Settings, clock: FakeClock, fakes: FakeProviders
) -> AsyncIterator[Stage]:
    """Give where attacker and owner meet; every browser is closed at the end."""
    database = app.state.parts.database
    mailbox, texts = Mailbox(settings.home, database), Textbox(settings.home, database)
    made = Stage(app, fakes, mailbox, texts, clock)
    yield made
    await made.close()
