"""The pages that people see: one module for each; `routes` is the visible list."""

from ciam.web.pages import (
    account,
    cancel_recovery,
    consent,
    federation,
    invitation,
    lost_factor,
    not_me,
    notice,
    passkey_offer,
    recovery,
    second_factor,
    second_factor_set_up,
    sign_in,
    sign_up,
    undo_contact_change,
    verify_address,
)

routes = [
    *sign_in.routes,
    *second_factor.routes,
    *lost_factor.routes,
    *cancel_recovery.routes,
    *second_factor_set_up.routes,
    *passkey_offer.routes,
    *federation.routes,
    *sign_up.routes,
    *invitation.routes,
    *verify_address.routes,
    *recovery.routes,
    *undo_contact_change.routes,
    *not_me.routes,
    *consent.routes,
    *notice.routes,
    *account.routes,
]
