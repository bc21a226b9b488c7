"""How somebody becomes an operator: a single-use link by mail, then a password and a TOTP app.

Somebody who is an operator already sets up both anew by the same link, say with a new phone, and
has the roles of the invitation from then on.

The seed is made with the invitation and waits sealed beside it, so that showing the page changes
nothing. The one statement that uses the link up stands in the commit that makes the operator.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ciam.administration.roles import OWNER, ROLES, TITLES
from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.identifiers import parse_email
from ciam.customers.password_rules import check_password_rules
from ciam.customers.passwords import PasswordHasher
from ciam.customers.totp import find_step, new_seed
from ciam.errors import FormRefused, PageRefusal
from ciam.identifiers import new_secret
from ciam.messaging.messages import OperatorInvited, OperatorNews
from ciam.messaging.outgoing import send
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.operators import Invitation, Operator
from ciam.texts import Text

PATH: Final = "/admin/join"
_LONGEST_NAME: Final = 100
_ANEW: Final = "joined_anew"


@dataclass(frozen=True, slots=True)
class Invited:
    """A link that was made; it is shown once and mailed."""

    link: str = field(repr=False)
    expires_at: datetime


async def invite(
    transaction: UnitOfWork,
    *,
    email: str,
    roles: Iterable[str],
    reason: str,
    actor: Actor,
    language: str = "en",
) -> Invited:
    """Mail a link to somebody, void their earlier ones, and tell the owners.

    Raise FormRefused for an address that is none or has a disabled operator, for unknown roles, and
    where no owner would be left.
    """
    address, wanted = parse_email(email), sorted(set(roles))
    if not wanted or not set(wanted) <= ROLES.keys():
        raise FormRefused("no such role", errors={"role": Text("Choose a role.")})
    if not reason.strip():
        raise FormRefused("no reason", errors={"reason": Text("Say why in a few words.")})
    known = await transaction.operators.find_by_email(address.lookup)
    if known is not None:
        await _check_again(transaction, known, wanted)
    policy = (await transaction.policies.get()).operators
    secret, expires_at = new_secret("ln"), transaction.clock.now() + policy.invitation
    await transaction.operators.invite(
        link=secret,
        email=address.address,
        lookup=address.lookup,
        seed=new_seed(),
        roles=wanted,
        invited_by=actor.name or actor.kind,
        expires_at=expires_at,
    )
    event = await record(
        transaction,
        EventKind.OPERATOR_INVITED,
        actor=actor,
        roles=wanted,
        reason=reason.strip(),
        again=known is not None,
    )
    link = f"{PATH}?token={secret}"
    message = OperatorInvited(link=link, expires_at=expires_at)
    await send(transaction, message, to=address.address, language=language, cause=event)
    await _tell_owners(transaction, wanted, language=language)
    return Invited(link, expires_at)


async def find_invitation(transaction: UnitOfWork, token: str) -> Invitation:
    """Give the open invitation of a link; raise PageRefusal, the same for whatever is wrong."""
    found = await transaction.operators.find_invitation(token)
    if found is None:
        raise _gone()
    return found


async def join(
    database: Database,
    hasher: PasswordHasher,
    token: str,
    *,
    name: str,
    password: str,
    code: str,
) -> None:
    """Make the operator of an invitation; raise FormRefused for what has to be mended."""
    async with database.read() as transaction:
        invitation = await find_invitation(transaction, token)
        policy = (await transaction.policies.get()).passwords
    called = " ".join(name.split())[:_LONGEST_NAME]
    errors = {} if called else {"name": Text("Enter your name.")}
    step = find_step(invitation.seed, code, database.clock.now())
    if step is None:
        errors["code"] = Text("That code is not right. Wait for the next one and enter it here.")
    try:
        check_password_rules(password, policy, personal=[called, invitation.email])
    except FormRefused as refused:
        errors |= refused.errors
    if errors or step is None:
        raise FormRefused("the form has to be mended", errors=errors)
    stored = await hasher.hash_new(password, database.keys)
    async with database.write() as transaction:
        if not await transaction.operators.use_invitation(invitation.id):
            raise _gone()
        await transaction.operators.lock_all()  # the others may have gone since the invitation
        known = await transaction.operators.find_by_email(parse_email(invitation.email).lookup)
        if known is not None and await _leaves_no_owner(transaction, known, invitation.roles):
            raise _gone()
        joined = await transaction.operators.put(
            name=called,
            email=invitation.email,
            lookup=parse_email(invitation.email).lookup,
            roles=invitation.roles,
            password=stored,
            seed=invitation.seed,
            used_step=step,
        )
        if joined is None:
            raise _gone()
        await transaction.operator_sessions.end_all(joined, _ANEW)
        await record(
            transaction,
            EventKind.OPERATOR_JOINED,
            actor=Actor.operator(str(joined)),
            roles=sorted(invitation.roles),
            invited_by=invitation.invited_by,
        )


async def _check_again(transaction: UnitOfWork, known: Operator, roles: list[str]) -> None:
    """Refuse to let a disabled operator in by the back door, and to leave no owner."""
    if not known.is_active:
        cause = "the operator of this address is disabled"
        raise FormRefused(
            cause, errors={"email": Text("The operator of this address is disabled.")}
        )
    if await _leaves_no_owner(transaction, known, roles):
        cause = "the last owner"
        raise FormRefused(cause, errors={"role": Text("The last owner has to stay one.")})


async def _leaves_no_owner(transaction: UnitOfWork, known: Operator, roles: Iterable[str]) -> bool:
    """Tell whether nobody would be owner if this operator had only these roles."""
    owners = [
        one.id
        for one in await transaction.operators.list_all()
        if one.is_active and OWNER in one.roles
    ]
    return owners == [known.id] and OWNER not in roles


async def _tell_owners(transaction: UnitOfWork, roles: list[str], *, language: str) -> None:
    for one in await transaction.operators.list_all():
        if one.is_active and OWNER in one.roles:
            titles = [TITLES[role].msgid for role in roles]
            message = OperatorNews(when=transaction.clock.now(), roles=titles)
            await send(transaction, message, to=one.email, language=language)


def _gone() -> PageRefusal:
    return PageRefusal(
        "no open invitation for this link",
        status=404,
        code="invitation_gone",
        title=Text("This invitation can no longer be used"),
        text=Text("It was used, replaced or is too old. Please ask an owner for a new one."),
    )
