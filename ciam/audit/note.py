"""Signed notes and the checkpoint in them (C2SP signed-note and tlog-checkpoint), Ed25519.

    <origin>
    <tree size>
    <root hash in base64>

    — <key name> <base64 of key ID and signature>

Any verifier of C2SP notes can check one, given the verifier key (`vkey`).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ciam.audit.merkle import HASH_BYTES
from ciam.errors import CiamError

_ED25519: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_BODY_LINES: Final = 3


class NoteRefused(CiamError):
    """A note that is malformed, changed, or signed by no key that is trusted."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """Who signs: a name without spaces and an Ed25519 key; the private part only at the signer."""

    name: str
    public: bytes
    private: bytes | None = field(default=None, repr=False)

    @property
    def key_id(self) -> bytes:
        """The first bytes of the hash over name, signature type and key."""
        hashed = sha256(self.name.encode() + b"\n" + _ED25519 + self.public)
        return hashed.digest()[:_KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The key as verifiers of notes are given it."""
        encoded = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def from_vkey(cls, vkey: str) -> Self:
        """Read a verifier key; raise NoteRefused for another form."""
        try:
            name, key_id, encoded = vkey.strip().split("+", maxsplit=2)
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            cause = "a verifier key of another form"
            raise NoteRefused(cause) from error
        key = cls(name, raw[1:])
        if raw[:1] != _ED25519 or len(key.public) != HASH_BYTES or key.key_id.hex() != key_id:
            cause = "a verifier key of another form"
            raise NoteRefused(cause)
        return key


@dataclass(frozen=True, slots=True)
class Body:
    """What a checkpoint says: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Give the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the text; raise NoteRefused for another form."""
        lines = text.split("\n")
        try:
            body = cls(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
        except (IndexError, ValueError) as error:
            cause = "a checkpoint of another form"
            raise NoteRefused(cause) from error
        if len(lines) != _BODY_LINES + 1 or body.text() != text or len(body.root) != HASH_BYTES:
            cause = "a checkpoint of another form"
            raise NoteRefused(cause)
        return body


def sign_note(body: Body, key: NoteKey) -> str:
    """Give the signed note of a checkpoint."""
    if key.private is None:
        cause = "a key without its private part cannot sign"
        raise NoteRefused(cause)
    text = body.text()
    signature = Ed25519PrivateKey.from_private_bytes(key.private).sign(text.encode())
    encoded = base64.b64encode(key.key_id + signature).decode()
    return f"{text}\n\N{EM DASH} {key.name} {encoded}\n"


def open_note(note: str, keys: list[NoteKey]) -> Body:
    """Give the checkpoint of a note that one of these keys has signed; raise NoteRefused.

    Signatures of unknown keys are ignored, a wrong one of a known key refuses the note.
    """
    text, separator, signatures = note.rpartition("\n\n")
    text += "\n"
    known = {(key.name, key.key_id): key for key in keys}
    found = False
    for line in signatures.splitlines() if separator else ():
        try:
            dash, name, encoded = line.split(" ")
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            cause = "a signature line of another form"
            raise NoteRefused(cause) from error
        key = known.get((name, raw[:_KEY_ID_BYTES]))
        if dash != "\N{EM DASH}" or key is None:
            continue
        try:
            public = Ed25519PublicKey.from_public_bytes(key.public)
            public.verify(raw[_KEY_ID_BYTES:], text.encode())
        except InvalidSignature as error:
            cause = "a signature does not fit its note"
            raise NoteRefused(cause) from error
        found = True
    if not found:
        cause = "signed by no key that is known"
        raise NoteRefused(cause)
    return Body.from_text(text)
