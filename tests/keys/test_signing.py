"""Signing keys: published before they sign and after, so nobody meets one unknown (C-18)."""

import asyncio
import base64
import hmac
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from ciam.errors import Misconfigured
from ciam.keys.signing import (
    KEPT_AFTER_RETIREMENT,
    NEEDED,
    PUBLISHED_BEFORE,
    TokenNotOurs,
    ensure_signing_keys,
    find_active_key,
    list_jwks,
    rotate_signing_key,
    sign_jwt,
    verify_jwt,
)
from ciam.storage import Database
from tests.parts.clock import FakeClock


async def _jwks(database: Database, use: str = "tokens") -> dict[str, list[dict[str, Any]]]:
    async with database.read() as transaction:
        return await list_jwks(transaction, use)


async def _sign(database: Database, algorithm: str = "ES256", **claims: object) -> str:
    async with database.read() as transaction:
        return await sign_jwt(transaction, claims, typ="JWT", algorithm=algorithm)


async def _rotate(database: Database, use: str = "tokens", algorithm: str = "ES256") -> str:
    async with database.write() as transaction:
        return await rotate_signing_key(transaction, use, algorithm)


def _kid(token: str) -> str:
    header = token.split(".", maxsplit=1)[0]
    kid: str = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    return kid


async def test_every_key_is_made_once_although_processes_start_together(
    database: Database,
) -> None:
    await asyncio.gather(*(ensure_signing_keys(database) for _ in range(5)))
    for use, count in Counter(use for use, _ in NEEDED).items():
        assert len((await _jwks(database, use))["keys"]) == count


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_what_is_signed_verifies_with_the_published_keys(
    database: Database, algorithm: str
) -> None:
    await ensure_signing_keys(database)
    token = await _sign(database, algorithm, sub="somebody")
    keys = KeySet.import_key_set(await _jwks(database))  # type: ignore[arg-type]  # plain dicts are its input
    decoded = jwt.decode(token, keys, algorithms=[algorithm])
    assert decoded.claims == {"sub": "somebody"}
    assert decoded.header["typ"] == "JWT"
    async with database.read() as transaction:
        assert await verify_jwt(transaction, token, typ="JWT") == {"sub": "somebody"}


async def test_a_private_key_is_neither_published_nor_stored_in_the_open(
    database: Database,
) -> None:
    await ensure_signing_keys(database)
    async with database.read() as transaction:
        key = await find_active_key(transaction, "tokens", "ES256")
        rows = await transaction.connection.exec_driver_sql(
            "SELECT public_jwk, sealed_private_jwk FROM signing_key"
        )
        stored = repr(rows.all())
    assert key.private_jwk is not None
    assert key.private_jwk["d"] not in stored
    assert key.private_jwk["d"] not in repr(key)
    assert "d" not in key.public_jwk


async def test_the_next_key_signs_only_once_every_cached_key_set_holds_it(
    database: Database, clock: FakeClock
) -> None:
    await ensure_signing_keys(database)
    first = _kid(await _sign(database))
    second = await _rotate(database)
    assert second in {key["kid"] for key in (await _jwks(database))["keys"]}
    clock.advance(PUBLISHED_BEFORE - timedelta(seconds=1))
    assert _kid(await _sign(database)) == first
    clock.advance(timedelta(seconds=1))
    assert _kid(await _sign(database)) == second


async def test_the_last_key_verifies_until_what_it_signed_is_over_and_then_leaves(
    database: Database, clock: FakeClock
) -> None:
    await ensure_signing_keys(database)
    token = await _sign(database, sub="x")
    await _rotate(database)
    clock.advance(PUBLISHED_BEFORE + KEPT_AFTER_RETIREMENT["tokens"] - timedelta(seconds=1))
    async with database.read() as transaction:
        assert await verify_jwt(transaction, token, typ="JWT") == {"sub": "x"}
    clock.advance(timedelta(seconds=1))
    assert _kid(token) not in {key["kid"] for key in (await _jwks(database))["keys"]}
    async with database.read() as transaction:
        with pytest.raises(TokenNotOurs):
            await verify_jwt(transaction, token, typ="JWT")


async def test_no_cached_key_set_ever_meets_a_key_it_does_not_hold(
    database: Database, clock: FakeClock
) -> None:
    """Rotate at odd times; an app fetches the keys as late as its cache allows."""
    await ensure_signing_keys(database)
    cached, fetched_at = await _jwks(database), clock.now()
    unknown, n = 0, 0
    for step in range(120):
        if step % 7 == 0:
            await _rotate(database)
        if clock.now() - fetched_at >= PUBLISHED_BEFORE:
            cached, fetched_at = await _jwks(database), clock.now()
        for algorithm in ("ES256", "RS256"):
            kid = _kid(await _sign(database, algorithm))
            unknown += kid not in {key["kid"] for key in cached["keys"]}
            n += 1
        clock.advance(timedelta(minutes=11))
    print(f"C-18 unverifiable tokens: n={n} failures={unknown} bound={3 / n:.4f}")
    assert unknown == 0


