"""The way out: nothing private is ever connected to; a local listener is the oracle (A-18)."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from ciam import outbound
from ciam.outbound import MAX_BYTES, Outbound, OutboundFailed, is_public
from ciam.settings import Settings
from tests.parts.certificate import write_certificate

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

PRIVATE = (
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "0.0.0.0",  # noqa: S104 - an address that must be refused
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
    "",
)
PUBLIC = ("8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808", "2002:808:808::")

HOSTS = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "0.0.0.0",  # noqa: S104 - an address that must be refused
    "0",
    "①②⑦.0.0.1",
    "127。0。0。1",
)


class Listener:
    """A server on this machine that counts who connects."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0
        self.answer: Answer = answer_with(b"hello")

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Listener"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await self.answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()


def answer_with(body: bytes, status: str = "200 OK", *headers: str) -> Answer:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return answer


def resolving(*addresses: str) -> Callable[[str, int], Awaitable[list[str]]]:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return resolve


def settings(tmp_path: Path, *allow: str, ca: Path | None = None) -> Settings:
    return Settings(home=tmp_path, outbound_allow=allow, outbound_ca=ca)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """Give a plain listener on the loopback address."""
    async with Listener().running() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file with a certificate for shop.example.com and its key."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "shop.pem", "shop.example.com")


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTS)
async def test_no_spelling_of_this_machine_is_connected_to(
    tmp_path: Path, listener: Listener, scheme: str, host: str
) -> None:
    with pytest.raises(OutboundFailed):
        await Outbound(settings(tmp_path)).request("GET", f"{scheme}://{host}:{listener.port}/")
    assert listener.connections == 0


@pytest.mark.parametrize("address", PRIVATE)
async def test_no_name_leads_to_a_private_address(
    tmp_path: Path, listener: Listener, address: str
) -> None:
    for addresses in ((address,), ("8.8.8.8", address), (address, "8.8.8.8")):
        out = Outbound(settings(tmp_path), resolve=resolving(*addresses))
        with pytest.raises(OutboundFailed, match="not public"):
            await out.request("GET", f"https://client.example.com:{listener.port}/jwks.json")
    assert listener.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/_x",
        "ftp://127.0.0.1:{port}/",
        "dict://127.0.0.1:{port}/",
        "http://client.example.com:{port}/",
        "https://user:secret@127.0.0.1:{port}/",
        "https://8.8.8.8@127.0.0.1:{port}/",
        "https://127.0.0.1:{port}#@client.example.com/",
        "https://127.0.0.1:{port}\\@client.example.com/",
        "//127.0.0.1:{port}/",
        "https://",
        "https:///x",
        "https://client.example.com:99999/",
        "https://client.example.com:-1/",
        "https://[::1/",
        "https://xn--/",
        "https://exa mple.com/",
        "https://a\x00b/",
        "",
        "\x00",
        "https://" + "a" * 70_000,
    ],
)
async def test_what_is_no_plain_https_address_is_refused(
    tmp_path: Path, listener: Listener, url: str
) -> None:
    with pytest.raises(OutboundFailed) as caught:
        await Outbound(settings(tmp_path)).request("GET", url.replace("{port}", str(listener.port)))
    assert listener.connections == 0
    assert str(caught.value.text) == "The address could not be reached."


async def test_a_second_answer_of_the_name_server_changes_nothing(
    tmp_path: Path, listener: Listener
) -> None:
    """DNS rebinding: the connection goes to what was checked, the name is not asked again."""
    asked = 0
    connected: list[str] = []

    async def rebinding(_host: str, _port: int) -> list[str]:
        nonlocal asked
        asked += 1
        return ["8.8.8.8"] if asked == 1 else ["127.0.0.1"]

    def answer(request: httpx.Request) -> httpx.Response:
        connected.append(request.url.host)
        return httpx.Response(200, content=b"fine")

    out = Outbound(settings(tmp_path), resolve=rebinding, transport=httpx.MockTransport(answer))
    response = await out.request("GET", f"https://client.example.com:{listener.port}/")
    assert (response.body, connected, asked) == (b"fine", ["8.8.8.8"], 1)
    with pytest.raises(OutboundFailed):
        await out.request("GET", f"https://client.example.com:{listener.port}/")
    assert (connected, listener.connections) == (["8.8.8.8"], 0)


async def test_what_is_allowed_is_reached_and_only_that_port(
    tmp_path: Path, listener: Listener
) -> None:
    out = Outbound(settings(tmp_path, f"127.0.0.1:{listener.port}"))
    response = await out.request("GET", f"http://127.0.0.1:{listener.port}/path?x=1")
    assert (response.status, response.body) == (200, b"hello")
    head = listener.requests[0].decode()
    assert head.startswith("GET /path?x=1 HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{listener.port}\r\n" in head.lower()
    assert "accept-encoding: identity" in head.lower()
    with pytest.raises(OutboundFailed):
        await out.request("GET", f"http://localhost:{listener.port}/")
    with pytest.raises(OutboundFailed):
        await out.request("GET", f"http://127.0.0.1:{listener.port + 1}/")
    assert listener.connections == 1


async def test_an_allowed_ipv6_address_is_written_with_or_without_brackets(
    tmp_path: Path,
) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["host"])
        return httpx.Response(204)

    for entry in ("[::1]:8443", "::1:8443"):
        out = Outbound(settings(tmp_path, entry), transport=httpx.MockTransport(answer))
        assert (await out.request("GET", "https://[::1]:8443/")).status == 204
    assert seen == ["[::1]:8443", "[::1]:8443"]


