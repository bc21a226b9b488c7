"""The master key: the only key outside the database; everything else is sealed with it.

From CIAM_MASTER_KEY, CIAM_MASTER_KEY_FILE, or HOME/master.key, which is made once at mode 0600. The
value is 32 bytes in base64url; several, separated by spaces or commas, are versions, the last is
new.
"""

import base64
import binascii
import os
import stat
import tempfile
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

from ciam.errors import Misconfigured
from ciam.sealing import KEY_BYTES, KeyRing, SealingKey, new_key
from ciam.settings import Settings

_MOST_DIGITS: Final = 6
_LEAST_DIFFERENT: Final = 16


def load_master(settings: Settings) -> KeyRing:
    """Give the master key; raise Misconfigured when it is not one, or others may read its file."""
    if settings.master_key is not None:
        return parse_master(settings.master_key.get_secret_value(), "CIAM_MASTER_KEY")
    path = settings.master_key_file or settings.home / "master.key"
    if settings.master_key_file is None and not path.exists():
        _make(path)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"the master key file {path} cannot be read") from error
    if mode & 0o077:
        raise Misconfigured(f"others may read {path} (mode {mode:04o}): chmod 600 it")
    return parse_master(text, str(path))


def parse_master(text: str, source: str) -> KeyRing:
    """Read one or several keys, each a version; raise Misconfigured naming only the source.

    A key may say its version, as in `2:KEY`: so the first one can be taken out some day.
    """
    keys: dict[int, SealingKey] = {}
    for position, item in enumerate(text.replace(",", " ").split(), start=1):
        number, colon, word = item.rpartition(":")
        version = int(number) if number.isdecimal() and len(number) <= _MOST_DIGITS else position
        if colon and str(version) != number:
            raise Misconfigured(f"{source}: the version of a master key is a number, as in 2:KEY")
        try:
            padded = word + "=" * (-len(word) % 4)
            secret = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_BYTES or _is_made_up(secret):
            raise Misconfigured(f"{source}: a master key is {KEY_BYTES} random bytes in base64url")
        if version in keys:
            raise Misconfigured(f"{source}: there are two master keys of version {version}")
        keys[version] = SealingKey(version, secret)
    if not keys:
        raise Misconfigured(f"{source}: there is no master key in it")
    return KeyRing(keys)


def _is_made_up(secret: bytes) -> bool:
    """Tell a key that somebody has typed, or copied from an example, from a random one (D-07).

    One in 10^12 random keys has fewer than 16 different bytes, is of printable signs alone, or
    counts in steps.
    """
    steps = {(after - before) % 256 for before, after in pairwise(secret)}
    is_typed = secret.isascii() and secret.decode().isprintable()
    return is_typed or len(steps) == 1 or len(set(secret)) < _LEAST_DIFFERENT


def _make(path: Path) -> None:
    """Write a new key; of processes that start together one wins and the others read its file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = base64.urlsafe_b64encode(new_key().secret).decode()
    # mkstemp and not the process id: two containers that share a home are both process 1.
    handle, draft = tempfile.mkstemp(prefix="master.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(handle)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
