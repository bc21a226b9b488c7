"""The account pages: what a customer sees of themselves, changes, and takes back."""

from ciam.web.pages.account import (
    apps,
    consents,
    data,
    disclosures,
    email,
    home,
    linked_logins,
    passkeys,
    password,
    profile,
    receipts,
    second_factor,
    security,
    sessions,
    sign_ins,
    sign_out,
)

routes = [
    *home.routes,
    *profile.routes,
    *password.routes,
    *passkeys.routes,
    *linked_logins.routes,
    *sessions.routes,
    *security.routes,
    *second_factor.routes,
    *apps.routes,
    *consents.routes,
    *receipts.routes,
    *sign_ins.routes,
    *disclosures.routes,
    *data.routes,
    *email.routes,
    *sign_out.routes,
]
