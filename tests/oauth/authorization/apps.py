"""Apps registered for a test, and requests as they send them."""

from typing import Any, Final

from ciam.identifiers import hash_secret
from ciam.oauth.registration import ClientMetadata
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client

ISSUER: Final = "http://localhost:8000"
CALLBACK: Final = "https://shop.example.com/callback"
CHALLENGE: Final = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER: Final = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
SECRET: Final = "a-secret-of-the-tests-alone"

GOOD: Final = {
    "client_id": "shop",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid profile",
    "state": "the state",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
"""The appendix B pair of RFC 7636, so the verifier is known."""


async def put_client(transaction: UnitOfWork, client_id: str = "shop", **metadata: Any) -> Client:  # noqa: ANN401 - any metadata
    """Register an app; what is not said is as for a web app of a third party."""
    document = ClientMetadata.model_validate(
        {
            "client_name": {"en": f"App {client_id}", "ja": f"アプリ {client_id}"},
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": ["https://shop.example.com/goodbye"],
            "scope": "openid profile email offline_access purchases",
            **metadata,
        }
    )
    await transaction.clients.put(
        client_id,
        document.to_document(),
        secret_hash=None if document.token_endpoint_auth_method == "none" else hash_secret(SECRET),
        brand=None,
        managed_by="file",
    )
    await transaction.config.raise_generation()
    found = await transaction.clients.find(client_id)
    assert found is not None
    return found
