"""`ciam demo`: install the demo's configuration and customers, start all parts, say where."""

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Final, NoReturn
from urllib.parse import urlsplit

import typer

from ciam.cli.opening import opened_database, prepare, read_settings
from ciam.cli.serve import listen, run_server
from ciam.errors import Misconfigured
from ciam.identifiers import new_secret
from ciam.logs import configure_logs
from ciam.settings import Settings, is_loopback

CONFIG: Final = Path(__file__).parent / "demo.yaml"

_SECRET_VARIABLE: Final = "CIAM_DEMO_SECRET"
_SHOP_VARIABLE: Final = "CIAM_DEMO_SHOP"
_LINE_VARIABLE: Final = "CIAM_DEMO_LINE"
_LINE_SECRET_VARIABLE: Final = "CIAM_DEMO_LINE_SECRET"
_ALLOW_VARIABLE: Final = "CIAM_OUTBOUND_ALLOW"
_START_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Places:
    """Where each part of the demo is."""

    server: str
    shop: str
    mailbox: str
    line: str


def demo(
    port: Annotated[int | None, typer.Option(help="Port of the server.")] = None,
    shop_port: Annotated[int, typer.Option(help="Port of the demo shop.")] = 8001,
    mail_port: Annotated[int, typer.Option(help="Port of the mailbox.")] = 8002,
    line_port: Annotated[int, typer.Option(help="Port of the demo's LINE.")] = 8003,
) -> None:
    """Start the server with a shop, a mailbox, a LINE and sample customers, here alone."""
    settings = read_settings(port=port)
    ports = {"shop": shop_port, "mailbox": mail_port, "line": line_port}
    _check(settings, ports)
    places = Places(
        settings.issuer, **{name: f"http://localhost:{one}" for name, one in ports.items()}
    )
    configure_logs(settings)
    listener = listen(settings)
    os.environ.update(_variables(settings, places))
    asyncio.run(_install(settings))
    programs = (
        ["mailbox", str(mail_port), str(settings.home / "mail"), str(settings.home / "sms")],
        ["line", str(line_port), places.line, places.server],
        ["shop", str(shop_port), places.shop, places.mailbox, places.server],
    )
    signal.signal(signal.SIGTERM, _end)
    with suppress(KeyboardInterrupt), _running(programs) as children:
        threading.Thread(target=_announce, args=(places, children), daemon=True).start()
        run_server(settings, listener, 1)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _variables(settings: Settings, places: Places) -> dict[str, str]:
    """Give what the demo's configuration, its programs and the server read."""
    allowed = (*settings.outbound_allow, urlsplit(places.line).netloc)
    return {
        _SHOP_VARIABLE: places.shop,
        _SECRET_VARIABLE: _secret(settings.home, "shop"),
        _LINE_VARIABLE: places.line,
        _LINE_SECRET_VARIABLE: _secret(settings.home, "line"),
        _ALLOW_VARIABLE: ",".join(allowed),  # the guard lets nothing else on this computer through
    }


def _check(settings: Settings, ports: dict[str, int]) -> None:
    """Refuse what would expose the demo's known passwords, and ports that are taken."""
    for name, host in (
        ("CIAM_HOST", settings.host),
        ("CIAM_ISSUER", urlsplit(settings.issuer).hostname or ""),
    ):
        if not is_loopback(host):
            raise Misconfigured(f"the demo has known passwords and stays on loopback: {name}")
    if len({settings.port, *ports.values()}) <= len(ports):
        raise Misconfigured("server, shop, mailbox and LINE need four different ports")
    for port, what, option in (
        (settings.port, "the server", "--port"),
        (ports["shop"], "the demo shop", "--shop-port"),
        (ports["mailbox"], "the mailbox", "--mail-port"),
        (ports["line"], "the demo's LINE", "--line-port"),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                cause = f"port {port} for {what} is taken; choose another with {option} PORT"
                raise Misconfigured(cause) from error


def _secret(home: Path, name: str) -> str:
    """Give a client secret, made once, so that a second start changes nothing."""
    path = home / f"demo-{name}.secret"
    if not path.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(new_secret("cs"), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


async def _install(settings: Settings) -> None:
    from ciam.administration.config.apply import apply_config
    from ciam.administration.config.loading import load_config
    from ciam.cli.demo.sample_customers import add_sample_customers

    await prepare(settings)
    async with opened_database(settings) as database:
        async with database.write() as transaction:
            await apply_config(transaction, load_config([CONFIG]), operator="cli:demo")
        await add_sample_customers(database, origin=settings.issuer)


@contextmanager
def _running(programs: tuple[list[str], ...]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run the other programs; they end when this does, and when it is killed."""
    command = [sys.executable, "-m", "ciam.cli.demo.programs"]
    children = [subprocess.Popen([*command, *program]) for program in programs]  # noqa: S603 - ours
    try:
        yield children
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()


def _announce(places: Places, children: list[subprocess.Popen[bytes]]) -> None:
    """Say where everything is once all of it answers."""
    from ciam.cli.demo.sample_customers import SAMPLE_CUSTOMERS

    others = (places.shop, places.mailbox, places.line)
    waiting = [(places.server, "/readyz"), *((place, "/livez") for place in others)]
    deadline = time.monotonic() + _START_SECONDS
    while waiting and time.monotonic() < deadline:
        waiting = [(place, path) for place, path in waiting if not _answers(place, path)]
        if any(child.poll() is not None for child in children):
            break
        time.sleep(0.1)
    if waiting:
        print(f"ciam: {waiting[0][0]} did not start; see above", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)
        return
    print(
        f"\n  The demo shop   {places.shop}\n"
        f"  The mailbox     {places.mailbox}\n"
        f"  Your account    {places.server}/account\n"
        f"  The server      {places.server}/.well-known/openid-configuration\n\n"
        "  Sign in at the shop as one of these, with LINE (a demo of it), or join as somebody"
        " new:\n"
    )
    for one in SAMPLE_CUSTOMERS:
        print(f"    {one.email:30} {one.password:18} {one.says}")
    print("\n  Ctrl-C ends everything; what you did stays for the next start.\n", flush=True)


def _answers(place: str, path: str) -> bool:
    parts = urlsplit(place)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=2)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", path, headers={"Host": parts.netloc})
        return connection.getresponse().status == http.HTTPStatus.OK
    connection.close()
    return False