async def test_the_check_above_sees_a_key_that_signs_as_soon_as_it_is_made(
    database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: no time between publishing and signing."""
    await ensure_signing_keys(database)
    cached = await _jwks(database)
    monkeypatch.setattr("ciam.keys.signing.PUBLISHED_BEFORE", timedelta(0))
    await _rotate(database)
    clock.advance(timedelta(minutes=1))
    assert _kid(await _sign(database)) not in {key["kid"] for key in cached["keys"]}


async def test_receipts_and_checkpoints_verify_for_good(
    database: Database, clock: FakeClock
) -> None:
    await ensure_signing_keys(database)
    before = {key["kid"] for key in (await _jwks(database, "receipts"))["keys"]}
    await _rotate(database, "receipts")
    clock.advance(timedelta(days=10 * 365))
    assert before < {key["kid"] for key in (await _jwks(database, "receipts"))["keys"]}


async def test_a_forged_token_is_not_ours(database: Database) -> None:
    await ensure_signing_keys(database)
    token = await _sign(database, sub="x", iss="us")
    header, payload, signature = token.split(".")
    kid = _kid(token)
    stranger = ECKey.generate_key("P-256", {"kid": kid})
    public = (await _jwks(database))["keys"]
    rsa_public = next(key for key in public if key["kty"] == "RSA")

    def encode(document: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    def confused(public_key: dict[str, Any]) -> str:
        """Sign with HS256 and the public key as the secret, which joserfc itself refuses to do."""
        secret = RSAKey.import_key(public_key).as_pem(private=False)
        signed = f"{encode({'alg': 'HS256', 'kid': public_key['kid'], 'typ': 'JWT'})}.{encode({})}"
        mac = hmac.digest(secret, signed.encode(), "sha256")
        return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    forged = {
        "other payload": f"{header}.{encode({'sub': 'y'})}.{signature}",
        "no signature": f"{header}.{payload}.",
        "alg none": f"{encode({'alg': 'none', 'kid': kid, 'typ': 'JWT'})}.{payload}.",
        "another key": jwt.encode({"alg": "ES256", "kid": kid, "typ": "JWT"}, {}, stranger),
        "unknown kid": jwt.encode({"alg": "ES256", "kid": "?", "typ": "JWT"}, {}, stranger),
        "no kid": jwt.encode({"alg": "ES256", "typ": "JWT"}, {}, stranger),
        "own key in the header": jwt.encode(
            {"alg": "ES256", "typ": "JWT", "jwk": stranger.as_dict(private=False)}, {}, stranger
        ),
        "public key as secret": confused(rsa_public),
        "kid of another kind": jwt.encode(
            {"alg": "ES256", "kid": rsa_public["kid"], "typ": "JWT"}, {}, stranger
        ),
        "kid is no text": f"{encode({'alg': 'ES256', 'kid': [], 'typ': 'JWT'})}.{payload}.x",
        "typ is no text": f"{encode({'alg': 'ES256', 'kid': kid, 'typ': 1})}.{payload}.x",
        "no JSON": "a.b.c",
        "nothing": "",
        "not ASCII": "日.本.語",
        "five parts": f"{token}.x.y",
    }
    async with database.read() as transaction:
        for name, text in forged.items():
            with pytest.raises(TokenNotOurs):
                print(name, await verify_jwt(transaction, text, typ="JWT"))


async def test_a_token_of_another_type_or_use_is_not_ours(database: Database) -> None:
    await ensure_signing_keys(database)
    async with database.read() as transaction:
        token = await sign_jwt(transaction, {}, typ="at+jwt")
        assert await verify_jwt(transaction, token, typ="at+jwt") == {}
        with pytest.raises(TokenNotOurs):
            await verify_jwt(transaction, token, typ="JWT")
        receipt = await sign_jwt(transaction, {}, typ="JWT", use="receipts")
        with pytest.raises(TokenNotOurs):
            await verify_jwt(transaction, receipt, typ="JWT")


async def test_without_a_key_an_operator_is_told_what_to_do(database: Database) -> None:
    with pytest.raises(Misconfigured, match="ciam keys rotate"):
        await _sign(database)
