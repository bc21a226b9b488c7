"""Checks of what lies around the database: settings, home, master key, port, mail."""

import asyncio
import http.client
import os
import shutil
import socket
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ciam.administration.diagnosis.finding import Finding
from ciam.errors import Misconfigured
from ciam.keys.master import load_master
from ciam.messaging.transports import FileTransport, SmtpTransport, open_transport
from ciam.settings import Settings, is_loopback
from ciam.storage.shared_refusals import SharedRefusals

_SECONDS: Final = 5.0
_LEAST_SPACE: Final = 200 * 1024 * 1024
_OTHERS: Final = 0o077


async def check_exposure(settings: Settings) -> list[Finding]:
    """Tell whether the server may be reached from elsewhere, and whether it is ready for that."""
    check = "exposure"
    try:
        settings.check_exposure()
    except Misconfigured as error:
        return [Finding.problem(check, error.cause, "`ciam serve` refuses to start like this")]
    issuer = urlsplit(settings.issuer)
    if not is_loopback(issuer.hostname or ""):
        found = [Finding.good(check, f"the issuer is {settings.issuer}")]
        if not settings.trusted_proxies and is_loopback(settings.host):
            said = "a proxy must stand before this server, and its X-Forwarded-For is not believed"
            mend = "set CIAM_TRUSTED_PROXIES, or everybody shares one address in the limits"
            found.append(Finding.warning(check, said, mend))
        return found
    if issuer.scheme == "http" and issuer.port != settings.port:
        said = f"the issuer is {settings.issuer}, but the server listens on port {settings.port}"
        return [Finding.problem(check, said, "let CIAM_ISSUER and CIAM_PORT agree")]
    return [Finding.good(check, f"this computer only, as {settings.issuer}")]


async def check_home(settings: Settings) -> list[Finding]:
    """Look at the folder of the embedded database, the key and the outboxes."""
    check, home = "home", settings.home
    try:
        mode = stat.S_IMODE(home.stat().st_mode)
    except FileNotFoundError:
        said = f"{home} is not there"
        return [Finding.warning(check, said, "`ciam migrate` or `ciam serve` makes it")]
    except OSError as error:
        said = f"{home}: {error.strerror}"
        return [Finding.problem(check, said, "let CIAM_HOME be a folder of the server's own user")]
    found = []
    if not os.access(home, os.W_OK | os.X_OK):
        said = f"{home} cannot be written by this user"
        found.append(Finding.problem(check, said, "run as its owner, or change the owner"))
    if mode & _OTHERS:
        said = f"others may look into {home} (mode {mode:04o})"
        found.append(Finding.warning(check, said, f"chmod 700 {home}"))
    free = shutil.disk_usage(home).free
    if free < _LEAST_SPACE:
        said = f"only {free // 1024**2} MB are free under {home}"
        found.append(Finding.warning(check, said, "make room: a full disk stops every sign-in"))
    return found or [Finding.good(check, str(home))]


async def check_master_key(settings: Settings) -> list[Finding]:
    """Read the master key, without making one."""
    check = "master key"
    path = settings.master_key_file or settings.home / "master.key"
    is_made_later = settings.master_key is None and settings.master_key_file is None
    if is_made_later and not path.exists():
        said = "there is none yet"
        return [Finding.warning(check, said, "`ciam migrate` or `ciam serve` makes it")]
    try:
        load_master(settings)
    except Misconfigured as error:
        return [Finding.problem(check, error.cause, "restore the key the database was made with")]
    where = "CIAM_MASTER_KEY" if settings.master_key is not None else str(path)
    return [Finding.good(check, f"read from {where}")]


async def check_redis(settings: Settings) -> list[Finding]:
    """Ask the optional Redis whether it is there; nothing where there is to be none."""
    if settings.redis_url is None:
        return []
    check = "redis"
    try:
        refusals = SharedRefusals.open(settings.redis_url.get_secret_value())
    except Misconfigured as error:
        return [Finding.problem(check, error.cause, "correct or unset CIAM_REDIS_URL")]
    is_there = await refusals.is_there()
    await refusals.close()
    if is_there:
        return [Finding.good(check, "tells nodes of limits that are reached")]
    mend = "start it, or unset CIAM_REDIS_URL: nothing is missing without it"
    return [Finding.warning(check, "does not answer", mend)]


async def check_port(settings: Settings) -> list[Finding]:
    """Tell whether the port is free, or held by this server."""
    check, port = "port", settings.port
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, port))
        except OSError as error:
            if await asyncio.to_thread(_is_ready, settings):
                return [Finding.good(check, f"this server answers on port {port}")]
            said = f"port {port} of {settings.host}: {error.strerror}"
            return [Finding.problem(check, said, "stop what holds it, or set CIAM_PORT")]
    return [Finding.good(check, f"port {port} is free")]


def _is_ready(settings: Settings) -> bool:
    host = urlsplit(settings.issuer).netloc
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Host": host})
        return connection.getresponse().read() == b"ready\n"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


async def check_mail(settings: Settings) -> list[Finding]:
    """Tell whether mail can leave: the folder can be written, or the SMTP server greets."""
    check = "mail"
    try:
        transport = open_transport(settings)
    except Misconfigured as error:
        return [Finding.problem(check, error.cause, "correct CIAM_MAIL_URL")]
    if isinstance(transport, FileTransport):
        return [_judge_folder(settings, transport.folder)]
    if not isinstance(transport, SmtpTransport):
        return []
    where = f"{transport.host}:{transport.port}"
    try:
        async with asyncio.timeout(_SECONDS):
            greeting = await _read_greeting(transport)
    except (OSError, TimeoutError) as error:
        said = f"{where}: {getattr(error, 'strerror', None) or type(error).__name__}"
        return [Finding.problem(check, said, "correct CIAM_MAIL_URL, or start the mail server")]
    if not greeting.startswith(b"220"):
        said = f"{where} does not greet as a mail server (RFC 5321 §4.2)"
        return [
            Finding.problem(check, said, "correct CIAM_MAIL_URL: smtps: has TLS from the start")
        ]
    return [Finding.good(check, f"{where} greets")]


def _judge_folder(settings: Settings, folder: Path) -> Finding:
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding.problem("mail", f"{folder} cannot be written", "set CIAM_MAIL_URL")
    if not is_loopback(urlsplit(settings.issuer).hostname or ""):
        said = f"mails stay in {folder}: no customer gets one"
        return Finding.problem("mail", said, "set CIAM_MAIL_URL to smtp://... or smtps://...")
    return Finding.good("mail", f"written to {folder}, sent to nobody")


async def _read_greeting(transport: SmtpTransport) -> bytes:
    tls = {"ssl": True} if transport.use_tls else {}
    reader, writer = await asyncio.open_connection(transport.host, transport.port, **tls)
    try:
        return await reader.readline()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


MACHINE_CHECKS: Final[tuple[Callable[[Settings], Awaitable[list[Finding]]], ...]] = (
    check_exposure,
    check_home,
    check_master_key,
    check_port,
    check_mail,
    check_redis,
)
