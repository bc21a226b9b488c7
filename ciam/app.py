"""Where everything is wired together; nothing else knows all the parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from ciam import telemetry
from ciam.authentication.user_agent import load_names
from ciam.clock import Clock, SystemClock
from ciam.customers.breached_passwords import BreachedPasswords
from ciam.customers.passwords import PasswordHasher
from ciam.errors import CiamError
from ciam.federation.catalogue import load_providers
from ciam.jobs.worker import Worker
from ciam.keys.master import load_master
from ciam.keys.server import knows_keys, load_server_keys
from ciam.keys.signing import ensure_signing_keys
from ciam.logs import configure_logs
from ciam.oauth.resources import API_PATH
from ciam.outbound import Outbound
from ciam.policies import PasswordPolicy
from ciam.process import drain_on_sigterm, end_with_parent
from ciam.protection.places import Places
from ciam.rendering import Brand, Renderer
from ciam.settings import Settings
from ciam.storage import Database
from ciam.storage.shared_refusals import SharedRefusals
from ciam.web import admin, api, pages, protocol
from ciam.web.body_limit import BodyLimit
from ciam.web.cors import CrossOrigin
from ciam.web.error_responses import UnexpectedErrors, answer_error
from ciam.web.headers import ResponseHeaders
from ciam.web.host import KnownHost
from ciam.web.observed import Observed
from ciam.web.parts import Parts
from ciam.web.public_keys import PublicKeys
from ciam.web.static import StaticFiles


def create_app(
    settings: Settings, *, clock: Clock | None = None, outbound: Outbound | None = None
) -> Starlette:
    """Build the server; the database is opened when it starts and closed when it stops."""
    clock = clock or SystemClock()
    load_providers()  # a file that cannot be read is found now, not by a customer
    static = StaticFiles()
    database = Database.open(
        settings.database_url.get_secret_value(),
        clock,
        load_master(settings),
        pool_size=settings.database_pool,
    )
    if settings.redis_url is not None:
        database.refusals = SharedRefusals.open(settings.redis_url.get_secret_value())
    way_out = outbound or Outbound(settings)
    found = Parts(
        settings=settings,
        clock=clock,
        database=database,
        renderer=Renderer(static_url=static.url),
        static=static,
        hasher=PasswordHasher(
            settings.hash_threads,
            _policy_finder(database),
            breached=BreachedPasswords(settings.breached_passwords, way_out),
        ),
        outbound=way_out,
        places=Places.open(settings),
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        def begin_drain() -> None:
            app.state.is_ready = False

        async with _running(found):
            app.state.is_ready = True
            app.state.names = asyncio.create_task(asyncio.to_thread(load_names))
            if settings.parent is not None:
                drain_on_sigterm(begin_drain, settings.drain_time)
                app.state.watch = asyncio.create_task(end_with_parent(settings.parent))
            yield
            begin_drain()

    interface = api.make_api()
    app = Starlette(
        routes=[*_routes(static, database), Mount(API_PATH, interface)],
        middleware=[
            Middleware(Observed, writes_lines=settings.log_level == "debug"),
            Middleware(PublicKeys, issuer=settings.issuer, is_https=settings.is_https),
            Middleware(ResponseHeaders, is_https=settings.is_https),
            Middleware(UnexpectedErrors),
            Middleware(KnownHost, issuer=settings.issuer),
            Middleware(CrossOrigin),
            Middleware(BodyLimit),
        ],
        exception_handlers={
            CiamError: answer_error,
            HTTPException: answer_error,
        },
        lifespan=lifespan,
    )
    app.state.parts = found
    interface.state = app.state
    app.state.is_ready = False
    return app


def from_environment() -> Starlette:
    """Build the server of a worker process from its environment."""
    settings = Settings()
    configure_logs(settings)
    telemetry.start()
    return create_app(settings)


def _brand_finder(database: Database) -> Callable[[str], Awaitable[Brand | None]]:
    async def find(key: str) -> Brand | None:
        async with database.read() as transaction:
            brand = await transaction.brands.get(key)
        return brand if brand.key == key else None

    return find


def _policy_finder(database: Database) -> Callable[[], Awaitable[PasswordPolicy]]:
    async def find() -> PasswordPolicy:
        async with database.read() as transaction:
            return (await transaction.policies.get()).passwords

    return find


def _routes(static: StaticFiles, database: Database) -> Sequence[BaseRoute]:
    return [
        Route("/", _home),
        Route("/livez", _live),
        Route("/readyz", _ready),
        *static.routes(_brand_finder(database)),
        *protocol.routes,
        *api.metadata_routes,
        *admin.routes,
        *pages.routes,
    ]


@asynccontextmanager
async def _running(found: Parts) -> AsyncIterator[None]:
    """Load the keys, run the worker beside the requests, and put everything away again."""
    database = found.database
    if isinstance(found.clock, SystemClock):
        found.clock.offset = await database.measure_clock_offset()
    await load_server_keys(database)
    await ensure_signing_keys(database)
    worker = Worker(
        settings=found.settings,
        database=database,
        renderer=found.renderer,
        outbound=found.outbound,
    )
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        with suppress(asyncio.CancelledError):
            await running
        found.hasher.close()
        await database.close()
        await asyncio.to_thread(telemetry.stop)


async def _home(_request: Request) -> Response:
    return RedirectResponse("/account", status_code=303)


async def _live(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _ready(request: Request) -> Response:
    """Say whether this node can serve: started, not stopping, it knows the keys of the others."""
    if not request.app.state.is_ready:
        return PlainTextResponse("stopping\n", 503)
    found: Parts = request.app.state.parts
    if not knows_keys(found.database):
        return PlainTextResponse("keys\n", 503)
    async with found.database.read() as transaction:
        await transaction.config.get_generation()
    return PlainTextResponse("ready\n")
