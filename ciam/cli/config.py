"""`ciam config`: clients, purposes, notices, brands, connections and policies, as files."""

import asyncio
import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from ciam.cli.opening import opened_database, prepare, read_settings
from ciam.settings import Settings

if TYPE_CHECKING:
    from ciam.administration.config.loading import LoadedConfig

app = typer.Typer(help="Clients, purposes, notices, brands, connections and policies, as files.")

_INTERNAL = {"parent"}
_KINDS = ("brands", "clients", "purposes", "notices", "connections", "policies")

Files = Annotated[list[Path], typer.Argument(help="YAML files, applied in this order.")]
AsJson = Annotated[bool, typer.Option("--json", help="Say it as JSON.")]


@app.command()
def apply(files: Files, *, as_json: AsJson = False) -> None:
    """Bring the installation to what the files say, all or nothing; twice changes nothing."""
    loaded = _load(files)
    changes = asyncio.run(_apply(loaded))
    if as_json:
        print(json.dumps({"changes": changes}, ensure_ascii=False))
        return
    for change in changes:
        print(change)
    if not changes:
        print("Nothing to change.")


@app.command()
def validate(files: Files, *, as_json: AsJson = False) -> None:
    """Say whether the files are right, without touching the installation."""
    counts = dict.fromkeys(_KINDS, 0)
    for config in _load(files):
        for name, _, _ in config.document.natural_keys():
            counts[name] += 1
    if as_json:
        print(json.dumps({"valid": True, **counts}))
    else:
        print("Valid: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + ".")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a config file, for editors."""
    from ciam.administration.config.documents import ConfigDocument

    print(json.dumps(ConfigDocument.model_json_schema(), indent=2, ensure_ascii=False))


@app.command()
def variables() -> None:
    """Print every environment variable with its default and meaning, as a Markdown table."""
    print("| variable | default | meaning |\n|---|---|---|")
    for name, field in Settings.model_fields.items():
        if name not in _INTERNAL:
            default = field.default
            plain = default.get_secret_value() if isinstance(default, SecretStr) else default
            shown = "" if plain in (None, "", ()) else f"`{plain}`"
            print(f"| `CIAM_{name.upper()}` | {shown} | {field.description} |")


def _load(files: list[Path]) -> "list[LoadedConfig]":
    from ciam.administration.config.loading import load_config

    return load_config(files)


async def _apply(loaded: "list[LoadedConfig]") -> list[str]:
    from ciam.administration.config.apply import apply_config

    settings = read_settings()
    await prepare(settings)
    async with opened_database(settings) as database, database.write() as transaction:
        return await apply_config(transaction, loaded, operator=f"cli:{getpass.getuser()}")
