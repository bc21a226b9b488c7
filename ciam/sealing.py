"""Sealing primitives: authenticated encryption and keyed hashes. No storage, no policy.

A sealed value is `version(1) | key version(4) | nonce(12) | ciphertext and tag` under AES-256-GCM
(NIST SP 800-38D). The associated data names table, column and row, so a value copied to another
place does not open. Random 96-bit nonces are safe here: one key seals one customer's rows, far
below 2^32 values.
"""

import hashlib
import hmac
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ciam.errors import CiamError

KEY_BYTES: Final = 32
_FORMAT: Final = 1
_HEADER: Final = struct.Struct(">BI")
_NONCE_BYTES: Final = 12


class SealBroken(CiamError):
    """A sealed value does not open: wrong key, wrong place or changed bytes."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A symmetric key of 32 bytes and its version."""

    version: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key of another length."""
        if len(self.secret) != KEY_BYTES:
            msg = f"a sealing key has {KEY_BYTES} bytes"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The versions of one key: seals with the newest that every node knows, opens with any."""

    keys: Mapping[int, SealingKey]
    sealing_version: int | None = None

    @classmethod
    def of(cls, *keys: SealingKey) -> "KeyRing":
        """Make a ring of these keys."""
        return cls({key.version: key for key in keys})

    @property
    def newest(self) -> SealingKey:
        """Give the key to seal with: the highest version, unless that is too new to be known."""
        return self.keys[self.sealing_version or max(self.keys)]

    @property
    def oldest(self) -> SealingKey:
        """Give the key that every node has known the longest: what all compute alike rests on it.

        It is the same before and after a rotation, until the old key is removed.
        """
        return self.keys[min(self.keys)]

    @property
    def secrets(self) -> list[bytes]:
        """Give every secret, the one to sign with last, as signers with several keys want them."""
        ordered = sorted(self.keys, key=lambda version: (version == self.newest.version, version))
        return [self.keys[version].secret for version in ordered]


def new_key(version: int = 1) -> SealingKey:
    """Make a key from the system's randomness."""
    return SealingKey(version, os.urandom(KEY_BYTES))


def place(table: str, column: str, row: UUID | str) -> bytes:
    """Give the associated data that ties a sealed value to where it lies."""
    return f"{table}:{column}:{row}".encode()


def seal(key: SealingKey, plaintext: bytes, at: bytes) -> bytes:
    """Encrypt and authenticate `plaintext` for the place `at`."""
    nonce = os.urandom(_NONCE_BYTES)
    header = _HEADER.pack(_FORMAT, key.version)
    return header + nonce + AESGCM(key.secret).encrypt(nonce, plaintext, header + at)


def unseal(keys: KeyRing | SealingKey, sealed: bytes, at: bytes) -> bytes:
    """Give the plaintext back; raise SealBroken when key, place or bytes are not the ones."""
    try:
        form, version = _HEADER.unpack_from(sealed)
        key = keys if isinstance(keys, SealingKey) else keys.keys[version]
        if form != _FORMAT or key.version != version:
            msg = "sealed with another key or format"
            raise SealBroken(msg)
        body = sealed[_HEADER.size :]
        nonce, ciphertext = body[:_NONCE_BYTES], body[_NONCE_BYTES:]
        return AESGCM(key.secret).decrypt(nonce, ciphertext, sealed[: _HEADER.size] + at)
    except (InvalidTag, KeyError, struct.error, ValueError) as error:
        msg = "a sealed value does not open"
        raise SealBroken(msg) from error


def version_of(sealed: bytes) -> int:
    """Give the version of the key over a sealed value; raise SealBroken for what is none."""
    try:
        return int(_HEADER.unpack_from(sealed)[1])
    except struct.error as error:
        msg = "a sealed value is cut short"
        raise SealBroken(msg) from error


def keyed_hash(key: SealingKey, *parts: str | bytes) -> bytes:
    """Give HMAC-SHA-256 over the parts, each with its length in front so that none can run over."""
    mac = hmac.new(key.secret, digestmod=hashlib.sha256)
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        mac.update(len(raw).to_bytes(8, "big"))
        mac.update(raw)
    return mac.digest()


def derive_key(key: SealingKey, purpose: str) -> SealingKey:
    """Give a key for one purpose, of the same version (HKDF-Expand with one block, RFC 5869)."""
    secret = hmac.new(key.secret, purpose.encode() + b"\x01", hashlib.sha256).digest()
    return SealingKey(key.version, secret)


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """The symmetric keys of the installation, opened with the master key at the start.

    master   wraps customer keys and everything below; the only one outside the database
    index    blind indexes: identifiers, addresses, what a limit counts
    refresh  recomputes the successor of a refresh token in its grace
    pepper   second key of stored passwords, kept out of the database
    cookie   signs what a browser keeps: form tokens, device cookies
    records  seals rows that belong to no customer: journeys, outbox payloads, requests
    """

    master: KeyRing
    index: KeyRing
    refresh: KeyRing
    pepper: KeyRing
    cookie: KeyRing
    records: KeyRing


SERVER_KEY_USES: Final = ("index", "refresh", "pepper", "cookie", "records")
