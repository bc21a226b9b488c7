"""A social login: (issuer, subject) as the provider has just proven it, linked to a customer.

`fed` is no value of RFC 8176, and none there says that another party did the proving.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ciam.authentication.method import Proven
from ciam.errors import PageRefusal
from ciam.sessions.devices import find_device
from ciam.texts import Text

if TYPE_CHECKING:
    from ciam.authentication.context import BrowserContext
    from ciam.federation.identity import ProvenIdentity
    from ciam.storage import UnitOfWork

METHOD: Final = "federated"
AMR: Final = ("fed",)


async def prove_identity(
    transaction: UnitOfWork, identity: ProvenIdentity, context: BrowserContext
) -> Proven | None:
    """Give whose identity it is, None when it is nobody's; raise PageRefusal when barred."""
    found = await transaction.external_identities.find(identity.issuer, identity.subject)
    if found is None:
        return None
    customer = await transaction.customers.find(found.customer)
    if customer is None or not customer.is_active:
        raise PageRefusal(
            "the customer of the identity may not sign in",
            status=403,
            code="sign_in_refused",
            title=Text("Sign-in did not work"),
            text=Text("This login cannot be used here. Please ask us for help."),
        )
    await transaction.external_identities.touch(found.id)
    known = await find_device(transaction, customer.id, context.device)
    return Proven(customer.id, customer.credential_epoch, METHOD, AMR, known_device=known)
