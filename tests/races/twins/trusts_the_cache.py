"""A server whose commits are acknowledged before they are on the disk."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

import ciam.storage.engine

_create = ciam.storage.engine.create_async_engine  # type: ignore[attr-defined]  # a twin


def _forgetful(url: Any, **options: Any) -> AsyncEngine:  # noqa: ANN401 - as SQLAlchemy has it
    settings = options.get("connect_args", {}).get("server_settings")
    if settings is not None:
        settings["synchronous_commit"] = "off"
    engine: AsyncEngine = _create(url, **options)
    return engine


def install() -> None:
    """Put the twin in its place."""
    ciam.storage.engine.create_async_engine = _forgetful  # type: ignore[attr-defined]  # a twin
