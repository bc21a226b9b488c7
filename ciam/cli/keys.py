"""`ciam keys`: list and rotate the keys of the installation, remove what nothing needs."""

import asyncio
import getpass
import json
from typing import Annotated, Any, Final

import typer

from ciam.cli.opening import opened_database, read_settings
from ciam.errors import Misconfigured

app = typer.Typer(help="Signing keys and the server's own keys.")

_ALSO: Final = {"signing": "tokens", "data": "master"}
"""What people call them."""
_Use = Annotated[
    str,
    typer.Argument(
        help="tokens (signing), receipts, checkpoints; index, refresh, pepper, cookie, records; "
        "master (data: the customers' keys are wrapped anew)"
    ),
]


@app.command("list")
def list_keys(
    *, as_json: Annotated[bool, typer.Option("--json", help="Say it as JSON.")] = False
) -> None:
    """List every key, and how far a rotation is: never a secret."""
    keys = asyncio.run(_list())
    if as_json:
        print(json.dumps(keys, default=str))
        return
    for key in keys:
        print("  ".join(str(value) for value in key.values() if value is not None))


@app.command()
def rotate(
    use: _Use,
    algorithm: Annotated[
        str | None, typer.Option(help="Of a key that signs; tokens have ES256 and RS256.")
    ] = None,
) -> None:
    """Make a successor; a signing key is published an hour before it signs."""
    print(asyncio.run(_rotate(_ALSO.get(use, use), algorithm)))


@app.command()
def remove(
    use: _Use, version: Annotated[int, typer.Argument(help="As `ciam keys list` says it.")]
) -> None:
    """Remove an older key that nothing needs any more; refused while something does."""
    asyncio.run(_remove(_ALSO.get(use, use), version))
    print(f"{use} {version}: removed")


async def _list() -> list[dict[str, Any]]:
    from ciam.keys.rotation import list_key_versions
    from ciam.keys.signing import NEEDED, is_active

    async with opened_database(read_settings()) as database, database.read() as transaction:
        found: list[dict[str, Any]] = [
            {
                "use": key.use,
                "algorithm": key.algorithm,
                "kid": key.kid,
                "state": "signs" if is_active(key, database.clock.now()) else "published",
                "active_from": key.active_from,
            }
            for use in sorted({use for use, _ in NEEDED})
            for key in await transaction.signing_keys.list_published(use)
        ]
        for version in await list_key_versions(transaction):
            said = {
                "use": version.use,
                "version": version.version,
                "state": version.state,
                "created_at": version.created_at,
            }
            if version.state == "opens":
                said |= {"rows": version.rows, "removable_at": version.removable_at}
            found.append(said)
        return found


async def _rotate(use: str, algorithm: str | None) -> str:
    from ciam.audit.events import EventKind
    from ciam.audit.trail import Actor, record
    from ciam.keys.server import rotate_server_key
    from ciam.keys.signing import NEEDED, rotate_signing_key

    async with opened_database(read_settings()) as database, database.write() as transaction:
        known = [one for needed, one in NEEDED if needed == use]
        if known:
            chosen = algorithm or known[0]
            if chosen not in known:
                raise Misconfigured(f"{use} are signed with {' or '.join(known)}, not {chosen}")
            made = f"{use} {chosen}: {await rotate_signing_key(transaction, use, chosen)}"
        else:
            made = f"{use}: version {await rotate_server_key(transaction, use)}"
        actor = Actor.operator(f"cli:{getpass.getuser()}")
        await record(transaction, EventKind.KEY_ROTATED, actor=actor, use=use)
        return made


async def _remove(use: str, version: int) -> None:
    from ciam.audit.events import EventKind
    from ciam.audit.trail import Actor, record
    from ciam.keys.rotation import remove_server_key

    async with opened_database(read_settings()) as database, database.write() as transaction:
        await remove_server_key(transaction, use, version)
        actor = Actor.operator(f"cli:{getpass.getuser()}")
        await record(transaction, EventKind.KEY_REMOVED, actor=actor, use=use, version=version)
