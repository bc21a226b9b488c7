"""`ciam operators`: break-glass on the host: who may sign in to the console."""

import asyncio
import getpass
import json
from typing import Annotated, Any

import typer

from ciam.cli.customers import AsJson, Reason
from ciam.cli.opening import opened_database, read_settings

app = typer.Typer(help="Operators of the console, from the host itself.")


@app.callback()
def operators() -> None:
    """Keep `invite` a word of its own while it is the only command."""


@app.command()
def invite(
    email: Annotated[str, typer.Option(help="Their address; the link is mailed there too.")],
    reason: Reason,
    role: Annotated[list[str], typer.Option(help="owner, support or viewer; may be repeated.")],
    *,
    language: Annotated[str, typer.Option(help="Language of the mail, BCP 47.")] = "ja",
    as_json: AsJson = False,
) -> None:
    """Invite an operator: print a link that works once, mail it, and tell the owners."""
    facts = asyncio.run(_invite(email, role, reason, language))
    if as_json:
        print(json.dumps(facts))
        return
    print(f"{facts['link']}\nIt works once, until {facts['expires_at']}.")


async def _invite(email: str, roles: list[str], reason: str, language: str) -> dict[str, Any]:
    from ciam.administration.invitations import invite
    from ciam.audit.trail import Actor
    from ciam.errors import FormRefused, Refusal

    settings = read_settings()
    async with opened_database(settings) as database, database.write() as transaction:
        try:
            invited = await invite(
                transaction,
                email=email,
                roles=roles,
                reason=reason,
                actor=Actor.operator(f"cli:{getpass.getuser()}"),
                language=language,
            )
        except FormRefused as refused:
            raise Refusal("; ".join(str(text) for text in refused.errors.values())) from refused
    return {
        "link": f"{settings.issuer}{invited.link}",
        "expires_at": invited.expires_at.isoformat(timespec="minutes"),
    }
