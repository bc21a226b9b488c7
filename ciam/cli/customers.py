"""`ciam customers`: break-glass on the host: each act asks for a reason and is audited."""

import asyncio
import getpass
import json
import sys
from typing import Annotated, Any

import typer

from ciam.cli.opening import opened_database, read_settings
from ciam.errors import Refusal

app = typer.Typer(help="Customers, from the host itself.")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("say why in a few words")
    return text.strip()


Reason = Annotated[str, typer.Option(callback=_not_blank, help="Why; it stands in the audit log.")]
AsJson = Annotated[bool, typer.Option("--json", help="Say it as JSON.")]


@app.command()
def create(
    email: Annotated[str, typer.Option(help="The address to sign in with.")],
    reason: Reason,
    *,
    given_name: Annotated[str, typer.Option()] = "",
    family_name: Annotated[str, typer.Option()] = "",
    language: Annotated[str, typer.Option(help="BCP 47.")] = "ja",
    verified: Annotated[bool, typer.Option(help="The address was proven elsewhere.")] = False,
    password_stdin: Annotated[
        bool, typer.Option(help="Read a password from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a customer; without a password they set one by "forgotten password"."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    names = {"given_name": given_name, "family_name": family_name}
    attributes = {name: value for name, value in names.items() if value}
    made = asyncio.run(_create(email, password, attributes, language, reason, verified=verified))
    _say(made, as_json=as_json)


@app.command()
def show(
    who: Annotated[str, typer.Argument(help="Customer ID, or e-mail address.")],
    *,
    reveal: Annotated[bool, typer.Option(help="Show values instead of masks.")] = False,
    reason: Annotated[str, typer.Option(help="Why; needed to --reveal.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show one customer, masked unless --reveal and a --reason are given."""
    if reveal and not reason.strip():
        raise typer.BadParameter("--reveal needs a --reason")
    _say(asyncio.run(_show(who, reason.strip() if reveal else None)), as_json=as_json)


@app.command()
def disable(who: str, reason: Reason, *, as_json: AsJson = False) -> None:
    """Bar a customer from signing in, and end what they have."""
    _say(asyncio.run(_disable(who, reason)), as_json=as_json)


def _say(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, default=str))
        return
    for name, value in facts.items():
        print(f"{name}: {', '.join(value) if isinstance(value, list) else value}")


async def _create(
    email: str,
    password: str | None,
    attributes: dict[str, str],
    language: str,
    reason: str,
    *,
    verified: bool,
) -> dict[str, Any]:
    from ciam.audit.trail import Actor
    from ciam.customers.customer import create_customer
    from ciam.customers.passwords import PasswordHasher, check_password_rules

    async with opened_database(read_settings()) as database:
        password_hash = None
        if password is not None:
            async with database.read() as transaction:
                policy = (await transaction.policies.get()).passwords
            check_password_rules(password, policy, personal=[email])
            hasher = PasswordHasher(1)
            password_hash = await hasher.hash(password, database.keys)
            hasher.close()
        async with database.write() as transaction:
            customer = await create_customer(
                transaction,
                email=email,
                email_verified_at=database.clock.now() if verified else None,
                password_hash=password_hash,
                attributes=attributes,
                language=language,
                source="operator",
                actor=Actor.operator(f"cli:{getpass.getuser()}"),
                reason=reason,
            )
        return {"customer_id": customer.customer_id, "state": customer.state}


async def _show(who: str, reason: str | None) -> dict[str, Any]:
    from ciam.audit.events import EventKind
    from ciam.audit.trail import Actor, record
    from ciam.customers.identifiers import EMAIL, mask_email
    from ciam.customers.profile import read_profile

    async with opened_database(read_settings()) as database, database.write() as transaction:
        customer = await _find(transaction, who)
        profile = await read_profile(transaction, customer.id)
        if reason is not None:
            await record(
                transaction,
                EventKind.CUSTOMER_REVEALED,
                actor=Actor.operator(f"cli:{getpass.getuser()}"),
                customer=customer.id,
                reason=reason,
            )
        facts: dict[str, Any] = {
            "customer_id": customer.customer_id,
            "state": customer.state,
            "created_at": customer.created_at,
        }
        for one in profile.identifiers:
            masked = mask_email(one.value) if one.kind == EMAIL else f"•••{one.value[-2:]}"
            facts.setdefault(one.kind, []).append(one.value if reason else masked)
        for value in profile.values:
            facts[value.claim] = value.value if reason else "•••"
        return facts


async def _disable(who: str, reason: str) -> dict[str, Any]:
    from ciam.audit.trail import Actor
    from ciam.customers.customer import disable_customer

    async with opened_database(read_settings()) as database, database.write() as transaction:
        customer = await _find(transaction, who)
        actor = Actor.operator(f"cli:{getpass.getuser()}")
        done = await disable_customer(transaction, customer.id, reason, actor=actor)
        return {"customer_id": customer.customer_id, "disabled": done}


async def _find(transaction: Any, who: str) -> Any:  # noqa: ANN401 - imported late
    from ciam.customers.identifiers import normalise_login

    if who.startswith("cus_"):
        found = await transaction.customers.find_by_customer_id(who)
    else:
        identifier = await transaction.identifiers.find_login(
            normalise_login(who, (await transaction.policies.get()).names.region)
        )
        found = identifier and await transaction.customers.find(identifier.customer)
    if found is None:
        raise Refusal("there is no such customer")
    return found
