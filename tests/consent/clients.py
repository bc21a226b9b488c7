"""Apps registered for a test."""

from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client


async def put_client(transaction: UnitOfWork, client_id: str, *, recipient_kind: str) -> Client:
    """Register an app that receives data as this kind of recipient."""
    return await transaction.clients.put(
        client_id,
        {
            "client_name": f"App {client_id}",
            "redirect_uris": [f"https://{client_id}.example.com/callback"],
            "policy_uri": f"https://{client_id}.example.com/privacy",
            "contacts": [f"privacy@{client_id}.example.com"],
            "recipient_kind": recipient_kind,
        },
    )
