"""Subject identifiers: the `sub` that a client knows a customer by (OIDC Core §8).

Random, stored at the first release, never computed from the customer ID. Public clients share one,
pairwise clients have one for each sector (§8.1), so that two shops cannot compare theirs.
"""

from urllib.parse import urlsplit
from uuid import UUID

from ciam.identifiers import new_opaque
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client

_BYTES = 18


async def subject_for(transaction: UnitOfWork, client: Client, customer: UUID) -> str:
    """Give the subject of a customer at a client; the caller holds the customer's lock."""
    known = await transaction.client_subjects.list_for(customer)
    for one in known:
        if one.client == client.id:
            return one.subject
    sector = sector_of(client)
    for one in known:
        if sector_of(await transaction.clients.get(one.client)) == sector:
            return await transaction.client_subjects.add(client.id, customer, one.subject)
    return await transaction.client_subjects.add(client.id, customer, new_opaque(_BYTES))


def sector_of(client: Client) -> str:
    """Give the sector: the host of the redirect URIs, or "public" (OIDC Core §8.1)."""
    if client.subject_type == "public":
        return "public"
    hosts = sorted({urlsplit(uri).hostname or uri for uri in client.redirect_uris})
    return "pairwise:" + ",".join(hosts)
