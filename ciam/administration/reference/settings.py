"""The page of the environment variables."""

from typing import Final

from ciam.administration.reference.words import code, kind_of, table, value
from ciam.settings import Settings

_OPENING: Final = """\
# Settings

<!-- Written from ciam/settings.py by `make reference`. -->

The environment of one process. It is read once, at the start; a value that does not fit ends the
process with exit code 2 and one line that names the variable. What is changed while the server
runs is in [policies.md](policies.md) and [config.md](config.md).

Secrets (the database, mail, the master key) belong into a file that only the server's user can
read, or into the secrets of the platform; `CIAM_MASTER_KEY_FILE` takes a path.

"""
INTERNAL: Final = frozenset({"parent"})
"""Set by the server itself."""


def write_settings() -> str:
    """Write the page."""
    rows = [
        (
            code(f"CIAM_{name.upper()}"),
            kind_of(field),
            "" if field.default in (None, ()) else code(value(field.default)),
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
        if name not in INTERNAL
    ]
    return _OPENING + table(("variable", "kind", "default", "meaning"), rows)
