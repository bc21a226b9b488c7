"""`ciam audit`: verify the log; say that the database was restored."""

import asyncio
import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ciam.cli.opening import opened_database, read_settings

if TYPE_CHECKING:
    from ciam.audit.verify import Report

app = typer.Typer(help="The audit log.")


@app.command()
def verify(
    *,
    checkpoints: Annotated[
        Path | None, typer.Option(help="Folder with checkpoints kept elsewhere.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say it as JSON.")] = False,
) -> None:
    """Check every leaf, every checkpoint and the tail; exit 1 when something was changed."""
    report = asyncio.run(_verify(checkpoints))
    if as_json:
        facts = {
            "good": report.is_good,
            "leaves": report.leaves,
            "pending": report.pending,
            "checkpoints": report.checkpoints,
            "root": report.root,
            "problems": report.problems,
        }
        print(json.dumps(facts))
    else:
        for problem in report.problems:
            print(f"problem: {problem}")
        verdict = "good" if report.is_good else "CHANGED"
        print(
            f"The log is {verdict}: {report.leaves} leaves, {report.checkpoints} checkpoints, "
            f"{report.pending} events not yet in it, root {report.root[:16]}"
        )
    raise typer.Exit(0 if report.is_good else 1)


@app.command()
def restored(
    *,
    reason: Annotated[str, typer.Option(help="Why it was restored; stands in the log.")],
    checkpoints: Annotated[
        Path | None, typer.Option(help="Folder with checkpoints kept elsewhere.")
    ] = None,
) -> None:
    """Say that the database came from a backup: ends all sessions and tokens, before serving."""
    ended, lost = asyncio.run(_restored(checkpoints, reason))
    print("Ended: " + ", ".join(f"{count} {name}" for name, count in ended.items()) + ".")
    for name in lost:
        print(f"set aside: checkpoint {name}")


async def _restored(folder: Path | None, reason: str) -> tuple[dict[str, int], list[str]]:
    from ciam.administration.restored import acknowledge

    settings = read_settings()
    async with opened_database(settings) as database:
        return await acknowledge(
            database,
            folder or settings.home / "checkpoints",
            operator=f"cli:{getpass.getuser()}",
            reason=reason,
        )


async def _verify(folder: Path | None) -> "Report":
    from ciam.audit.verify import verify_log

    settings = read_settings()
    async with opened_database(settings) as database:
        return await verify_log(database, folder or settings.home / "checkpoints")
