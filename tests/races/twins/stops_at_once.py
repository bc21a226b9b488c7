"""A server that ends with SIGTERM, whatever it is just answering."""

import os
import signal
from collections.abc import Callable
from datetime import timedelta

import ciam.app


def _stop_at_once(_begin_drain: Callable[[], None], _drain: timedelta) -> None:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def install() -> None:
    """Put the twin in its place."""
    ciam.app.drain_on_sigterm = _stop_at_once  # type: ignore[assignment,attr-defined]  # a twin
