"""A tiny server to test the kill harness with: it writes before the answer, or after (`--late`)."""

import argparse
import asyncio
import sqlite3

import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


def app(path: str, *, late: bool) -> Starlette:
    """Build it over one SQLite file."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE IF NOT EXISTS mark (name TEXT)")

    def write(name: str) -> None:
        database.execute("INSERT INTO mark VALUES (?)", (name,))

    async def write_later(name: str) -> None:
        await asyncio.sleep(0.05)
        write(name)

    async def mark(request: Request) -> Response:
        name = request.path_params["name"]
        if late:
            return PlainTextResponse("ok", background=BackgroundTask(write_later, name))
        write(name)
        return PlainTextResponse("ok")

    async def ready(_request: Request) -> Response:
        return PlainTextResponse("ready")

    return Starlette(routes=[Route("/readyz", ready), Route("/{name}", mark, methods=["POST"])])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--late", action="store_true")
    asked = parser.parse_args()
    uvicorn.run(app(asked.database, late=asked.late), port=asked.port, log_level="warning")
