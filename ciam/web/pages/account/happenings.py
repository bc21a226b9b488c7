"""What happened to an account lately, in words: the customer's own view of the audit trail."""

from datetime import datetime
from typing import Final, TypedDict
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import pseudonym_of
from ciam.storage import UnitOfWork
from ciam.texts import Text

_SHOWN: Final = 5
_READ: Final = 50

_WORDS: Final[dict[str, Text]] = {
    EventKind.CUSTOMER_CREATED: Text("You registered"),
    EventKind.EMAIL_VERIFIED: Text("You confirmed your e-mail address"),
    EventKind.PHONE_VERIFIED: Text("You confirmed your phone number"),
    EventKind.PHONE_ADDED: Text("You added a phone number"),
    EventKind.PHONE_CHANGED: Text("You changed your phone number"),
    EventKind.PHONE_REMOVED: Text("You removed your phone number"),
    EventKind.PHONE_CHANGE_UNDONE: Text("A change of your phone number was undone"),
    EventKind.SIGN_IN_SUCCEEDED: Text("You signed in"),
    EventKind.SIGN_IN_REFUSED: Text("A sign-in failed"),
    EventKind.SIGN_IN_DISOWNED: Text("You said that a sign-in was not yours"),
    EventKind.DEVICE_TRUSTED: Text("You chose not to be asked again on a device"),
    EventKind.DEVICE_FORGOTTEN: Text("You forgot a remembered device"),
    EventKind.PASSWORD_CHANGED: Text("You changed your password"),
    EventKind.PASSWORD_RESET: Text("Your password was reset"),
    EventKind.TOTP_ADDED: Text("You set up an authenticator app"),
    EventKind.TOTP_REMOVED: Text("You removed the authenticator app"),
    EventKind.SECOND_FACTOR_LOST: Text("Somebody said that your second step is lost"),
    EventKind.SECOND_FACTOR_RECOVERY_CANCELLED: Text(
        "The request to remove your second step was cancelled"
    ),
    EventKind.SECOND_FACTOR_RECOVERED: Text("Your lost second step was removed"),
    EventKind.SENT_CODES_ADDED: Text("You switched on codes as a second step"),
    EventKind.SENT_CODES_REMOVED: Text("You switched off codes as a second step"),
    EventKind.RECOVERY_CODES_RENEWED: Text("You made new recovery codes"),
    EventKind.PASSKEY_ADDED: Text("You added a passkey"),
    EventKind.PASSKEY_REMOVED: Text("You removed a passkey"),
    EventKind.LOGIN_LINKED: Text("You connected a login"),
    EventKind.LOGIN_UNLINKED: Text("You disconnected a login"),
    EventKind.LINK_UNDONE: Text("A change of your connected logins was undone"),
    EventKind.PROFILE_CHANGED: Text("You changed your profile"),
    EventKind.PURPOSE_GIVEN: Text("You agreed to a use of your data"),
    EventKind.PURPOSE_REFUSED: Text("You declined a use of your data"),
    EventKind.PURPOSE_WITHDRAWN: Text("You withdrew your consent to a use of your data"),
    EventKind.CLIENT_GRANT_GIVEN: Text("You connected an app"),
    EventKind.CLIENT_GRANT_REMOVED: Text("You removed an app"),
}
"""Only what a person would want to know of; the rest stays in the trail."""


class Happening(TypedDict):
    """One line of the list."""

    what: Text
    when: datetime
    where: str | None


async def list_recent(transaction: UnitOfWork, customer: UUID) -> list[Happening]:
    """Give the newest events that a person would want to know of."""
    pseudonym = await pseudonym_of(transaction, customer)
    events = await transaction.audit_events.list_for_customer(pseudonym, limit=_READ)
    return [
        Happening(what=_WORDS[event.kind], when=event.occurred_at, where=None)
        for event in events
        if event.kind in _WORDS
    ][:_SHOWN]
