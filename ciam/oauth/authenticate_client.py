"""Client authentication at token, introspection and revocation endpoint (RFC 6749 §2.3, §3.2.1).

A secret is random, so its SHA-256 is compared, in constant time; a stranger's `client_id` costs the
same and gets the same answer. A client may use only the method it is registered with.
"""

from collections.abc import Mapping
from typing import Final

from ciam.audit.events import EventKind
from ciam.audit.late_events import late_events
from ciam.identifiers import hash_secret, is_same
from ciam.oauth.client_authentication import METHODS
from ciam.oauth.client_authentication.presented import Presented
from ciam.oauth.errors import InvalidClient, InvalidRequest
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client

_NO_CLIENT: Final = hash_secret("nobody")


async def authenticate_client(
    transaction: UnitOfWork, authorization: str | None, form: Mapping[str, str]
) -> Client:
    """Give the client that proved itself; raise InvalidClient, or InvalidRequest for two proofs.

    No statement of its own: clients are cached for the generation of the configuration.
    """
    presented = _find_presented(authorization, form)
    client = await transaction.clients.find(presented.client_id)
    expected = client.secret_hash if client is not None else None
    matches = is_same(hash_secret(presented.secret or ""), expected or _NO_CLIENT)
    if client is None:
        raise InvalidClient(cause="unknown client")
    is_proven = client.is_public if presented.secret is None else matches and expected is not None
    if not is_proven or presented.method != client.token_endpoint_auth_method:
        late_events.add(
            transaction.database,
            EventKind.CLIENT_REFUSED,
            client.client_id,
            method=presented.method,
        )
        raise InvalidClient(cause="a wrong secret, or another method than the registered one")
    return client


def _find_presented(authorization: str | None, form: Mapping[str, str]) -> Presented:
    shown = [
        presented
        for read in METHODS.values()
        if (presented := read(authorization, form)) is not None
    ]
    if not shown:
        raise InvalidClient(cause="no client authentication")
    if len(shown) > 1:
        raise InvalidRequest("use one way of client authentication only")
    presented = shown[0]
    if form.get("client_id", presented.client_id) != presented.client_id:
        raise InvalidRequest("client_id is not the client of the Authorization header")
    return presented
