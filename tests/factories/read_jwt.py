"""Read a JWT as a relying app does: with a library of its own and our published keys."""

from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet

from ciam.keys.signing import list_jwks
from ciam.storage import Database


async def read_jwt(database: Database, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give header and claims of a JWT whose signature verifies."""
    async with database.read() as transaction:
        keys = KeySet.import_key_set(await list_jwks(transaction, "tokens"))  # type: ignore[arg-type]  # a plain dict
    found = jwt.decode(token, keys, algorithms=["ES256", "RS256"])
    return dict(found.header), dict(found.claims)
