"""The key of the device that an auth_session is bound to (First-Party Apps §9.6.1, RFC 9449).

An app that proves a key when it asks for its first code gets an auth_session that is worth nothing
without it; whoever reads it from a backup or a log cannot use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ciam.identifiers import is_same
from ciam.oauth.dpop import KeyProof, read_proof, use_proof
from ciam.oauth.errors import InvalidDPoPProof, InvalidSession
from ciam.web.parts import parts

if TYPE_CHECKING:
    from starlette.requests import Request

    from ciam.oauth.auth_session import AuthSession


async def check_key(request: Request, app: AuthSession) -> None:
    """Raise InvalidSession where an auth_session is bound to a key that the request does not prove.

    Raise InvalidDPoPProof for a proof that is none.
    """
    if app.key is None:
        return
    proof = await _prove(request)
    if proof is None or not is_same(proof.thumbprint, app.key):
        raise InvalidSession(cause="the key that it is bound to was not proven")


async def bind_key(request: Request, app: AuthSession) -> AuthSession:
    """Give an auth_session bound to the key that the request proves, if it proves one.

    Raise InvalidDPoPProof where the policy requires one, InvalidSession as `check_key` does.
    """
    if app.key is not None:
        await check_key(request, app)
        return app
    proof = await _prove(request)
    if proof is not None:
        return app.bound_to(proof.thumbprint)
    async with parts(request).database.read() as transaction:
        policy = (await transaction.policies.get()).sessions
    if policy.app_key == "required":
        raise InvalidDPoPProof("a DPoP proof is needed here", cause="no proof of a key")
    return app


async def _prove(request: Request) -> KeyProof | None:
    """Give the key that a request proves, its proof used up; None for a request without one."""
    sent = request.headers.getlist("dpop")
    if not sent:
        return None
    found = parts(request)
    uri = f"{found.settings.issuer}{request.url.path}"
    # Two of them are joined, and the whole is no JWT (§4.3, 1).
    proof = read_proof(",".join(sent), method=request.method, uri=uri, now=found.clock.now())
    async with found.database.write() as transaction:
        if not await use_proof(transaction, proof):
            raise InvalidDPoPProof(cause="a proof that was used before")
    return proof
