"""Load config files: read, check, and refuse what is said twice, in one file or in two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ciam.administration.config.documents import ConfigDocument
from ciam.administration.config.kind import Entry
from ciam.administration.config.kinds import KINDS
from ciam.administration.config.reader import ConfigFile, check_config, read_config
from ciam.errors import Misconfigured

_SECRETS: Final = ("client_secret", "private_key")


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
        for section, entry in list_entries(document):
            here, before = file.place(*entry.location), places.get((section, entry.key))
            if before is not None:
                raise Misconfigured(f"{here}: {section}: {entry.key} stands at {before} already")
            places[section, entry.key] = here
        loaded.append(LoadedConfig(file, document))
    return loaded


def list_entries(document: ConfigDocument) -> Iterator[tuple[str, Entry]]:
    """Give the section and each entry of a file."""
    for kind in KINDS:
        for entry in kind.entries(document):
            yield kind.section, entry


def check_secrets(loaded: Sequence[LoadedConfig]) -> None:
    """Raise Misconfigured for a secret that stands in a file itself.

    Files are kept and shown to many; a secret that was in one has to be taken for known.
    """
    for config in loaded:
        for location in config.file.lines:
            if location and location[-1] in _SECRETS and location not in config.file.references:
                raise Misconfigured(
                    f"{config.file.place(*location)}: {location[-1]} stands in the file itself;"
                    " write ${env:NAME} or ${file:NAME}, and make a new secret"
                )
