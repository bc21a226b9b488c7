"""The k-th call to a database fails, below every line of ours: at the driver or on the wire.

`error`: the database refuses the statement. `lost`: it carries it out, and the answer never comes:
a commit that succeeded looks like one that failed. `cut`: the connection is gone before.
"""

from __future__ import annotations

import socket
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from unittest import mock

import ciam.storage.lazy_connection
import ciam.storage.side_connection
from ciam.storage.sqlite_driver import InlineConnection, InlineCursor
from tests.parts.ports import find_free_port

Kind = Literal["error", "lost", "cut"]
KINDS: dict[str, tuple[Kind, ...]] = {
    "sqlite": ("error", "lost"),
    "postgresql": ("error", "lost", "cut"),
}


@dataclass
class Fault:
    """Counts calls while a request is under way, and fails one of them."""

    at: int = 0
    kind: Kind = "error"
    calls: int = 0
    is_counting: bool = False
    has_fired: bool = False

    def arm(self, at: int, kind: Kind) -> None:
        """Fail the call of this number from now on; 0: none."""
        self.at, self.kind, self.calls, self.has_fired = at, kind, 0, False

    def is_due(self) -> bool:
        """Count one call, and tell whether it is the one."""
        if not self.is_counting:
            return False
        self.calls += 1
        if self.calls != self.at:
            return False
        self.has_fired = True
        return True


@contextmanager
def sqlite_driver(fault: Fault) -> Iterator[None]:
    """Let calls of SQLite's driver fail in this process."""

    def around(real: Any) -> Any:  # noqa: ANN401 - a method of the driver
        def call(self: Any, *given: Any) -> Any:  # noqa: ANN401 - as the driver has it
            is_due = fault.is_due()
            if is_due and fault.kind == "error":
                raise sqlite3.OperationalError("disk I/O error")
            answer = real(self, *given)
            if is_due:
                raise sqlite3.OperationalError("disk I/O error")
            return answer

        return call

    class Cursor(sqlite3.Cursor):
        execute = around(sqlite3.Cursor.execute)

    class Connection(sqlite3.Connection):
        execute = around(sqlite3.Connection.execute)

    def connect(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the driver has it
        return sqlite3.connect(*given, factory=Connection, **named)

    reader = mock.Mock(wraps=sqlite3, Cursor=Cursor, Error=sqlite3.Error)
    opener = mock.Mock(wraps=sqlite3, connect=connect, Error=sqlite3.Error)
    with (
        mock.patch.object(InlineCursor, "execute", around(InlineCursor.execute)),
        mock.patch.object(InlineCursor, "executemany", around(InlineCursor.executemany)),
        mock.patch.object(InlineConnection, "commit", around(InlineConnection.commit)),
        mock.patch.object(ciam.storage.lazy_connection, "sqlite3", reader),
        mock.patch.object(ciam.storage.side_connection, "sqlite3", opener),
    ):
        yield


_STARTUP = 196608
_REFUSED = b"SERROR\0VERROR\0C53100\0Mcould not extend file: no space left on device\0\0"


@dataclass
class PostgresqlWire:
    """A proxy that knows where a request of the protocol ends, and fails the k-th."""

    target: tuple[str, int]
    fault: Fault
    port: int = field(default_factory=find_free_port)

    def accept(self, listener: socket.socket) -> None:
        """Take connections until the listener closes."""
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = socket.create_connection(self.target)
                link = _Link(here, there, self.fault)
                for work in (link.pass_requests, link.pass_answers):
                    threading.Thread(target=work, daemon=True).start()


@contextmanager
def postgresql_wire(host: str, port: int, fault: Fault) -> Iterator[int]:
    """Run the proxy; gives its port."""
    wire = PostgresqlWire((host, port), fault)
    with socket.create_server(("127.0.0.1", wire.port)) as listener:
        threading.Thread(target=wire.accept, args=(listener,), daemon=True).start()
        try:
            yield wire.port
        finally:
            listener.shutdown(socket.SHUT_RDWR)


class _Link:
    """One connection: requests one way, answers the other."""

    def __init__(self, here: socket.socket, there: socket.socket, fault: Fault) -> None:
        self.here, self.there, self.fault = here, there, fault
        self.status = b"I"
        self.is_losing = False

    def pass_requests(self) -> None:
        """Pass whole requests on: up to Sync, Query or Flush; fail the one that is due."""
        with suppress(OSError, struct.error):
            while not self._pass_startup():
                pass
            batch = b""
            while message := self._read_message():
                batch += message
                if message[:1] not in b"SQHX":
                    continue
                if message[:1] in b"SQ" and self.fault.is_due():
                    self._fail(batch)
                else:
                    self.there.sendall(batch)
                batch = b""
        self.close()

    def pass_answers(self) -> None:
        """Pass answers on, and note the state of the transaction from the last of them."""
        pending = b""
        with suppress(OSError):
            while content := self.there.recv(65536):
                pending += content
                while len(pending) >= 5:
                    (length,) = struct.unpack_from("!I", pending, 1)
                    if len(pending) < length + 1:
                        break
                    kind, self_status = pending[:1], pending[length : length + 1]
                    pending = pending[length + 1 :]
                    if kind == b"Z":
                        self.status = self_status
                        if self.is_losing:
                            self.close()
                            return
                if not self.is_losing:
                    self.here.sendall(content)
        self.close()

    def close(self) -> None:
        """Close both ends."""
        for one in (self.here, self.there):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _fail(self, batch: bytes) -> None:
        if self.fault.kind == "cut":
            self.close()
        elif self.fault.kind == "lost":
            self.is_losing = True
            self.there.sendall(batch)
        else:
            state = b"I" if self.status == b"I" else b"E"
            error = b"E" + struct.pack("!I", len(_REFUSED) + 4) + _REFUSED
            self.here.sendall(error + b"Z" + struct.pack("!I", 5) + state)

    def _pass_startup(self) -> bool:
        head = self._read(4)
        body = self._read(struct.unpack("!I", head)[0] - 4)
        (code,) = struct.unpack_from("!I", body)
        if code != _STARTUP and code >> 16 == 1234 and code & 0xFFFF == 5679:
            self.here.sendall(b"N")  # no TLS here
            return False
        self.there.sendall(head + body)
        return True

    def _read_message(self) -> bytes:
        head = self._read(5)
        return head + self._read(struct.unpack("!I", head[1:])[0] - 4)

    def _read(self, size: int) -> bytes:
        content = b""
        while len(content) < size:
            more = self.here.recv(size - len(content))
            if not more:
                raise OSError("closed")
            content += more
        return content
