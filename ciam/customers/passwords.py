"""Hashing of passwords: Argon2id in a bounded pool of threads (RFC 9106; OWASP minimum).

Never on the event loop, never inside a transaction. The pool has as many threads as cores, so the
memory is at most threads x m; work that could not begin before its deadline is answered with 503.
Its threads stand back behind the event loop, so that a storm of sign-ins does not slow the rest.
What is stored carries a pepper (`peppers.py`); the rules for new passwords are in
`password_rules.py`.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from ciam import telemetry
from ciam.customers.breached_passwords import BreachedPasswords
from ciam.customers.password_rules import check_password_rules, to_bytes
from ciam.customers.peppers import is_newest, unwrap, wrap
from ciam.errors import FormRefused, Unavailable
from ciam.metrics import HASH_REFUSED, HASH_WAITING
from ciam.policies import PasswordPolicy
from ciam.sealing import ServerKeys
from ciam.texts import Text

__all__ = ["PasswordHasher", "Verdict", "check_password_rules"]

_Result = TypeVar("_Result")

_BREACHED: Final = Text(
    "This password is in lists that were stolen elsewhere, and is tried first. Choose another;"
    " if you use it anywhere else, change it there too."
)
_WAITING_PER_THREAD: Final = 64
_DEADLINE: Final = timedelta(seconds=3)
_NICENESS: Final = 5
_UNMATCHABLE: Final = b"\xff"  # no text has this byte in UTF-8


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right, and whether it should be stored anew in today's form."""

    matches: bool
    needs_rehash: bool


class PasswordHasher:
    """Hashes and compares passwords; one for each process."""

    def __init__(
        self,
        threads: int = 0,
        get_policy: Callable[[], Awaitable[PasswordPolicy]] | None = None,
        *,
        breached: BreachedPasswords | None = None,
        deadline: timedelta = _DEADLINE,
    ) -> None:
        """Take the number of threads (0: one for each core) and where the policy comes from.

        `breached` knows which passwords are known from breaches.
        """
        self._breached = breached or BreachedPasswords()
        self.threads = threads or os.cpu_count() or 1
        self._get_policy = get_policy
        self._deadline = deadline
        self._pool = ThreadPoolExecutor(
            self.threads, thread_name_prefix="password", initializer=_step_back
        )
        self._free = asyncio.Semaphore(self.threads)
        self._waiting = 0

    async def hash_new(
        self, password: str, keys: ServerKeys, *, form_field: str = "password"
    ) -> str:
        """Give what is stored of a password that somebody sets; its rules were checked before.

        Raise FormRefused, on `form_field`, for one that is known from a breach.
        """
        policy = await self._policy()
        if await self._breached.contains(password, asks_range=policy.breached_range):
            raise FormRefused("known from a breach", errors={form_field: _BREACHED})
        return await self.hash(password, keys)

    async def hash(self, password: str, keys: ServerKeys) -> str:
        """Give what may be stored; raise ValueError for a password above MAX_BYTES."""
        raw = to_bytes(password)
        if raw is None:
            msg = "the password is longer than anything that is hashed"
            raise ValueError(msg)
        hasher = await self._hasher()
        return wrap(await self._run(lambda: hasher.hash(raw)), keys.pepper)

    async def verify(self, stored: str, password: str, keys: ServerKeys) -> Verdict:
        """Compare a password with what is stored; raise SealBroken when its pepper is gone.

        A password above MAX_BYTES costs what any other costs, so that it tells nothing.
        """
        hasher, encoded = await self._hasher(), unwrap(stored, keys.pepper)
        raw = to_bytes(password)
        matches = await self._run(lambda: _is_match(hasher, encoded, raw or _UNMATCHABLE))
        outdated = hasher.check_needs_rehash(encoded) or not is_newest(stored, keys.pepper)
        return Verdict(matches, matches and outdated)

    async def waste(self) -> None:
        """Do the work of one comparison, for a customer who does not exist."""
        hasher = await self._hasher()
        await self._run(lambda: hasher.hash(_UNMATCHABLE))

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _hasher(self) -> argon2.PasswordHasher:
        policy = await self._policy()
        return argon2.PasswordHasher(
            time_cost=policy.argon2_iterations,
            memory_cost=policy.argon2_memory_kib,
            parallelism=policy.argon2_lanes,
        )

    async def _policy(self) -> PasswordPolicy:
        return PasswordPolicy() if self._get_policy is None else await self._get_policy()

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        with telemetry.span("password wait"):
            await self._wait_for_thread()
        try:
            running = asyncio.wrap_future(self._pool.submit(work))
        except RuntimeError as error:  # the pool is closed
            self._free.release()
            cause = "password hashing has stopped"
            raise Unavailable(cause) from error
        # A caller who goes away does not stop a thread: its place is free only when it is done.
        running.add_done_callback(lambda _done: self._free.release())
        with telemetry.span("password hash"):
            return await asyncio.shield(running)

    async def _wait_for_thread(self) -> None:
        if self._waiting >= self.threads * _WAITING_PER_THREAD:
            HASH_REFUSED.inc()
            cause = "too many passwords wait to be hashed"
            raise Unavailable(cause, self._deadline)
        self._waiting += 1
        HASH_WAITING.inc()
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                await self._free.acquire()
        except TimeoutError as error:
            HASH_REFUSED.inc()
            cause = "hashing a password could not begin in time"
            raise Unavailable(cause, self._deadline) from error
        finally:
            self._waiting -= 1
            HASH_WAITING.dec()


def _step_back() -> None:
    """Lower the priority of this thread; only Linux has one for each thread of a process."""
    if sys.platform == "linux":
        os.setpriority(
            os.PRIO_PROCESS,
            threading.get_native_id(),
            os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS,
        )


def _is_match(hasher: argon2.PasswordHasher, encoded: str, raw: bytes) -> bool:
    try:
        return hasher.verify(encoded, raw)
    except (VerifyMismatchError, InvalidHashError):
        return False
