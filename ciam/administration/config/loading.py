"""Load config files: read, check, and refuse what is said twice, in one file or in two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ciam.administration.config.documents import ConfigDocument
from ciam.administration.config.reader import ConfigFile, check_config, read_config
from ciam.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """What a file says, and where in it each entry stands."""

    file: ConfigFile
    document: ConfigDocument

    @contextmanager
    def at(self, *location: str | int) -> Iterator[None]:
        """Put file and line before what turns out to be wrong while an entry is applied."""
        try:
            yield
        except Misconfigured as error:
            raise Misconfigured(f"{self.file.place(*location)}: {error.cause}") from error


def load_config(paths: Sequence[Path]) -> list[LoadedConfig]:
    """Load files in order; raise Misconfigured with file and line.

    A key that stands in two files would be changed back and forth at every run, so it is refused.
    """
    loaded: list[LoadedConfig] = []
    places: dict[tuple[str, str], str] = {}
    for path in paths:
        file = read_config(path)
        document = check_config(file, ConfigDocument)
        for name, key, location in document.natural_keys():
            here, before = file.place(*location), places.get((name, key))
            if before is not None:
                raise Misconfigured(f"{here}: {name}: {key} stands at {before} already")
            places[name, key] = here
        loaded.append(LoadedConfig(file, document))
    return loaded
