"""`ciam serve`: migrate, make missing keys, then answer requests with one or several workers."""

import asyncio
import multiprocessing
import socket
import sys
from typing import Annotated

import typer

from ciam.cli.opening import prepare, read_settings
from ciam.errors import Misconfigured
from ciam.logs import configure_logs
from ciam.settings import Settings, hand_down, share_metrics


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 1,
) -> None:
    """Serve; with nothing set: SQLite under ./.ciam, on http://localhost:8000."""
    settings = read_settings(host=host, port=port)
    settings.check_exposure()
    configure_logs(settings)
    listener = listen(settings)
    _serve_metrics(settings)
    asyncio.run(prepare(settings))
    print(f"ciam serves {settings.issuer}", file=sys.stderr, flush=True)
    run_server(settings, listener, workers)


def _serve_metrics(settings: Settings) -> None:
    """Answer scrapes when a port is set; the folder comes before the first import of metrics."""
    if not settings.metrics_port:
        return
    folder = share_metrics(settings)
    from ciam.metrics import serve_metrics

    try:
        serve_metrics(folder, settings.metrics_host, settings.metrics_port)
    except OSError as error:
        where = f"{settings.metrics_host}:{settings.metrics_port}"
        raise Misconfigured(f"cannot serve metrics on {where} ({error.strerror})") from error


def listen(settings: Settings) -> socket.socket:
    """Bind the port; raise Misconfigured with a clear sentence when it is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        cause = f"cannot listen on {where} ({error.strerror}); choose another with --port"
        raise Misconfigured(cause) from error
    listener.listen(2048)
    return listener


def run_server(settings: Settings, listener: socket.socket, workers: int) -> None:
    """Answer requests on an open listener until SIGTERM or SIGINT."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    hand_down(settings)
    config = uvicorn.Config(
        "ciam.app:from_environment",
        factory=True,
        workers=workers,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=20,
    )
    if workers == 1:
        uvicorn.Server(config).run(sockets=[listener])
    else:
        _fork_workers()
        Multiprocess(config, sockets=[listener]).run()


def _fork_workers() -> None:
    """Fork workers from a process that has read the code and done nothing else.

    Uvicorn lets each worker read it anew, which costs each the memory and two seconds of its
    processor, at a start and whenever one worker takes the place of another.
    """
    import uvicorn._subprocess

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ciam.cli.preloaded"])
    uvicorn._subprocess.spawn = context  # type: ignore[assignment]  # noqa: SLF001 - there is no setting
