"""Verify a receipt without asking the server: the token, the published keys, nothing else.

Pure functions, so that an auditor's machine and the command line run the same code as the tests.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import ValidationError

from ciam.consent.receipt_document import TYP, ReceiptDocument
from ciam.errors import CiamError

ALGORITHMS: Final = ["ES256", "RS256", "EdDSA", "Ed25519"]


class ReceiptBroken(CiamError):
    """The receipt is not what one of these keys signed, or not a receipt."""


def verify_receipt(token: str, jwks: Mapping[str, Any], *, issuer: str) -> ReceiptDocument:
    """Give the content of a signed receipt; raise ReceiptBroken when anything is not right.

    `jwks` is the public key set as published (RFC 7517 §5); `issuer` whom one believes.
    """
    try:
        keys = KeySet.import_key_set({"keys": list(jwks["keys"])})
        signed = jws.deserialize_compact(token.strip(), keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ReceiptBroken("the signature does not verify with these keys") from error
    if signed.headers().get("typ") != TYP:
        raise ReceiptBroken("signed by us, but not a consent receipt")
    try:
        document = ReceiptDocument.model_validate_json(signed.payload)
    except ValidationError as error:
        raise ReceiptBroken("fields of a receipt are missing or unknown") from error
    if document.iss != issuer:
        raise ReceiptBroken("signed for another issuer")
    if document.receipt_id != document.jti or document.record.header.record_id != document.jti:
        raise ReceiptBroken("the receipt names two records")
    return document


def read_unverified(token: str) -> tuple[dict[str, Any], ReceiptDocument]:
    """Give header and content of a receipt from our own store, where it was sealed."""
    signed = jws.extract_compact(token.encode())
    return dict(signed.headers()), ReceiptDocument.model_validate_json(signed.payload)


def verify_screen(document: ReceiptDocument, content: bytes) -> bool:
    """Tell whether these are the exact words the receipt speaks of."""
    return hashlib.sha256(content).hexdigest() == document.shown.sha256
