"""Keys that sign: made, published before use, and picked for a signature (RFC 7517, RFC 7515).

A relying party caches our JWKS for as long as its Cache-Control says. So a new key is published
longer than that before it signs, and an old one stays published until the last thing it signed has
expired.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeyParameters, OKPKey, RSAKey
from joserfc.jws import extract_compact

from ciam.errors import CiamError, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ciam.storage import Database, UnitOfWork
    from ciam.storage.stores.signing_keys import SigningKey

JWKS_MAX_AGE: Final = timedelta(hours=1)
PUBLISHED_BEFORE: Final = JWKS_MAX_AGE + timedelta(minutes=1)
"""Before its first use: a minute more, since a cached JWKS may be as old as the commit took, and
clocks differ."""
KEPT_AFTER_RETIREMENT: Final = {
    "tokens": timedelta(days=1),
    "receipts": timedelta(days=100 * 365),
    "checkpoints": timedelta(days=100 * 365),
}
"""Tokens expire; a receipt or a checkpoint has to verify for as long as anybody keeps it."""
NEEDED: Final = (
    ("tokens", "ES256"),
    ("tokens", "RS256"),
    ("receipts", "ES256"),
    ("checkpoints", "Ed25519"),
)
_RSA_BITS: Final = 2048


class TokenNotOurs(CiamError):
    """A token that is malformed, of another signer or changed; says nothing about its expiry."""


async def ensure_signing_keys(database: Database) -> None:
    """Make every key that is needed and missing; it signs at once, since nobody cached a JWKS."""
    async with database.read() as transaction:
        if not await _missing(transaction):
            return
    async with database.write() as transaction:
        # First, because it locks a row: of nodes that start together one makes the keys, and the
        # others look again once it has.
        await transaction.config.raise_generation()
        for use, algorithm in await _missing(transaction):
            await _add(transaction, use, algorithm, active_from=transaction.clock.now())


async def rotate_signing_key(transaction: UnitOfWork, use: str, algorithm: str) -> str:
    """Publish a successor now that signs once every cached JWKS has run out; gives its kid."""
    await transaction.config.raise_generation()  # first: it locks, so two rotations follow in turn
    active_from = transaction.clock.now() + PUBLISHED_BEFORE
    for key in await transaction.signing_keys.list_published(use):
        if key.algorithm == algorithm and key.retired_at is None:
            await transaction.signing_keys.retire(
                key.kid, at=active_from, unpublish_at=active_from + KEPT_AFTER_RETIREMENT[use]
            )
    return await _add(transaction, use, algorithm, active_from=active_from)


async def list_jwks(transaction: UnitOfWork, *uses: str) -> dict[str, list[dict[str, Any]]]:
    """Give the JSON Web Key Set of these uses: what is published now (RFC 7517 §5)."""
    keys = [key for use in uses for key in await transaction.signing_keys.list_published(use)]
    return {"keys": [key.public_jwk for key in keys]}


async def sign_jwt(
    transaction: UnitOfWork,
    claims: Mapping[str, Any],
    *,
    typ: str,
    algorithm: str = "ES256",
    use: str = "tokens",
) -> str:
    """Sign claims as a compact JWT with the key that is in use now."""
    key = await find_active_key(transaction, use, algorithm)
    header = {"alg": algorithm, "kid": key.kid, "typ": typ}
    return jwt.encode(header, dict(claims), _private(key), algorithms=[algorithm])


async def verify_jwt(
    transaction: UnitOfWork, token: str, *, typ: str, use: str = "tokens"
) -> dict[str, Any]:
    """Give the claims of a JWT of ours; raise TokenNotOurs. Times are the caller's to check."""
    keys = {key.kid: key for key in await transaction.signing_keys.list_published(use)}
    try:
        header = extract_compact(token.encode()).headers()
        key = keys[header["kid"]]
        if header.get("typ", "").lower() not in {typ.lower(), f"application/{typ.lower()}"}:
            raise TokenNotOurs("a JWT of another type")
        decoded = jwt.decode(token, _public(key), algorithms=[key.algorithm])
    except (JoseError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise TokenNotOurs(type(error).__name__) from error
    return decoded.claims


async def find_active_key(transaction: UnitOfWork, use: str, algorithm: str) -> SigningKey:
    """Give the newest key that may sign now."""
    now = transaction.clock.now()
    for key in reversed(await transaction.signing_keys.list_published(use)):
        if key.algorithm == algorithm and is_active(key, now):
            return key
    raise Misconfigured(f"there is no {algorithm} key for {use}: run `ciam keys rotate`")


def is_active(key: SigningKey, now: datetime) -> bool:
    """Tell whether a key signs at this instant."""
    is_retired = key.retired_at is not None and key.retired_at <= now
    return key.active_from <= now and not is_retired and key.private_jwk is not None


async def _missing(transaction: UnitOfWork) -> list[tuple[str, str]]:
    return [
        (use, algorithm)
        for use, algorithm in NEEDED
        if all(
            key.algorithm != algorithm for key in await transaction.signing_keys.list_published(use)
        )
    ]


async def _add(transaction: UnitOfWork, use: str, algorithm: str, *, active_from: datetime) -> str:
    parameters: KeyParameters = {"alg": algorithm, "use": "sig"}
    key = _generate(algorithm, parameters)
    kid = key.thumbprint()
    public, private = (
        {**key.as_dict(private=is_private), **parameters, "kid": kid}
        for is_private in (False, True)
    )
    await transaction.signing_keys.add(use, algorithm, private, public, active_from=active_from)
    return kid


def _generate(algorithm: str, parameters: KeyParameters) -> ECKey | OKPKey | RSAKey:
    if algorithm == "Ed25519":  # of checkpoints, as verifiers of C2SP notes know it
        return OKPKey.generate_key("Ed25519", parameters)
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", parameters)
    return RSAKey.generate_key(_RSA_BITS, parameters)


_parsed: dict[tuple[str, bool], ECKey | RSAKey] = {}
"""Keys as joserfc holds them, by thumbprint: parsing costs more than an ES256 signature."""


def _private(key: SigningKey) -> ECKey | RSAKey:
    return _parse(key, key.private_jwk, is_private=True)


def _public(key: SigningKey) -> ECKey | RSAKey:
    return _parse(key, key.public_jwk, is_private=False)


def _parse(key: SigningKey, jwk: dict[str, Any] | None, *, is_private: bool) -> ECKey | RSAKey:
    name = (key.kid, is_private)
    if name not in _parsed:
        if jwk is None:
            raise Misconfigured("a retired key was asked to sign")
        kind = ECKey if key.algorithm == "ES256" else RSAKey
        _parsed[name] = kind.import_key(jwk)
    return _parsed[name]
