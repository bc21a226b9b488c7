"""Write a message into a folder: readable by the owner only, complete at once or not there."""

import os
from pathlib import Path

_MODE = 0o600


def write_whole(path: Path, content: bytes) -> None:
    """Write to a draft, have the disk keep it, and put it in place by an atomic rename.

    Two tries at the same message end in the same file.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.parent / f".{path.name}.{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
