"""`ciam config`: what the installation knows of clients, purposes, notices, brands, policies."""

import asyncio
import getpass
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from ciam.cli.opening import opened_database, prepare, read_settings
from ciam.settings import Settings

if TYPE_CHECKING:
    from ciam.administration.config.apply import Outcome
    from ciam.administration.config.loading import LoadedConfig

app = typer.Typer(help="Clients, purposes, notices, brands, connections and policies, as files.")

_INTERNAL = {"parent"}
_SIGNS = {"remove": "-", "add": "+", "change": "~"}

Files = Annotated[list[Path], typer.Argument(help="YAML files, applied in this order.")]
AsJson = Annotated[bool, typer.Option("--json", help="Say it as JSON.")]
Prune = Annotated[
    bool, typer.Option("--prune", help="Remove what files own and none of these names.")
]
TakeOver = Annotated[
    bool, typer.Option("--take-over", help="Change what the console or the API owns, and own it.")
]

CHANGES = 3
"""Exit code of a plan that is not empty; 1 and 2 say that there is no plan."""


@app.command()
def plan(
    files: Files, *, prune: Prune = False, take_over: TakeOver = False, as_json: AsJson = False
) -> None:
    """Say what apply would change, deletions first. Exit 0: nothing; 3: something."""
    outcome = asyncio.run(_plan(_load(files), prune=prune, take_over=take_over))
    _say(outcome, as_json=as_json)
    raise typer.Exit(CHANGES if outcome.changes else 0)


@app.command()
def apply(
    files: Files, *, prune: Prune = False, take_over: TakeOver = False, as_json: AsJson = False
) -> None:
    """Bring the installation to what the files say, all or nothing; twice changes nothing."""
    outcome = asyncio.run(_apply(_load(files), prune=prune, take_over=take_over))
    _say(outcome, as_json=as_json)


@app.command()
def export() -> None:
    """Print what is configured as a file that apply reads; secrets are never in it."""
    print(asyncio.run(_export()), end="")


@app.command()
def validate(files: Files, *, as_json: AsJson = False) -> None:
    """Say whether the files are right, without touching the installation."""
    from ciam.administration.config.kinds import KINDS
    from ciam.administration.config.loading import list_entries

    counts = dict.fromkeys((kind.section for kind in KINDS), 0)
    for config in _load(files):
        for section, _ in list_entries(config.document):
            counts[section] += 1
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


def _say(outcome: "Outcome", *, as_json: bool) -> None:
    if as_json:
        said = {"changes": [asdict(one) for one in outcome.changes], "left_over": outcome.left_over}
        print(json.dumps(said, ensure_ascii=False))
        return
    for change in outcome.changes:
        print(f"{_SIGNS[change.action]} {change}")
    if not outcome.changes:
        print("Nothing to change.")
    if outcome.left_over:
        print(
            f"Owned by files, but in none of these: {', '.join(outcome.left_over)}"
            " (--prune removes them)",
            file=sys.stderr,
        )


def _load(files: list[Path]) -> "list[LoadedConfig]":
    from ciam.administration.config.loading import check_secrets, load_config

    loaded = load_config(files)
    check_secrets(loaded)
    return loaded


async def _plan(loaded: "list[LoadedConfig]", *, prune: bool, take_over: bool) -> "Outcome":
    from ciam.administration.config.plan import plan_config

    async with opened_database(read_settings()) as database:
        return await plan_config(database, loaded, prune=prune, take_over=take_over)


async def _apply(loaded: "list[LoadedConfig]", *, prune: bool, take_over: bool) -> "Outcome":
    from ciam.administration.config.apply import apply_config

    settings = read_settings()
    await prepare(settings)
    async with opened_database(settings) as database, database.write() as transaction:
        return await apply_config(
            transaction,
            loaded,
            operator=f"cli:{getpass.getuser()}",
            prune=prune,
            take_over=take_over,
        )


async def _export() -> str:
    from ciam.administration.config.export import export_config

    async with opened_database(read_settings()) as database, database.read() as transaction:
        return await export_config(transaction)
