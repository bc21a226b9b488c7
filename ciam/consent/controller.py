"""Who is responsible, and which privacy notice says so: both stand on every receipt."""

from typing import Final

from ciam.consent.notices import list_notices
from ciam.consent.parties import Party
from ciam.consent.purposes import list_purposes
from ciam.storage import UnitOfWork

_NOT_STATED: Final = "not stated"


async def find_controller(transaction: UnitOfWork, origin: str) -> Party:
    """Give the controller: of the privacy notice, of another notice, of a purpose.

    An installation that has named nobody is identified by its address, and the receipt says that
    the rest is not stated.
    """
    notices = await list_notices(transaction)
    privacy_first = sorted(notices, key=lambda notice: notice.document.kind != "privacy")
    for notice in privacy_first:
        if notice.document.controller is not None:
            return notice.document.controller
    for purpose in await list_purposes(transaction):
        return purpose.document.controller
    return Party(id=origin, name=origin, address=_NOT_STATED, contact=origin, country="ZZ")


async def find_privacy_notice(transaction: UnitOfWork) -> str:
    """Give the path of the privacy notice in force; of the notices' list when there is none."""
    for notice in await list_notices(transaction):
        if notice.document.kind == "privacy":
            return notice.href
    return "/notices"
