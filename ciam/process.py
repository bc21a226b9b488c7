"""The life of a worker process: stop without losing a request, never outlive the parent.

On SIGTERM the node first says "not ready", goes on answering for some seconds while a proxy moves
its traffic away, and only then closes the listener (R-16). A worker whose parent was killed ends
itself, or it would keep the port.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Final

_LOOK_EVERY: Final = 0.5


def drain_on_sigterm(begin_drain: Callable[[], None], drain: timedelta) -> None:
    """Put the drain before whatever SIGTERM does now; a second SIGTERM skips it.

    Must be called in the main thread of a process whose server has set its own handler.
    """
    loop = asyncio.get_running_loop()
    stop = signal.getsignal(signal.SIGTERM)
    if not callable(stop) or drain <= timedelta(0):
        return

    def on_sigterm(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, stop)
        loop.call_soon_threadsafe(begin_drain)
        loop.call_soon_threadsafe(
            loop.call_later, drain.total_seconds(), lambda: stop(number, frame)
        )

    signal.signal(signal.SIGTERM, on_sigterm)


async def end_with_parent(parent: int) -> None:
    """End this process once the process `parent`, which asked for it, is gone.

    A server of one worker is its own parent and watches nobody.
    """
    if parent == os.getpid():
        return
    while _is_there(parent):  # noqa: ASYNC110 - the system has no event for it
        await asyncio.sleep(_LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)


def _is_there(parent: int) -> bool:
    """Tell whether the process that asked for this one runs; a worker is forked by a third one."""
    asked = multiprocessing.parent_process()
    if asked is not None and asked.pid == parent:
        return asked.is_alive()
    return os.getppid() == parent
