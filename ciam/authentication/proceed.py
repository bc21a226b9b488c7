"""The one way on after any proof: to what is still missing, or to the end of the journey."""

from dataclasses import dataclass

from ciam.authentication.completion import SignedIn, complete
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey
from ciam.authentication.method import Proven
from ciam.authentication.pending_link import offer_link
from ciam.storage import UnitOfWork


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Something more is asked; the page where the journey goes on."""

    path: str


async def proceed(
    transaction: UnitOfWork, journey: Journey, proven: Proven, context: BrowserContext
) -> SignedIn | OnTheWay:
    """Go on after a proof; raise StepTaken and SignInRefused as `complete` does."""
    asked = await offer_link(transaction, journey, proven, context)
    if asked is not None:
        return OnTheWay(asked.path)
    return await complete(transaction, journey, proven, context)
