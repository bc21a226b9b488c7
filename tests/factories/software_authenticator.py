"""An authenticator in software: makes credentials, signs as hardware does, lies when told to.

Written from Web Authentication Level 3 §6 and CTAP 2, apart from the library under test.
"""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ZEROS = "00000000-0000-0000-0000-000000000000"
_ES256 = -7
_P256 = 1
_UP, _UV, _BE, _BS, _AT = 0x01, 0x04, 0x08, 0x10, 0x40


def encode(raw: bytes) -> str:
    """Encode as WebAuthn's JSON does (base64url without padding)."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str) -> bytes:
    """Decode base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftwareAuthenticator:
    """One credential of one person; every field may be changed between two answers.

    `changes` of a call replace what would honestly be said: `origin`, `type`, `challenge`, `rp_id`,
    `handle`, `algorithm`, `crossOrigin`, `credential_id`, `signature`.
    """

    origin: str
    is_synced: bool = True
    is_user_verified: bool = True
    is_user_present: bool = True
    counts: bool = False
    aaguid: str = ZEROS
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    count: int = 0
    handle: bytes = b""
    rp_id: str = ""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: str, **changes: Any) -> str:  # noqa: ANN401 - any part of an answer
        """Answer `navigator.credentials.create()`."""
        asked = json.loads(options)
        self.handle, self.rp_id = decode(asked["user"]["id"]), asked["rp"]["id"]
        client_data = self._client_data("webauthn.create", asked["challenge"], changes)
        numbers = self.key.public_key().public_numbers()
        key = {
            1: 2,
            3: changes.get("algorithm", _ES256),
            -1: _P256,
            -2: numbers.x.to_bytes(32, "big"),
            -3: numbers.y.to_bytes(32, "big"),
        }
        attested = bytes.fromhex(self.aaguid.replace("-", ""))
        attested += len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(changes, _AT) + attested + cbor2.dumps(key)
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._answer(
            {
                "clientDataJSON": encode(client_data),
                "attestationObject": encode(cbor2.dumps(statement)),
                "transports": ["internal", "hybrid"],
            },
            changes,
        )

    def sign(self, options: str, **changes: Any) -> str:  # noqa: ANN401 - any part of an answer
        """Answer `navigator.credentials.get()`."""
        asked = json.loads(options)
        client_data = self._client_data("webauthn.get", asked["challenge"], changes)
        if self.counts:
            self.count += 1
        data = self._data(changes)
        signed = data + hashlib.sha256(client_data).digest()
        signature = changes.get("signature") or self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        handle = changes.get("handle", self.handle)
        return self._answer(
            {
                "clientDataJSON": encode(client_data),
                "authenticatorData": encode(data),
                "signature": encode(signature),
                "userHandle": None if handle is None else encode(handle),
            },
            changes,
        )

    def _client_data(self, kind: str, challenge: str, changes: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        said |= {name: value for name, value in changes.items() if name in said}
        return json.dumps(said).encode()

    def _data(self, changes: dict[str, Any], flags: int = 0) -> bytes:
        flags |= _UP if self.is_user_present else 0
        flags |= _UV if self.is_user_verified else 0
        flags |= _BE | _BS if self.is_synced else 0
        party = changes.get("rp_id", self.rp_id)
        return (
            hashlib.sha256(party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")
        )

    def _answer(self, response: dict[str, Any], changes: dict[str, Any]) -> str:
        name = encode(changes.get("credential_id", self.credential_id))
        document = {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }
        return json.dumps(document)
