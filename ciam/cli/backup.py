"""`ciam backup`: a checked copy of the embedded database while the server runs."""

from pathlib import Path
from typing import Annotated

import typer

from ciam.cli.opening import read_settings


def backup(
    target: Annotated[Path, typer.Argument(help="The file to write.")],
) -> None:
    """Copy the database of this installation (SQLite) while it is used, and check the copy."""
    from ciam.storage.backup import back_up

    size = back_up(read_settings().database_url.get_secret_value(), target)
    print(f"{target}: {size} bytes, checked. The master key is not in it: keep that apart.")
