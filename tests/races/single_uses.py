"""Everything that may be used once: how one is made, how it is claimed, and where that is written.

`test_single_uses` goes through the tables: what is marked as used there and is not in this list
has no race, and fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from ciam.authentication.journey import SIGN_UP
from ciam.consent.client_grants import give_grant
from ciam.customers import passkey_challenges
from ciam.customers.identifiers import EMAIL
from ciam.federation.linking import LINKED, UNLINKED
from ciam.identifiers import new_digits, new_opaque, new_recovery_code, new_secret
from ciam.oauth.dpop import KeyProof, use_proof
from ciam.policies import ChallengePolicy
from ciam.protection import proof_of_work
from ciam.storage.stores.access_tokens import REVOKED_JTI
from ciam.storage.stores.authenticators import TOTP
from tests.factories.proof_of_work import solve
from tests.factories.token_world import SCOPES, redirect_uri_of
from tests.oauth.authorization.apps import put_client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from ciam.storage import UnitOfWork
    from ciam.storage.stores.clients import Client

    Prepare = Callable[[UnitOfWork, "Owner"], Awaitable[Any]]
    Claim = Callable[[UnitOfWork, Any], Awaitable[bool]]

_APP: Final = "spa"
_BROWSER: Final = b"one browser"
_IDENTITY: Final = {"issuer": "https://access.line.me", "connection": "line", "label": ""}
_REDIRECT: Final = redirect_uri_of(_APP)
_ADDRESS: Final = "192.0.2.1"
_steps = count(1)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose things are used: a customer, an operator, and an app."""

    customer: UUID
    authenticator: UUID
    operator: UUID
    session: UUID
    client: Client


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: `spends` is the column that says it was used, or the kind of a `single_use`.

    Of what is used by deleting it, `spends` is the table.
    """

    spends: str
    prepare: Prepare
    claim: Claim


async def make_owner(transaction: UnitOfWork) -> Owner:
    """Make whose things are used."""
    customer = await transaction.customers.insert_new(language=None)
    client = await put_app(transaction)
    enrolled = await transaction.authenticators.add(customer.id, TOTP, secret=b"seed")
    session = await transaction.sessions.start(
        customer.id,
        new_secret("ss"),
        acr="urn:ciam:acr:1",
        amr=("pwd",),
        expires_at=_soon(transaction),
        address="192.0.2.1",
        user_agent="a browser of the tests",
    )
    operator = await transaction.operators.put(
        name="佐藤",
        email="sato@example.com",
        lookup="sato@example.com",
        roles=["owner"],
        password="not a real hash",
        seed="not a real seed",
        used_step=0,
    )
    assert enrolled is not None
    assert operator is not None
    return Owner(customer.id, enrolled.id, operator, session.id, client)


async def put_app(transaction: UnitOfWork) -> Client:
    """Register one of our own apps, a public one."""
    return await put_client(
        transaction,
        _APP,
        token_endpoint_auth_method="none",
        first_party=True,
        redirect_uris=[_REDIRECT],
        scope=SCOPES,
    )


def _soon(transaction: UnitOfWork) -> datetime:
    return transaction.clock.now() + timedelta(hours=1)


async def _journey(transaction: UnitOfWork) -> Any:  # noqa: ANN401 - a journey of the store
    return await transaction.journeys.begin(
        new_opaque(), _BROWSER, kind=SIGN_UP, state={}, expires_at=_soon(transaction)
    )


async def _mail(purpose: str, transaction: UnitOfWork, _owner: Owner) -> Any:  # noqa: ANN401 - id, code, link
    journey, code, link = await _journey(transaction), new_digits(), new_secret("ln")
    await transaction.proofs.issue(
        journey.id,
        purpose,
        "hanako@example.jp",
        code=code,
        link=link,
        expires_at=_soon(transaction),
    )
    return journey.id, code, link


async def _use_code(transaction: UnitOfWork, mailed: Any) -> bool:  # noqa: ANN401 - as prepared
    journey, code, _link = mailed
    found = await transaction.proofs.find_live(journey)
    if found is None or not await transaction.proofs.reserve_attempt(found, 1000):
        return False
    return await transaction.proofs.is_code(found, code) and await transaction.proofs.use(found)


async def _use_link(transaction: UnitOfWork, mailed: Any) -> bool:  # noqa: ANN401 - as prepared
    found = await transaction.proofs.find_by_link(mailed[2])
    return found is not None and await transaction.proofs.use(found)


async def _change_email(transaction: UnitOfWork, owner: Owner) -> str:
    undo = new_secret("ln")
    made = [
        await transaction.identifiers.add(
            owner.customer, EMAIL, f"{which}@example.jp", source="test"
        )
        for which in ("old", "new")
    ]
    old, new = (one.id for one in made if one is not None)
    await transaction.email_changes.add(
        owner.customer, old=old, new=new, undo=undo, expires_at=_soon(transaction)
    )
    return undo


async def _undo_email(transaction: UnitOfWork, undo: str) -> bool:
    found = await transaction.email_changes.find_open(undo)
    return found is not None and await transaction.email_changes.claim_undo(found)


async def _change_phone(transaction: UnitOfWork, owner: Owner) -> str:
    undo, expires_at = new_secret("ln"), _soon(transaction)
    await transaction.phone_changes.add(
        owner.customer, old=None, new=None, undo=undo, expires_at=expires_at
    )
    return undo


async def _undo_phone(transaction: UnitOfWork, undo: str) -> bool:
    found = await transaction.phone_changes.find_open(undo)
    return found is not None and await transaction.phone_changes.claim_undo(found)


async def _tell_of_sign_in(transaction: UnitOfWork, owner: Owner) -> str:
    token, expires_at = new_secret("ln"), _soon(transaction)
    await transaction.sign_in_disputes.offer(
        owner.customer, token, device="", country=None, expires_at=expires_at
    )
    return token


async def _disown(transaction: UnitOfWork, token: str) -> bool:
    return await transaction.sign_in_disputes.claim(token)


async def _lose_factor(transaction: UnitOfWork, owner: Owner) -> Any:  # noqa: ANN401 - an id
    """Have a request made whose wait is over."""
    now = transaction.clock.now()
    made = await transaction.factor_recoveries.add(
        owner.customer,
        cancel=new_secret("ln"),
        device="",
        ready_at=now - timedelta(minutes=1),
        next_notice_at=_soon(transaction),
        expires_at=_soon(transaction),
    )
    return made.id


async def _go_on_without(transaction: UnitOfWork, recovery: UUID) -> bool:
    return await transaction.factor_recoveries.claim(recovery)


async def _act_on_link(act: str, transaction: UnitOfWork, owner: Owner) -> str:
    undo = new_secret("ln")
    identity = _IDENTITY | {"subject": new_opaque()}
    await transaction.link_undos.issue(undo, owner.customer, act, identity, _soon(transaction))
    return undo


async def _undo_link(transaction: UnitOfWork, undo: str) -> bool:
    return await transaction.link_undos.claim(undo) is not None


async def _invite(transaction: UnitOfWork, _owner: Owner) -> str:
    link = new_secret("ln")
    address = f"{new_opaque()}@example.com"
    await transaction.operators.invite(
        link=link,
        email=address,
        lookup=address,
        seed="not a real seed",
        roles=["support"],
        invited_by="test",
        expires_at=_soon(transaction),
    )
    return link


async def _join(transaction: UnitOfWork, link: str) -> bool:
    found = await transaction.operators.find_invitation(link)
    return found is not None and await transaction.operators.use_invitation(found.id)


async def _invite_customer(transaction: UnitOfWork, _owner: Owner) -> str:
    link, address = new_secret("ln"), f"{new_opaque()}@example.com"
    await transaction.customer_invitations.invite(
        link=link,
        address=address,
        lookup=address,
        invited_by="test",
        expires_at=_soon(transaction),
    )
    return link


async def _register_invited(transaction: UnitOfWork, link: str) -> bool:
    found = await transaction.customer_invitations.find(link)
    return found is not None and await transaction.customer_invitations.use(found.id)


_SCOPE: Final = passkey_challenges.Scope(passkey_challenges.SIGN_IN, _BROWSER, "a journey")


async def _challenge(transaction: UnitOfWork, _owner: Owner) -> bytes:
    return passkey_challenges.issue(transaction.keys, _SCOPE, _soon(transaction))


async def _answer_challenge(transaction: UnitOfWork, value: bytes) -> bool:
    now = transaction.clock.now()
    checked = passkey_challenges.check(transaction.keys, _SCOPE, value, now)
    return await passkey_challenges.claim(transaction, checked)


async def _go_to_provider(transaction: UnitOfWork, _owner: Owner) -> str:
    state = new_opaque()
    await transaction.federation_states.begin(
        state,
        connection="line",
        browser_hash=_BROWSER,
        purpose="sign_in",
        document={},
        expires_at=_soon(transaction),
    )
    return state


async def _come_back(transaction: UnitOfWork, state: str) -> bool:
    return await transaction.federation_states.claim(state, "line", _BROWSER) is not None


async def _post_answer(transaction: UnitOfWork, state: str) -> bool:
    answered = await transaction.federation_states.answer(state, "line", {"code": new_opaque()})
    return answered is not None


async def _prove_both(transaction: UnitOfWork, owner: Owner) -> tuple[UUID, UUID, str]:
    journey, subject = await _journey(transaction), new_opaque()
    await transaction.link_proofs.offer(
        owner.customer,
        _IDENTITY["issuer"],
        subject,
        journey=journey.id,
        browser_hash=_BROWSER,
        expires_at=_soon(transaction),
    )
    return owner.customer, journey.id, subject


async def _link(transaction: UnitOfWork, proven: tuple[UUID, UUID, str]) -> bool:
    customer, journey, subject = proven
    return await transaction.link_proofs.use(
        customer, _IDENTITY["issuer"], subject, journey=journey, browser_hash=_BROWSER
    )


async def start_family(
    transaction: UnitOfWork, customer: UUID, client: Client, session: UUID
) -> UUID:
    """Begin a token family for one of our own apps."""
    grant = await give_grant(transaction, customer, client, frozenset(SCOPES.split()), screen=None)
    hung = await transaction.sessions.get_client_session(session, client.id)
    return await transaction.authorizations.start(
        {
            "client": client.id,
            "customer": customer,
            "client_grant": grant.id,
            "client_session": hung.id,
            "subject": "sub",
            "scopes": sorted(SCOPES.split()),
            "claims": None,
            "audience": ["https://id.example.jp"],
            "epoch": grant.epoch,
            "authenticated_at": transaction.clock.now(),
            "acr": "urn:ciam:acr:1",
            "amr": ["pwd"],
            "nonce": None,
            "offline": True,
            "expires_at": _soon(transaction),
        }
    )


async def _family(transaction: UnitOfWork, owner: Owner) -> UUID:
    return await start_family(transaction, owner.customer, owner.client, owner.session)


async def _code(transaction: UnitOfWork, owner: Owner) -> str:
    code = new_secret("ac")
    await transaction.authorization_codes.add(
        code,
        family=await _family(transaction, owner),
        client=owner.client.id,
        redirect_uri=_REDIRECT,
        code_challenge=None,
        expires_at=_soon(transaction),
    )
    return code


async def _redeem(transaction: UnitOfWork, code: str) -> bool:
    return await transaction.authorization_codes.claim(code)


async def _refresh_token(transaction: UnitOfWork, owner: Owner) -> str:
    token, family = new_secret("rt"), await _family(transaction, owner)
    await transaction.refresh_tokens.add(
        token, family=family, generation=0, expires_at=_soon(transaction)
    )
    return token


async def _rotate(transaction: UnitOfWork, token: str) -> bool:
    return await transaction.refresh_tokens.supersede(token)


async def _request(transaction: UnitOfWork, owner: Owner) -> UUID:
    kept = await transaction.authorization_requests.keep(
        new_opaque(), _BROWSER, client=owner.client.id, parameters={}, expires_at=_soon(transaction)
    )
    return kept.id


async def _answer_request(transaction: UnitOfWork, request: UUID) -> bool:
    return await transaction.authorization_requests.claim(request)


async def _begin(transaction: UnitOfWork, owner: Owner) -> tuple[Any, UUID]:
    return await _journey(transaction), owner.customer


async def _finish(transaction: UnitOfWork, begun: tuple[Any, UUID]) -> bool:
    return await transaction.journeys.finish(begun[0], {}, customer=begun[1])


async def _step(transaction: UnitOfWork, begun: tuple[Any, UUID]) -> bool:
    return await transaction.journeys.change(begun[0], {}, customer=begun[1])


async def _recovery_code(transaction: UnitOfWork, owner: Owner) -> tuple[UUID, str]:
    code = new_recovery_code()
    await transaction.recovery_codes.replace_all(owner.customer, [code])
    return owner.customer, code


async def _use_recovery_code(transaction: UnitOfWork, given: tuple[UUID, str]) -> bool:
    return await transaction.recovery_codes.use(*given)


async def _app_step(_transaction: UnitOfWork, owner: Owner) -> tuple[UUID, int]:
    return owner.authenticator, next(_steps)


async def _use_app_step(transaction: UnitOfWork, given: tuple[UUID, int]) -> bool:
    return await transaction.authenticators.use_step(*given)


async def _operator_step(_transaction: UnitOfWork, owner: Owner) -> tuple[UUID, int]:
    return owner.operator, next(_steps)


async def _use_operator_step(transaction: UnitOfWork, given: tuple[UUID, int]) -> bool:
    return await transaction.operators.use_step(*given)


async def _work(transaction: UnitOfWork, _owner: Owner) -> str:
    """Make a challenge and solve it."""
    made = proof_of_work.new_challenge(
        transaction.keys,
        ChallengePolicy(work=1000),
        proof_of_work.SIGN_IN,
        address=_ADDRESS,
        now=transaction.clock.now(),
    )
    return solve(made)


async def _key_proof(transaction: UnitOfWork, _owner: Owner) -> KeyProof:
    return KeyProof("a thumbprint", new_opaque(), _soon(transaction))


async def _use_work(transaction: UnitOfWork, answer: str) -> bool:
    policies = await transaction.policies.get()
    try:
        await proof_of_work.use_solution(
            transaction, policies, answer, proof_of_work.SIGN_IN, address=_ADDRESS
        )
    except proof_of_work.WorkRefused:
        return False
    return True


async def _value(_transaction: UnitOfWork, _owner: Owner) -> str:
    return str(uuid4())


async def _claim_value(kind: str, transaction: UnitOfWork, value: str) -> bool:
    return await transaction.single_uses.claim(kind, value, expires_at=_soon(transaction))


KINDS: Final[dict[str, Kind]] = {
    "mailed code": Kind("proof.used_at", partial(_mail, "verify_email"), _use_code),
    "mailed link": Kind("proof.used_at", partial(_mail, "verify_email"), _use_link),
    "password reset": Kind("proof.used_at", partial(_mail, "reset_password"), _use_code),
    "e-mail change": Kind("proof.used_at", partial(_mail, "change_email"), _use_code),
    "lost second factor": Kind("factor_recovery.claimed_at", _lose_factor, _go_on_without),
    "e-mail change undo": Kind("email_change.undone_at", _change_email, _undo_email),
    "phone change undo": Kind("phone_change.undone_at", _change_phone, _undo_phone),
    "disowned sign-in": Kind("sign_in_dispute.used_at", _tell_of_sign_in, _disown),
    "link undo": Kind("link_undo.used_at", partial(_act_on_link, LINKED), _undo_link),
    "unlink undo": Kind("link_undo.used_at", partial(_act_on_link, UNLINKED), _undo_link),
    "invitation": Kind("operator_invitation.used_at", _invite, _join),
    "customer's invitation": Kind("customer_invitation", _invite_customer, _register_invited),
    "passkey challenge": Kind("passkey_challenge", _challenge, _answer_challenge),
    "federation state": Kind("federation_state.claimed_at", _go_to_provider, _come_back),
    "federation answer": Kind("federation_state.sealed_answer", _go_to_provider, _post_answer),
    "link proof": Kind("link_proof.used_at", _prove_both, _link),
    "authorization code": Kind("authorization_code.used_at", _code, _redeem),
    "refresh token": Kind("refresh_token.superseded_at", _refresh_token, _rotate),
    "authorization request": Kind("authorization_request.answered_at", _request, _answer_request),
    "end of a journey": Kind("journey.finished_at", _begin, _finish),
    "step of a journey": Kind("journey.revision", _begin, _step),
    "recovery code": Kind("recovery_code.used_at", _recovery_code, _use_recovery_code),
    "app code": Kind("authenticator.last_step", _app_step, _use_app_step),
    "operator's app code": Kind("operator.used_step", _operator_step, _use_operator_step),
    "proof of a key": Kind("dpop_jti", _key_proof, use_proof),
    "proof of work": Kind("proof_of_work", _work, _use_work),
    "revoked access token": Kind(REVOKED_JTI, _value, partial(_claim_value, REVOKED_JTI)),
    "first look of an operator": Kind(
        "operator saw", _value, partial(_claim_value, "operator saw")
    ),
}
