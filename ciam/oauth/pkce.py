"""Proof Key for Code Exchange, S256 only (RFC 7636 §4; RFC 9700 §2.1.1)."""

import re
from typing import Final

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from ciam.identifiers import is_same
from ciam.oauth.errors import InvalidGrant, InvalidRequest

METHOD: Final = "S256"
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def check_challenge(challenge: str, method: str | None) -> None:
    """Raise InvalidRequest unless this is an S256 challenge (§4.2, §4.3)."""
    if method != METHOD:
        raise InvalidRequest(f"code_challenge_method must be {METHOD}")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("code_challenge is malformed")


def check_verifier(challenge: str | None, verifier: str | None) -> None:
    """Raise unless the verifier answers the challenge (§4.6).

    A verifier without a challenge is refused too: somebody took the challenge away (RFC 9700
    §2.1.1).
    """
    if challenge is None:
        if verifier is not None:
            raise InvalidGrant(cause="code_verifier without code_challenge")
        return
    if verifier is None:
        raise InvalidGrant(cause="code_verifier is missing")
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant(cause="code_verifier is malformed")
    computed = create_s256_code_challenge(verifier)
    if not is_same(str(computed), challenge):
        raise InvalidGrant(cause="code_verifier does not match")
