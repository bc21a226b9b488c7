"""Apps registered for a test."""

from ciam.consent.parties import RecipientKind
from ciam.oauth.registration import ClientMetadata
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client


async def put_client(
    transaction: UnitOfWork, client_id: str, *, recipient_kind: RecipientKind
) -> Client:
    """Register an app that receives data as this kind of recipient."""
    metadata = ClientMetadata(
        client_name={"en": f"App {client_id}", "ja": f"アプリ {client_id}"},
        client_uri=f"https://{client_id}.example.com",
        policy_uri=f"https://{client_id}.example.com/privacy",
        redirect_uris=(f"https://{client_id}.example.com/callback",),
        scope="openid profile email phone address consents purchases",
        recipient_kind=recipient_kind,
    )
    await transaction.clients.put(
        client_id, metadata.to_document(), secret_hash=None, brand=None, managed_by="file"
    )
    await transaction.config.raise_generation()
    found = await transaction.clients.find(client_id)
    assert found is not None
    return found
