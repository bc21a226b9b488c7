"""A TCP proxy before a database that can hang or go away, as databases and networks do."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from tests.parts.ports import find_free_port


@dataclass
class Switchboard:
    """Passes bytes on; `hang`: passes none and keeps connections; `cut`: has none."""

    target: tuple[str, int]
    port: int = field(default_factory=find_free_port)
    mode: Literal["pass", "hang", "cut"] = "pass"
    delay: float = 0.0  # seconds, before each piece of an answer
    _flowing: threading.Event = field(default_factory=threading.Event)
    _open: list[socket.socket] = field(default_factory=list)

    def hang(self) -> None:
        """Let no byte through from now on; connections stay open."""
        self.mode = "hang"
        self._flowing.clear()

    def cut(self) -> None:
        """Close every connection, and each new one at once."""
        self.mode = "cut"
        self._close_all()

    def mend(self) -> None:
        """Pass on again; what waited while it hung goes on."""
        self.mode = "pass"
        self._flowing.set()

    def accept(self, listener: socket.socket) -> None:
        """Take connections until the listener closes."""
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                if self.mode == "cut":
                    here.close()
                    continue
                there = socket.create_connection(self.target)
                self._open += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65536):
                self._flowing.wait()
                if self.delay and source.getpeername() == self.target:
                    time.sleep(self.delay)
                sink.sendall(content)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _close_all(self) -> None:
        while self._open:
            one = self._open.pop()
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def end(self) -> None:
        """Release whoever waits, and close everything."""
        self._flowing.set()
        self._close_all()


@contextmanager
def before(host: str, port: int) -> Iterator[Switchboard]:
    """Run a switchboard before a server."""
    board = Switchboard((host, port))
    board.mend()
    with socket.create_server(("127.0.0.1", board.port)) as listener:
        threading.Thread(target=board.accept, args=(listener,), daemon=True).start()
        try:
            yield board
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            board.end()
