"""Whether a new password is known from a breach (NIST SP 800-63B-4 §3.1.1.2).

Offline first: a sorted file of SHA-1 hashes, as Have I Been Pwned hands it out, is searched where
it lies. Then, only where an operator chose so, its range service is asked for the first five digits
of the hash, with padding, so that it learns neither the password nor whether it was found. When the
service is away the answer is that of the file: it never keeps anybody from setting a password.
"""

import asyncio
from collections.abc import Iterable
from hashlib import sha1
from pathlib import Path
from typing import Final

import structlog

from ciam.customers.password_rules import normalise_password
from ciam.outbound import Outbound, OutboundFailed

log = structlog.get_logger("ciam.passwords")

RANGE: Final = "https://api.pwnedpasswords.com/range/"
_PREFIX: Final = 5
_DIGITS: Final = 40
_FOUND: Final = 200
_PADDING: Final = "0"


class BreachedPasswords:
    """Looks passwords up; one for the process."""

    def __init__(self, path: Path | None = None, outbound: Outbound | None = None) -> None:
        """Take the file, if there is one, and the way out to the range service."""
        self._path = path
        self._outbound = outbound

    async def contains(self, password: str, *, asks_range: bool = False) -> bool:
        """Tell whether a password is known from a breach, as typed or as it is compared."""
        for text in {password, normalise_password(password)}:
            raw = text.encode("utf-8", "surrogatepass")
            digest = sha1(raw, usedforsecurity=False).hexdigest().upper()
            if self._path is not None and await asyncio.to_thread(_is_listed, self._path, digest):
                return True
            if asks_range and await self._is_in_range(digest):
                return True
        return False

    async def _is_in_range(self, digest: str) -> bool:
        if self._outbound is None:
            return False
        try:
            answer = await self._outbound.request(
                "GET", RANGE + digest[:_PREFIX], headers={"Add-Padding": "true"}
            )
        except OutboundFailed as failed:
            log.warning("range of breached passwords not reached", cause=failed.cause)
            return False
        if answer.status != _FOUND:
            log.warning("range of breached passwords refused", status=answer.status)
            return False
        lines = answer.body.decode("ascii", "replace").splitlines()
        return digest[_PREFIX:] in set(_counted(lines))


def _counted(lines: Iterable[str]) -> Iterable[str]:
    """Give the rests of the hashes in a range; padding has a count of nought."""
    for line in lines:
        rest, _, times = line.strip().partition(":")
        if times != _PADDING:
            yield rest.upper()


def _is_listed(path: Path, digest: str) -> bool:
    """Search a file of sorted lines that begin with a hash, without reading it all."""
    wanted = digest.encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:  # the line we look for begins at or after low, and before high
            middle = (low + high) // 2
            file.seek(middle)
            if middle:
                file.seek(middle - 1)
                file.readline()
            if file.tell() >= high:
                high = middle
                continue
            begins = file.tell()
            line = file.readline()
            found = line[:_DIGITS].upper()
            if found == wanted:
                return True
            if found < wanted:
                low = begins + len(line)
            else:
                high = middle
    return False
