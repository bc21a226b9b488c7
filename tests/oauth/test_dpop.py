"""DPoP proofs: one honest passes, nothing else does (RFC 9449 §4.3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from ciam.oauth.dpop import LEEWAY, read_proof
from ciam.oauth.errors import InvalidDPoPProof
from tests.factories.key_proof import make_proof
from tests.factories.software_authenticator import encode

URI = "https://id.example.jp/authorize-challenge"
_ODD_HEADER = b'{"typ":"dpop+jwt","alg":"ES256","jwk":"x"}'
_ODD_KEY = f"{encode(_ODD_HEADER)}.e30.AAAA"
NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)


def _read(text: str, now: datetime = NOW) -> str:
    return read_proof(text, method="POST", uri=URI, now=now).thumbprint


def test_an_honest_proof_says_which_key_it_is() -> None:
    key, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    assert _read(make_proof(key, URI, NOW)) == key.thumbprint() != other.thumbprint()
    assert _read(make_proof(key, f"{URI}?a=b#c", NOW)) == key.thumbprint()
    for moved in (LEEWAY, -LEEWAY):
        assert _read(make_proof(key, URI, NOW), NOW + moved) == key.thumbprint()


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "GET"},
        {"htu": "https://evil.example/authorize-challenge"},
        {"htu": "https://id.example.jp/token"},
        {"htu": None},
        {"jti": ""},
        {"jti": None},
        {"jti": "x" * 300},
        {"iat": None},
        {"iat": "now"},
        {"iat": True},
        {"iat": 0},
        {"iat": int((NOW + LEEWAY + timedelta(seconds=1)).timestamp())},
    ],
    ids=str,
)
def test_claims_that_are_not_of_this_call_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidDPoPProof):
        _read(make_proof(ECKey.generate_key("P-256"), URI, NOW, **changes))


def test_another_header_or_key_is_refused() -> None:
    key, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    for header in (
        {"typ": "JWT"},
        {"jwk": other.as_dict(private=False)},
        {"jwk": key.as_dict(private=True)},
        {"jwk": OctKey.generate_key(256).as_dict(private=True)},
        {"jwk": RSAKey.generate_key(2048).as_dict(private=False)},
        {"jwk": {"kty": "EC"}},
        {"jwk": None},
    ):
        with pytest.raises(InvalidDPoPProof):
            _read(make_proof(key, URI, NOW, header=header))


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "x" * 5000, "é.é.é", "e30.e30.", "a,b", _ODD_KEY]
)
def test_what_is_no_jwt_is_refused(text: str) -> None:
    with pytest.raises(InvalidDPoPProof):
        _read(text)


def test_a_changed_signature_and_no_signature_are_refused() -> None:
    proof = make_proof(ECKey.generate_key("P-256"), URI, NOW)
    head, body, signature = proof.split(".")
    other = "A" if signature[5] != "A" else "B"
    for text in (f"{head}.{body}.", f"{head}.{body}.{signature[:5]}{other}{signature[6:]}"):
        with pytest.raises(InvalidDPoPProof):
            _read(text)
