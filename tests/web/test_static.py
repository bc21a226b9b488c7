"""Our own assets: names with a digest, kept long, of the right type."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from ciam.rendering import Brand
from ciam.web.static import StaticFiles

pytestmark = pytest.mark.anyio

BRAND = Brand(key="komorebi", accent="#2f7d4f")


async def _find_brand(key: str) -> Brand | None:
    return BRAND if key == BRAND.key else None


@pytest.fixture(scope="module")
def static() -> StaticFiles:
    return StaticFiles()


@pytest.fixture
async def client(static: StaticFiles) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=static.routes(_find_brand))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("app.css", "text/css; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
async def test_a_hashed_name_may_be_kept_for_ever(
    client: httpx.AsyncClient, static: StaticFiles, name: str, media_type: str
) -> None:
    answer = await client.get(static.url(name))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-encoding"] == "gzip"
    again = await client.get(static.url(name), headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_plain_name_is_asked_for_again(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/app.css")
    assert answer.headers["cache-control"] == "public, no-cache"


def test_the_name_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    before = StaticFiles(tmp_path).url("a.css")
    (tmp_path / "a.css").write_text("b{}")
    assert StaticFiles(tmp_path).url("a.css") != before


def test_a_mistyped_asset_is_found_when_a_page_is_made(static: StaticFiles) -> None:
    with pytest.raises(KeyError):
        static.url("appp.css")


@pytest.mark.parametrize(
    "path",
    ["/static/", "/static/nothing.css", "/static/..%2fpages/error.html", "/static/brand/other.css"],
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404


async def test_a_brand_stylesheet_is_kept_under_its_version_only(client: httpx.AsyncClient) -> None:
    versioned = await client.get(f"/static/brand/komorebi.css?v={BRAND.stylesheet_version}")
    assert "--accent:#2f7d4f" in versioned.text
    assert "immutable" in versioned.headers["cache-control"]
    plain = await client.get("/static/brand/komorebi.css")
    assert "immutable" not in plain.headers["cache-control"]
