"""Whole password journeys against the limit of Argon2, and cheap requests meanwhile.

A journey begins at the relying app without a session: authorize, the sign-in page, the password,
the code, the tokens, UserInfo. The people keep their device cookie, as most who come back do.
"""

import asyncio
import contextlib
import os
import re
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import argon2

from bench.measure import percentile
from bench.scenarios import WrongAnswer, authorization_request, redeem
from bench.targets import LOAD_CORE, PASSWORD, REDIRECT, SERVER_CORE, Target
from bench.wire import Answer, Connection

_FORM: Final = re.compile(rb'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN: Final = re.compile(rb'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')
_DEVICE: Final = "device"


@dataclass(frozen=True)
class LoginStorm:
    """What a storm of sign-ins gave; processor seconds are those of the server."""

    argon2_limit: float
    journeys_per_second: float
    cpu_seconds_per_journey: float
    cheap_p50_milliseconds: float
    cheap_p99_milliseconds: float

    @property
    def share(self) -> float:
        """The journeys as a share of what Argon2 alone would allow on that core."""
        return self.journeys_per_second / self.argon2_limit


class Person:
    """Somebody who signs in over and over with one browser."""

    def __init__(self, target: Target) -> None:
        """Come with an empty browser."""
        self.target = target
        self.connection = Connection(target.base_url)
        self.cookies: dict[str, str] = {}

    async def journey(self) -> None:
        """Go from the relying app to the tokens and UserInfo; raise WrongAnswer on the way."""
        self.cookies = {name: kept for name, kept in self.cookies.items() if _DEVICE in name}
        request, verifier = authorization_request()
        answer = await self._follow(f"{self.target.authorize}?{request}")
        form = next((one for one in _FORM.findall(answer.body) if b"password" in one[1]), None)
        if form is None:
            raise WrongAnswer(f"{self.target.name}: no sign-in page, {answer.status}")
        fields = {name.decode(): value.decode() for name, value in _HIDDEN.findall(form[1])}
        fields |= {"identifier": "bench@example.com", "password": PASSWORD}
        path = form[0].decode().replace("&amp;", "&")
        origin = {"Origin": self.target.base_url}
        posted = self._keep(await self.connection.post(path, fields, self._headers() | origin))
        location = await self._until_redirect(posted)
        tokens = await redeem(self.connection, self.target, location, verifier)
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        userinfo = await self.connection.get("/userinfo", bearer)
        if userinfo.status != 200:
            raise WrongAnswer(f"{self.target.name}: userinfo {userinfo.status}")

    async def _follow(self, location: str) -> Answer:
        """Go where an address leads, to a page or to the relying app."""
        while True:
            answer = self._keep(await self.connection.get(location, self._headers()))
            if "location" not in answer.headers or answer.headers["location"].startswith(REDIRECT):
                return answer
            location = _path(answer.headers["location"])

    async def _until_redirect(self, answer: Answer) -> str:
        location = answer.headers.get("location", "")
        if not location.startswith(REDIRECT):
            answer = await self._follow(_path(location))
            location = answer.headers.get("location", "")
        if not location.startswith(REDIRECT):
            raise WrongAnswer(f"{self.target.name}: {answer.status} instead of a code")
        return location

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _keep(self, answer: Answer) -> Answer:
        self.cookies |= answer.cookies
        return answer


async def storm(target: Target, *, people: int, seconds: float) -> LoginStorm:
    """Let people sign in over and over, and ask for the keys meanwhile."""
    limit = await asyncio.to_thread(measure_argon2, 3.0)
    crowd = [Person(target) for _ in range(people)]
    for person in crowd:  # warm, and known devices
        await person.journey()
    done, cheap = 0, []
    cpu, began = target.cpu_seconds(), time.monotonic()
    deadline = began + seconds

    async def sign_in(person: Person) -> None:
        nonlocal done
        while time.monotonic() < deadline:
            await person.journey()
            done += 1

    async def ask() -> None:
        connection = Connection(target.base_url)
        while time.monotonic() < deadline:
            sent = time.perf_counter()
            await connection.get(target.jwks)
            cheap.append((time.perf_counter() - sent) * 1000)
            await asyncio.sleep(0.02)
        connection.close()

    await asyncio.gather(*(sign_in(person) for person in crowd), ask())
    elapsed, spent = time.monotonic() - began, target.cpu_seconds() - cpu
    for person in crowd:
        person.connection.close()
    return LoginStorm(
        limit,
        done / elapsed,
        spent / max(done, 1),
        percentile(cheap, 0.5),
        percentile(cheap, 0.99),
    )


def _path(location: str) -> str:
    parts = urlsplit(location)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def measure_argon2(seconds: float) -> float:
    """Give the hashes a second of the server's core, with the parameters of the policy."""
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    encoded = hasher.hash(PASSWORD)
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        count, deadline = 0, time.monotonic() + seconds
        began = time.monotonic()
        while time.monotonic() < deadline:
            with contextlib.suppress(argon2.exceptions.VerifyMismatchError):
                hasher.verify(encoded, PASSWORD)
            count += 1
        return count / (time.monotonic() - began)
    finally:
        os.sched_setaffinity(0, {LOAD_CORE})
