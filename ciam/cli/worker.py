"""`ciam worker`: background work alone, beside nodes that serve."""

import asyncio
import signal

from ciam.cli.opening import opened_database, read_settings
from ciam.logs import configure_logs


def worker() -> None:
    """Carry out background work until SIGTERM or SIGINT."""
    asyncio.run(_work())


async def _work() -> None:
    from ciam import telemetry
    from ciam.jobs.worker import Worker
    from ciam.rendering import Renderer

    settings = read_settings()
    configure_logs(settings)
    telemetry.start()
    async with opened_database(settings) as database:
        running = Worker(settings=settings, database=database, renderer=Renderer())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.stop)
        await running.run()
    await asyncio.to_thread(telemetry.stop)
