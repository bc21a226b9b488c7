"""The catalogue of events: each kind has one class, and the class decides who reads and how long.

Audit, outbox and later Shared Signals and webhooks are projections of this one list. A kind is
never renamed: it stands in a log that cannot be changed. `VERSION` rises with a changed meaning.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final

VERSION: Final = 1


class EventClass(StrEnum):
    """What an event is about."""

    SECURITY = "security"
    PRIVACY = "privacy"
    OPERATION = "operation"


RETENTION: Final = {
    EventClass.SECURITY: timedelta(days=2 * 365),
    EventClass.PRIVACY: timedelta(days=10 * 365),
    EventClass.OPERATION: timedelta(days=5 * 365),
}
"""How long events are kept at least; proof of a consent outlasts the claims it may have to meet."""


class EventKind(StrEnum):
    """What happened; the value is what stands in the log."""

    CUSTOMER_CREATED = "customer.created"
    CUSTOMER_DISABLED = "customer.disabled"
    CUSTOMER_ENABLED = "customer.enabled"
    CUSTOMER_REVEALED = "customer.revealed"
    CUSTOMER_INVITED = "customer.invited"
    ACCOUNT_COPIED = "account.copied"
    PROFILE_CHANGED = "profile.changed"
    EMAIL_VERIFIED = "email.verified"
    EMAIL_CHANGED = "email.changed"
    EMAIL_CHANGE_UNDONE = "email.change_undone"
    PHONE_VERIFIED = "phone.verified"
    PHONE_ADDED = "phone.added"
    PHONE_CHANGED = "phone.changed"
    PHONE_REMOVED = "phone.removed"
    PHONE_CHANGE_UNDONE = "phone.change_undone"

    SIGN_IN_SUCCEEDED = "sign_in.succeeded"
    SIGN_IN_REFUSED = "sign_in.refused"
    SIGN_IN_AT_RISK = "sign_in.at_risk"
    SIGN_IN_DISOWNED = "sign_in.disowned"
    SIGN_IN_CODE_ASKED = "sign_in.code_asked"
    SIGN_UP_BEGUN = "sign_up.begun"
    SIGN_UP_REFUSED = "sign_up.refused"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"
    DEVICE_TRUSTED = "device.trusted"
    DEVICE_FORGOTTEN = "device.forgotten"
    PASSWORD_CHANGED = "password.changed"
    PASSWORD_RESET = "password.reset"
    TOTP_ADDED = "totp.added"
    TOTP_REMOVED = "totp.removed"
    SECOND_FACTOR_LOST = "second_factor.lost"
    SECOND_FACTOR_RECOVERY_CANCELLED = "second_factor.recovery_cancelled"
    SECOND_FACTOR_RECOVERED = "second_factor.recovered"
    SENT_CODES_ADDED = "sent_codes.added"
    SENT_CODES_REMOVED = "sent_codes.removed"
    RECOVERY_CODES_RENEWED = "recovery_codes.renewed"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_RENAMED = "passkey.renamed"
    PASSKEY_REMOVED = "passkey.removed"
    PASSKEY_COUNT_REGRESSED = "passkey.count_regressed"
    LOGIN_LINKED = "login.linked"
    LOGIN_UNLINKED = "login.unlinked"
    LINK_UNDONE = "login.link_undone"
    RECOVERY_BEGUN = "recovery.begun"
    LIMIT_REACHED = "limit.reached"
    SMS_STOPPED = "sms.stopped"
    FEDERATION_DECLINED = "federation.declined"
    FEDERATION_REFUSED = "federation.refused"

    NOTICE_ACCEPTED = "notice.accepted"
    PURPOSE_GIVEN = "purpose.given"
    PURPOSE_REFUSED = "purpose.refused"
    PURPOSE_WITHDRAWN = "purpose.withdrawn"
    CLIENT_GRANT_GIVEN = "client_grant.given"
    CLIENT_GRANT_NARROWED = "client_grant.narrowed"
    CLIENT_GRANT_REMOVED = "client_grant.removed"

    AUTHORIZATION_GRANTED = "authorization.granted"
    AUTHORIZATION_DENIED = "authorization.denied"
    TOKEN_ISSUED = "token.issued"
    TOKEN_REFRESHED = "token.refreshed"
    TOKEN_REVOKED = "token.revoked"
    TOKEN_REPLAYED = "token.replayed"
    CLIENT_REFUSED = "client.refused"

    OPERATOR_INVITED = "operator.invited"
    OPERATOR_JOINED = "operator.joined"
    OPERATOR_SIGNED_IN = "operator.signed_in"
    OPERATOR_REFUSED = "operator.refused"
    OPERATOR_CONFIRMED = "operator.confirmed"
    OPERATOR_SIGNED_OUT = "operator.signed_out"
    OPERATOR_DISABLED = "operator.disabled"
    OPERATOR_ENABLED = "operator.enabled"
    CUSTOMER_SOUGHT = "customer.sought"
    CUSTOMER_SEEN = "customer.seen"
    CUSTOMER_MAILED = "customer.mailed"

    CLIENT_CHANGED = "client.changed"
    CONFIG_APPLIED = "config.applied"
    KEY_ROTATED = "key.rotated"
    KEY_REMOVED = "key.removed"
    DATABASE_RESTORED = "database.restored"
    LOG_RESTORED = "log.restored"
    LOG_FORGERY_FOUND = "log.forgery_found"


_PRIVACY: Final = frozenset(
    {
        EventKind.CUSTOMER_REVEALED,
        EventKind.ACCOUNT_COPIED,
        EventKind.CUSTOMER_SEEN,
        EventKind.CUSTOMER_SOUGHT,
        EventKind.PROFILE_CHANGED,
        EventKind.NOTICE_ACCEPTED,
        EventKind.PURPOSE_GIVEN,
        EventKind.PURPOSE_REFUSED,
        EventKind.PURPOSE_WITHDRAWN,
        EventKind.CLIENT_GRANT_GIVEN,
        EventKind.CLIENT_GRANT_NARROWED,
        EventKind.CLIENT_GRANT_REMOVED,
    }
)
_OPERATION: Final = frozenset(
    {
        EventKind.CLIENT_CHANGED,
        EventKind.CONFIG_APPLIED,
        EventKind.KEY_ROTATED,
        EventKind.KEY_REMOVED,
        EventKind.DATABASE_RESTORED,
        EventKind.LOG_RESTORED,
        EventKind.LOG_FORGERY_FOUND,
    }
)
MAILED: Final = frozenset({EventKind.PASSWORD_CHANGED, EventKind.PASSWORD_RESET})
"""Kinds that are never written without a job beside them: the customer is told (R-03)."""


def class_of(kind: EventKind) -> EventClass:
    """Give the class of an event."""
    if kind in _PRIVACY:
        return EventClass.PRIVACY
    return EventClass.OPERATION if kind in _OPERATION else EventClass.SECURITY
