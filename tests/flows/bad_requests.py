"""Bad requests for every route of the application, and what an answer must be like.

The routes are read from the application, the fields of forms from the pages themselves, so that a
new route or field is attacked without a line here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from bs4 import BeautifulSoup
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

FORM = "application/x-www-form-urlencoded"
MARK = "<i>mark\"'&</i>"
LONG = "x" * 9000
IN_PATH = ("made-up", "%00", "%ff%fe", "..%2f..%2fetc", "a" * 300, quote(MARK), "0" * 32)
OFTEN = ("journey", "request", "token")
PARAMETERS = {
    "/authorize": (
        "client_id redirect_uri response_type response_mode scope state nonce code_challenge"
        " code_challenge_method prompt max_age login_hint id_token_hint acr_values claims"
        " ui_locales request request_uri registration display"
    ),
    "/token": (
        "grant_type code redirect_uri code_verifier refresh_token scope client_id client_secret"
    ),
    "/introspect": "token token_type_hint client_id client_secret",
    "/revoke": "token token_type_hint client_id client_secret",
    "/userinfo": "access_token",
    "/end-session": "id_token_hint client_id post_logout_redirect_uri state ui_locales logout",
}
GOOD = {
    "client_id": "shop",
    "redirect_uri": "https://shop.example.jp/callback",
    "response_type": "code",
    "scope": "openid",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
    "state": "state",
    "grant_type": "authorization_code",
    "code": "ciam_ac_made-up",
    "token": "made-up",
}
BAD_VALUES: dict[str, str | bytes] = {
    "empty": "",
    "NUL": "a\x00b",
    "binary": b"\xff\xfe\x00\x80",
    "oversized": LONG,
    "markup": MARK,
    "lines": "a\r\nSet-Cookie: planted=1\r\n\r\nb",
    "direction": "\u202egnp.exe\u202c\ud7ff",
    "number": "99999999999999999999999999",
    "document": '{"a":' * 200,
    "format": "%s%n{0}{{7*7}}${7*7}",
    "quote": "' OR 1=1; --",
}
ERRORS = frozenset(
    {
        "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
        "unsupported_grant_type", "invalid_scope", "invalid_token", "insufficient_scope",
        "unsupported_token_type",
    }
)  # fmt: skip
TRACES = ("Traceback", 'File "', "sqlalchemy", "asyncpg", "aiosqlite", "starlette", "site-packages")
JSON_PATHS = ("/token", "/introspect", "/revoke", "/userinfo", "/jwks.json", "/.well-known/")


@dataclass(frozen=True)
class Bad:
    """One request, and a name that finds it again."""

    name: str
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def routes_of(app: Starlette) -> list[tuple[str, frozenset[str]]]:
    """List path and methods of every route; a new one is attacked by itself."""
    found: dict[str, set[str]] = {}
    for prefix, route in _flat(app.routes):
        assert isinstance(route, Route), f"{route} is attacked by nothing: teach it here"
        found.setdefault(prefix + route.path, set()).update(route.methods or ())
    return [(path, frozenset(methods)) for path, methods in found.items()]


def _flat(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, BaseRoute]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from ((route.path + prefix, inner) for prefix, inner in _flat(route.routes))
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from _flat(included.routes)  # FastAPI keeps an included router as it is
        else:
            yield "", route


def fill(path: str, value: str = "made-up") -> str:
    """Put a value into the parameters of a path."""
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + value + rest.partition("}")[2]
    return path


def names_for(path: str) -> list[str]:
    """Give the parameters that a route may read from its address or as an endpoint."""
    return PARAMETERS[path].split() if path in PARAMETERS else list(OFTEN)


def read_forms(pages: list[httpx.Response]) -> dict[str, list[str]]:
    """Give the fields of every form on these pages, by the path it is sent to."""
    found: dict[str, list[str]] = {}
    for page in pages:
        for form in BeautifulSoup(page.text, "html.parser").find_all("form"):
            action = urlsplit(str(form.get("action") or page.url)).path
            names = [str(tag["name"]) for tag in form.select("[name]")]
            known = found.setdefault(action, [])
            known += [name for name in names if name not in {*known, "csrf_token"}]
    return found


def encode(name: str, value: str | bytes) -> str:
    """Write one parameter as a form does, bytes as they are."""
    return f"{quote(name)}={quote(value, safe='')}"


def bad_queries(path: str, names: list[str]) -> Iterator[Bad]:
    """Spoil each parameter of an address in each way, the others as they should be."""
    for name, others, kind, pair in _spoiled(names):
        yield Bad(f"{name} {kind}", "GET", fill(path), f"{urlencode(others)}&{pair}")


def bad_fields(path: str, names: list[str], token: str) -> Iterator[Bad]:
    """Spoil each field of a form in each way, the others as they should be."""
    for name, others, kind, pair in _spoiled(names):
        body = "&".join([urlencode({**others, "csrf_token": token}), pair])
        headers = {"Content-Type": FORM}
        yield Bad(f"{name} {kind}", "POST", fill(path), "", body.encode(), headers)


def _spoiled(names: list[str]) -> Iterator[tuple[str, dict[str, str], str, str]]:
    for name in names:
        others = {key: GOOD[key] for key in names if key in GOOD and key != name}
        for kind, value in BAD_VALUES.items():
            yield name, others, kind, encode(name, value)
        yield name, others, "twice", f"{encode(name, 'a')}&{encode(name, 'b')}"


def bad_bodies(path: str, methods: frozenset[str], token: str) -> Iterator[Bad]:
    """Send what is no form, or too much of one."""
    if "POST" not in methods:
        return
    target, many = fill(path), "&".join(f"a{n}=1" for n in range(300))
    part = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
    file = 'Content-Disposition: form-data; name="f"; filename="x.exe"\r\n\r\nMZ\x00\r\n'
    bodies: list[tuple[str, str | None, bytes]] = [
        ("nothing", None, b""),
        ("an empty form", FORM, b""),
        ("a form token alone", FORM, f"csrf_token={token}".encode()),
        ("no form token", FORM, b"a=b"),
        ("the form token twice", FORM, f"csrf_token={token}&csrf_token={token}".encode()),
        ("a wrong form token", FORM, b"csrf_token=" + b"x" * 60),
        ("bytes", FORM, bytes(range(256)) * 8),
        ("broken escapes", FORM, b"a=%zz&%=%&&&===&token=%"),
        ("many fields", FORM, f"csrf_token={token}&{many}".encode()),
        ("a large form", FORM, f"csrf_token={token}&a=".encode() + b"x" * 200_000),
        ("a huge form", FORM, b"a=" + b"x" * 1_100_000),
        ("another charset", f"{FORM}; charset=utf-16", "a=b".encode("utf-16")),
        ("JSON", "application/json", b'{"csrf_token": ["a"], "a": {"$ne": null}}'),
        ("text", "text/plain", b"csrf_token=a"),
        ("XML", "text/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        ("no boundary", "multipart/form-data", b"--b\r\n"),
        ("a broken part", "multipart/form-data; boundary=b", b"--b\r\nContent-Dis"),
        ("a file", "multipart/form-data; boundary=b", f"{part}--b\r\n{file}--b--\r\n".encode()),
        ("an odd type", ";;;=", b"a=b"),
    ]
    for name, content_type, body in bodies:
        headers = {} if content_type is None else {"Content-Type": content_type}
        yield Bad(name, "POST", target, "", body, headers)


def bad_addresses(path: str, methods: frozenset[str]) -> Iterator[Bad]:
    """Ask in a way that no link or form of ours does: other methods, odd paths and headers."""
    target = fill(path)
    for method in sorted({"GET", "POST", "PUT", "PATCH", "DELETE", "BREW"} - methods):
        yield Bad("another method", method, target)
    if "GET" not in methods:
        return
    queries = ("&&&===", "%", "%zz=%ff", "a[]=1&a[b]=2", "=" * 500, "q=" + "x" * 20_000)
    for query in queries:
        yield Bad(f"query {query[:12]}", "GET", target, query)
    if "{" in path:
        for value in IN_PATH:
            yield Bad(f"path {value[:12]}", "GET", fill(path, value))
    for name, value in ODD_HEADERS:
        yield Bad(f"{name}: {value[:16]}", "GET", target, "", b"", {name: value})


ODD_HEADERS = (
    ("Authorization", "Basic"),
    ("Authorization", "Basic !!!"),
    ("Authorization", "Basic /////w=="),
    ("Authorization", "Bearer"),
    ("Authorization", "Bearer a b c"),
    ("Authorization", "Bearer " + "x" * 9000),
    ("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
    ("Cookie", "ciam_session=\x01\xff; ciam_browser=; ciam_language=../../etc; ;;=;"),
    ("Cookie", "ciam_session=" + "x" * 9000),
    ("Accept-Language", ",;q=nan,*;q=9e999," + "en-" * 900),
    ("Origin", "null"),
    ("Host", "evil.example"),
    ("X-Forwarded-Host", "evil.example"),
    ("Range", "bytes=99999-1"),
    ("If-None-Match", '"' + "x" * 900),
)


def problems_of(bad: Bad, answer: httpx.Response, issuer: str) -> list[str]:
    """Say what is wrong with an answer to a bad request."""
    found: list[str] = []
    text, headers = answer.text, answer.headers
    if answer.status_code >= 500:
        found.append(f"status {answer.status_code}")
    found += [f"shows {trace}" for trace in TRACES if trace in text]
    if MARK in text:
        found.append("repeats what was sent as markup")
    if "planted" in headers:
        found.append("took a header from what was sent")
    if headers.get("x-content-type-options") != "nosniff" or "x-request-id" not in headers:
        found.append("lacks a header")
    if "referrer-policy" not in headers or "cache-control" not in headers:
        found.append("lacks Referrer-Policy or Cache-Control")
    kind = headers.get("content-type", "").partition(";")[0]
    if kind == "text/html" and (
        "frame-ancestors 'none'" not in headers.get("content-security-policy", "")
        or headers.get("x-frame-options") != "DENY"
    ):
        found.append("lacks a content security policy")
    if bad.path.startswith(JSON_PATHS) and answer.status_code >= 400 and bad.method != "HEAD":
        found += _problems_of_json(answer)
    location = headers.get("location", "")
    ours = ("/", issuer, GOOD["redirect_uri"])
    if location and (not location.startswith(ours) or location.startswith("//")):
        found.append(f"leads to {location}")
    return [f"{bad.method} {bad.path} ({bad.name}): {problem}" for problem in found]


def _problems_of_json(answer: httpx.Response) -> list[str]:
    if answer.status_code in {404, 405, 413, 421}:
        return []
    try:
        document: Any = answer.json()
    except ValueError:
        return ["is not JSON"]
    error = document.get("error") if isinstance(document, dict) else None
    return [] if error in ERRORS else [f"has the error {error!r}"]
