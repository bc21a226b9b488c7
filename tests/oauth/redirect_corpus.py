"""Variants of a registered redirect URI, none of which is the registered one (A-15)."""

from itertools import product
from urllib.parse import urlsplit

ATTACKERS = (
    "https://evil.example",
    "https://evil.example/callback",
    "//evil.example/callback",
    "\\\\evil.example\\callback",
    "javascript:alert(1)",
    "data:text/html,x",
    "about:blank",
    "blob:https://shop.example.com/1",
    "file:///callback",
    "https:shop.example.com/callback",
    "https:/shop.example.com/callback",
    "https:///shop.example.com/callback",
    "shop.example.com/callback",
    "/callback",
    "callback",
    "",
    " ",
    "*",
    "null",
)
HOSTS = (
    "SHOP.example.com",
    "shop.example.com.",
    "shop.example.com:443",
    "shop.example.com:8443",
    "shop.example.com:",
    "shop.example.com:0443",
    "evil.shop.example.com",
    "shop.example.com.evil.example",
    "shop.example.comevil.example",
    "shop.example.com@evil.example",
    "evil.example@shop.example.com",
    "user:password@shop.example.com",
    "shop.example.com%2eevil.example",
    "shop.example.com%00.evil.example",
    "shop.example.com\\@evil.example",
    "shop.example.com#@evil.example",
    "shop.example.com?@evil.example",
    "shop%2eexample%2ecom",
    "shop。example。com",
    "ѕhop.example.com",
    "xn--hop-cwf.example.com",
    "shop.example.com\u200b",
    "shop.example.com\t",
    "shop.example.com\n",
    "127.0.0.1",
    "localhost",
    "[::1]",
    "0x7f.1",
    "2130706433",
    "*.example.com",
    "example.com",
)
PATHS = (
    "/callback/",
    "//callback",
    "/Callback",
    "/callback/..",
    "/callback/../callback",
    "/./callback",
    "/x/../callback",
    "/callback/../../evil",
    "/callback%2f..%2fevil",
    "/callback/%2e%2e/evil",
    "/callback/..;/evil",
    "/callback;evil",
    "/%63allback",
    "/callback%00",
    "/callback%20",
    "/callback ",
    "/callback\t",
    "/callback\r\nSet-Cookie:a=b",
    "/callback?",
    "/callback?next=https://evil.example",
    "/callback&next=https://evil.example",
    "/callback#",
    "/callback#fragment",
    "/callback%23fragment",
    "/callback?#",
    "/callback\\",
    "/callback\\..\\evil",
    "/callback.",
    "/callbac",
    "/callbackk",
    "\\callback",
    "",
    "/",
)
SCHEMES = ("http", "HTTPS", "Https", "httpss", "https+evil", "ftp", "com.example.shop", "ws", "wss")


def corpus(registered: str) -> list[str]:
    """Give variants of a URI on shop.example.com that mean, or could be read as, another place."""
    name = urlsplit(registered).path.removeprefix("/")
    wrapping = ("", " ", "\t", "\n", "//evil.example/?", "\u200b")
    variants = [
        *ATTACKERS,
        *(f"https://{host}/callback" for host in HOSTS),
        *(f"https://shop.example.com{path}" for path in PATHS),
        *(f"{scheme}://shop.example.com/callback" for scheme in SCHEMES),
        *(f"https://{host}{path}" for host, path in product(HOSTS[:8], PATHS[:8])),
    ]
    around = [
        f"{before}{registered}{after}"
        for before, after in product(wrapping, repeat=2)
        if before or after
    ]
    long = f"{registered}?{'a' * 4096}"
    return [*(uri.replace("callback", name) for uri in variants), *around, long]
