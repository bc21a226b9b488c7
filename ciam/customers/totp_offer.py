"""A seed that is offered to one session: its picture, and how a form carries it sealed.

Nothing is stored before the first right code, and what was offered to one session is of no use to
another.
"""

import base64
import binascii
from uuid import UUID

from ciam.sealing import SealBroken, ServerKeys, place, seal, unseal


def seal_offer(keys: ServerKeys, session: UUID, seed: str) -> str:
    """Give a seed that is offered to one session as what a form may carry."""
    sealed = seal(keys.records.newest, seed.encode(), _place(session))
    return base64.urlsafe_b64encode(sealed).decode()


def open_offer(keys: ServerKeys, session: UUID, offer: str) -> str | None:
    """Give the seed that was offered to this session; None for whatever else a form holds."""
    try:
        sealed = base64.urlsafe_b64decode(offer.encode())
        return unseal(keys.records, sealed, _place(session)).decode()
    except (binascii.Error, SealBroken, ValueError):
        return None


def _place(session: UUID) -> bytes:
    return place("totp_offer", "seed", session)
