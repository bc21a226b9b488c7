"""What the sign-in page and the account offer: each connection's name and sign, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ciam.federation.catalogue import find_mark, load_providers
from ciam.federation.site import name_of

if TYPE_CHECKING:
    from ciam.storage import UnitOfWork


@dataclass(frozen=True, slots=True)
class Offer:
    """One button: `action` is where its form posts, `mark` an SVG or None."""

    key: str
    provider: str
    name: str
    action: str
    mark: str | None


async def list_offers(transaction: UnitOfWork, language: str) -> list[Offer]:
    """Give every connection that is switched on, in the order of the buttons.

    One whose provider this version does not have is passed over: the others go on.
    """
    known = load_providers()
    return [
        Offer(
            key=one.key,
            provider=one.provider,
            name=name_of(one, known[one.provider], language),
            action=f"/federation/{one.key}",
            mark=find_mark(one.provider),
        )
        for one in await transaction.connections.list_all()
        if one.provider in known
    ]