async def test_a_redirect_is_an_answer_and_is_not_followed(
    tmp_path: Path, listener: Listener
) -> None:
    listener.answer = answer_with(
        b"", "302 Found", f"Location: http://127.0.0.1:{listener.port}/other"
    )
    out = Outbound(settings(tmp_path, f"127.0.0.1:{listener.port}"))
    response = await out.request("GET", f"http://127.0.0.1:{listener.port}/")
    assert (response.status, listener.connections) == (302, 1)


async def test_forms_and_json_are_sent(tmp_path: Path, listener: Listener) -> None:
    out = Outbound(settings(tmp_path, f"127.0.0.1:{listener.port}"))
    url = f"http://127.0.0.1:{listener.port}/"
    await out.request("POST", url, data={"a": "b"})
    await out.request("POST", url, json={"a": "b"}, headers={"Host": "evil.example.com"})
    first, second = (request.decode().lower() for request in listener.requests)
    assert "content-type: application/x-www-form-urlencoded" in first
    assert "content-type: application/json" in second
    assert "evil.example.com" not in second


@pytest.mark.parametrize("size", [MAX_BYTES, MAX_BYTES + 1, 50 * MAX_BYTES])
async def test_a_body_is_read_up_to_the_cap(tmp_path: Path, listener: Listener, size: int) -> None:
    listener.answer = answer_with(b"x" * size)
    out = Outbound(settings(tmp_path, f"127.0.0.1:{listener.port}"))
    url = f"http://127.0.0.1:{listener.port}/"
    if size <= MAX_BYTES:
        assert len((await out.request("GET", url)).body) == size
    else:
        with pytest.raises(OutboundFailed, match="too large"):
            await out.request("GET", url)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "gzip, gzip"])
async def test_a_compressed_answer_is_refused_unread(
    tmp_path: Path, listener: Listener, encoding: str
) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    listener.answer = answer_with(bomb, "200 OK", f"Content-Encoding: {encoding}")
    out = Outbound(settings(tmp_path, f"127.0.0.1:{listener.port}"))
    with pytest.raises(OutboundFailed, match="compressed"):
        await out.request("GET", f"http://127.0.0.1:{listener.port}/")


async def test_a_slow_answer_is_cut_off_as_a_whole(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then keeps no connection open: the limit is on the whole request."""
    monkeypatch.setattr(outbound, "SECONDS", 0.5)

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    listener.answer = drip
    out = Outbound(settings(tmp_path, f"127.0.0.1:{listener.port}"))
    with pytest.raises(OutboundFailed, match="TimeoutError"):  # it would end well after 50 s
        await out.request("GET", f"http://127.0.0.1:{listener.port}/")


async def test_an_answer_that_is_no_http_is_a_failure(tmp_path: Path, listener: Listener) -> None:
    async def nonsense(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\xff" * 100 + b"\r\n\r\n")

    listener.answer = nonsense
    out = Outbound(settings(tmp_path, f"127.0.0.1:{listener.port}"))
    with pytest.raises(OutboundFailed):
        await out.request("GET", f"http://127.0.0.1:{listener.port}/")


async def test_open_closed_and_silent_ports_look_the_same(
    tmp_path: Path, listener: Listener, free_tcp_port: int
) -> None:
    said = set()
    for port in (listener.port, free_tcp_port):
        with pytest.raises(OutboundFailed) as caught:
            await Outbound(settings(tmp_path)).request("GET", f"https://127.0.0.1:{port}/")
        said.add((caught.value.cause, str(caught.value.text)))
    assert len(said) == 1


async def test_the_next_address_is_tried_when_one_cannot_be_connected_to(
    tmp_path: Path, listener: Listener
) -> None:
    out = Outbound(
        settings(tmp_path, f"shop.example.com:{listener.port}"),
        resolve=resolving("127.0.0.2", "127.0.0.1"),
    )
    response = await out.request("GET", f"http://shop.example.com:{listener.port}/")
    assert response.body == b"hello"


async def test_the_certificate_has_to_fit_the_name_and_not_the_address(
    tmp_path: Path, certificate: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with Listener().running(context) as secure:
        names = ("shop.example.com", "other.example.com")
        allow = [f"{name}:{secure.port}" for name in names]
        resolve = resolving("127.0.0.1")
        trusting = Outbound(settings(tmp_path, *allow, ca=certificate), resolve=resolve)
        answered = await trusting.request("GET", f"https://{names[0]}:{secure.port}/")
        assert answered.body == b"hello"
        assert f"host: {names[0]}:{secure.port}" in secure.requests[0].decode().lower()
        with pytest.raises(OutboundFailed):
            await trusting.request("GET", f"https://{names[1]}:{secure.port}/")
        with pytest.raises(OutboundFailed):
            await Outbound(settings(tmp_path, *allow), resolve=resolve).request(
                "GET", f"https://{names[0]}:{secure.port}/"
            )


async def test_a_name_in_japanese_is_sent_as_its_a_label(tmp_path: Path) -> None:
    asked: list[str] = []
    seen: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["8.8.8.8"]

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["host"])
        return httpx.Response(200)

    out = Outbound(settings(tmp_path), resolve=resolve, transport=httpx.MockTransport(answer))
    await out.request("GET", "https://例え.jp/")
    assert asked == seen == ["xn--r8jz45g.jp"]
