"""Clients in several processes that fire at the same moment.

What they fire is a gun, named `module:Class`, so that each process can make its own: an HTTP client
(`http_gun`), or a database (`race_single_use`).
"""

import asyncio
import importlib
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from types import TracebackType
from typing import Any, Protocol, Self

from tests.parts.forked import CONTEXT

_PATIENCE = 60.0


class Gun(Protocol):
    """What one process fires with; every client of the process shares it."""

    async def open(self, options: dict[str, Any]) -> None:
        """Connect."""
        ...

    async def fire(self, client: int, payload: Any) -> Any:  # noqa: ANN401 - the gun's own
        """Do the one thing that races, and return what came of it."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...


class Squad:
    """`clients` clients, spread over `processes` processes, that wait for orders."""

    def __init__(
        self,
        gun: str,
        options: dict[str, Any] | None = None,
        *,
        clients: int = 10,
        processes: int = 2,
        twin: str | None = None,
    ) -> None:
        """Describe the squad; `twin` puts a broken twin into the processes themselves."""
        self.clients, self.processes = clients, processes
        self._job = (gun, dict(options or {}), twin)
        self._members: list[tuple[BaseProcess, Connection]] = []

    def __enter__(self) -> Self:
        """Start the processes and wait until each has connected."""
        barrier = CONTEXT.Barrier(self.processes)
        for _ in range(self.processes):
            ours, theirs = CONTEXT.Pipe()
            process = CONTEXT.Process(target=_serve, args=(theirs, barrier, *self._job))
            process.start()
            theirs.close()
            self._members.append((process, ours))
        for _process, pipe in self._members:
            _receive(pipe)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Send everybody home."""
        for process, pipe in self._members:
            if process.is_alive():
                pipe.send(None)
            process.join(10)
            if process.is_alive():
                process.kill()
            pipe.close()

    def fire(self, payloads: list[Any]) -> list[Any]:
        """Let every client fire its payload at once; give the results in the same order."""
        indexed = list(enumerate(payloads))
        shares = [indexed[i :: self.processes] for i in range(self.processes)]
        for (_process, pipe), share in zip(self._members, shares, strict=True):
            pipe.send(share)
        results: dict[int, Any] = {}
        for _process, pipe in self._members:
            results.update(_receive(pipe))
        return [results[index] for index in range(len(payloads))]


def _receive(pipe: Connection) -> dict[int, Any]:
    if not pipe.poll(_PATIENCE):
        raise TimeoutError(f"a process of the squad was silent for {_PATIENCE:.0f} s")
    answer = pipe.recv()
    if isinstance(answer, str):
        raise RuntimeError(f"a process of the squad failed: {answer}")  # noqa: TRY004 - told by the other side, no type of ours
    found: dict[int, Any] = answer
    return found


def _serve(
    pipe: Connection, barrier: Barrier, gun: str, options: dict[str, Any], twin: str | None
) -> None:
    if twin is not None:
        importlib.import_module(f"tests.races.twins.{twin}").install()
    module, name = gun.split(":")
    made: Gun = getattr(importlib.import_module(module), name)()
    try:
        asyncio.run(_obey(pipe, barrier, made, options))
    except Exception as error:  # noqa: BLE001 - told to the other side, which raises
        pipe.send(f"{type(error).__name__}: {error}")


async def _obey(pipe: Connection, barrier: Barrier, gun: Gun, options: dict[str, Any]) -> None:
    await gun.open(options)
    pipe.send({})
    while (share := pipe.recv()) is not None:
        barrier.wait(_PATIENCE)
        results = await asyncio.gather(*(gun.fire(client, payload) for client, payload in share))
        pipe.send({client: result for (client, _), result in zip(share, results, strict=True)})
    await gun.close()
