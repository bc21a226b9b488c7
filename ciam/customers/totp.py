"""Time-based one-time codes: secrets, their picture, and which step a code belongs to (RFC 6238).

A code is looked for in the present step and one to either side (§5.2), for clocks that differ.
"""

import base64
import binascii
import io
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp
import segno

from ciam.identifiers import is_same
from ciam.sealing import SealBroken, ServerKeys, place, seal, unseal

STEP_SECONDS: Final = 30
_WINDOW: Final = 1


def new_totp_secret() -> str:
    """Give a secret of 160 bits in base32, as authenticator apps take it (RFC 4226 §4)."""
    return pyotp.random_base32()


def find_step(secret: str, code: str, now: datetime) -> int | None:
    """Give the time step of a code, None for a wrong one; every candidate is compared."""
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(current - _WINDOW, current + _WINDOW + 1):
        if is_same(totp.generate_otp(step), code):
            found = step
    return found


def draw_qr(secret: str, *, name: str, issuer: str) -> str:
    """Give the picture that an authenticator app reads, as inline SVG."""
    uri = pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=issuer)
    drawn = io.BytesIO()
    segno.make(uri, error="m").save(
        drawn, kind="svg", scale=5, border=4, xmldecl=False, svgns=False, light="#fff", nl=False
    )
    return drawn.getvalue().decode()


def seal_offer(keys: ServerKeys, session: UUID, secret: str) -> str:
    """Give a secret that is offered to one session as what a form may carry."""
    sealed = seal(keys.records.newest, secret.encode(), _place(session))
    return base64.urlsafe_b64encode(sealed).decode()


def open_offer(keys: ServerKeys, session: UUID, offer: str) -> str | None:
    """Give the secret that was offered to this session; None for whatever else a form holds."""
    try:
        sealed = base64.urlsafe_b64decode(offer.encode())
        return unseal(keys.records, sealed, _place(session)).decode()
    except (binascii.Error, SealBroken, ValueError):
        return None


def _place(session: UUID) -> bytes:
    return place("totp_offer", "secret", session)
