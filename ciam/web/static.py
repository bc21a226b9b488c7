"""Serves our own assets under names that carry their digest, so that browsers may keep them.

Everything is read once at start: a few small files, held in memory, gzip made beforehand.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ciam.bundled import bundled_path
from ciam.rendering import Brand, brand_stylesheet

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"
_COMPRESSIBLE = (".css", ".js", ".svg")
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class _Asset:
    content: bytes
    compressed: bytes | None
    media_type: str
    digest: str
    hashed_name: str


class StaticFiles:
    """The files of `templates/static`, by their plain and by their hashed name."""

    def __init__(self, folder: Path | None = None, prefix: str = "/static/") -> None:
        """Read the folder; names in sub-folders keep their path."""
        self._prefix = prefix
        self._plain: dict[str, _Asset] = {}
        root = folder or bundled_path("templates") / "static"
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            self._plain[path.relative_to(root).as_posix()] = _read(path, root)
        self._hashed = {asset.hashed_name: asset for asset in self._plain.values()}

    def url(self, name: str) -> str:
        """Return the address of an asset; an unknown name is a mistake in a template."""
        return self._prefix + self._plain[name].hashed_name

    def routes(self, find_brand: Callable[[str], Awaitable[Brand | None]]) -> list[BaseRoute]:
        """Return the routes to mount: brand stylesheets first, then the files."""

        async def brand_css(request: Request) -> Response:
            brand = await find_brand(request.path_params["key"])
            if brand is None:
                return Response(status_code=404)
            wanted = request.query_params.get("v")
            cache = FOREVER if wanted == brand.stylesheet_version else ASK_AGAIN
            css = brand_stylesheet(brand)
            return Response(css, media_type="text/css", headers=_headers(cache))

        return [
            Route(f"{self._prefix}brand/{{key}}.css", brand_css, methods=["GET"]),
            Route(f"{self._prefix}{{name:path}}", self.answer, methods=["GET"]),
        ]

    async def answer(self, request: Request) -> Response:
        """Answer one file: kept for ever by its hashed name, asked for again by its plain one."""
        name = request.path_params["name"]
        asset = self._hashed.get(name)
        cache = FOREVER
        if asset is None:
            asset, cache = self._plain.get(name), ASK_AGAIN
        if asset is None:
            return Response(status_code=404)
        headers = _headers(cache) | {
            "ETag": f'"{asset.digest}"',
            "Vary": "Accept-Encoding",
        }
        if asset.digest in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if asset.compressed and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.compressed, media_type=asset.media_type, headers=headers)
        return Response(asset.content, media_type=asset.media_type, headers=headers)


def _read(path: Path, root: Path) -> _Asset:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:12]
    # mimetypes asks the machine's own tables, which differ: ours are fixed for what we ship.
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    name = path.relative_to(root)
    return _Asset(
        content=content,
        compressed=gzip.compress(content, mtime=0) if path.suffix in _COMPRESSIBLE else None,
        media_type=media_type or "application/octet-stream",
        digest=digest,
        hashed_name=name.with_name(f"{path.stem}.{digest}{path.suffix}").as_posix(),
    )


def _headers(cache: str) -> dict[str, str]:
    # An SVG opened by itself is a document: it gets no right to run or load anything.
    return {
        "Cache-Control": cache,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
