"""The pages that people see: one module for each; `routes` is the visible list."""

from ciam.web.pages import (
    account,
    consent,
    federation,
    invitation,
    notice,
    passkey_offer,
    recovery,
    second_factor,
    sign_in,
    sign_up,
    verify_address,
)

routes = [
    *sign_in.routes,
    *second_factor.routes,
    *passkey_offer.routes,
    *federation.routes,
    *sign_up.routes,
    *invitation.routes,
    *verify_address.routes,
    *recovery.routes,
    *consent.routes,
    *notice.routes,
    *account.routes,
]
