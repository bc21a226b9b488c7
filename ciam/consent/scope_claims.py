"""Which claims a scope stands for (OIDC Core §5.4), and the words people read for both."""

from collections.abc import Iterable, Mapping
from typing import Final

from ciam.customers.attributes import Schema
from ciam.texts import Text

OFFLINE_ACCESS: Final = "offline_access"
CONSENTS: Final = "consents"

CLAIMS_OF_SCOPE: Final[dict[str, tuple[str, ...]]] = {
    "profile": (
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
    CONSENTS: ("consents",),
}

SCOPE_TITLES: Final = {
    "profile": Text("Your profile"),
    "email": Text("Your e-mail address"),
    "address": Text("Your postal address"),
    "phone": Text("Your phone number"),
    CONSENTS: Text("Your choices about the use of your data"),
    "account:profile": Text("Change your profile for you"),
    "account:consents": Text("See and take back your choices about the use of your data"),
    "account:sessions": Text("See where you are signed in, and sign you out"),
    "account:authenticators": Text("See the ways you sign in"),
}

CLAIM_LABELS: Final = {
    "name": Text("Name"),
    "family_name": Text("Family name"),
    "given_name": Text("Given name"),
    "middle_name": Text("Middle name"),
    "nickname": Text("Nickname"),
    "preferred_username": Text("User name"),
    "profile": Text("Profile page"),
    "picture": Text("Picture"),
    "website": Text("Website"),
    "gender": Text("Gender"),
    "birthdate": Text("Date of birth"),
    "zoneinfo": Text("Time zone"),
    "locale": Text("Language"),
    "updated_at": Text("When it was last changed"),
    "email": Text("E-mail address"),
    "email_verified": Text("Whether the e-mail address is confirmed"),
    "address": Text("Postal address"),
    "phone_number": Text("Phone number"),
    "phone_number_verified": Text("Whether the phone number is confirmed"),
    "consents": Text("What you agreed to"),
}


def claims_of(scopes: Iterable[str], added: Mapping[str, str] | None = None) -> frozenset[str]:
    """Give the claims that these scopes stand for; scopes of APIs stand for none.

    `added` are those of an operator, each with its scope (`Schema.added`).
    """
    asked = frozenset(scopes)
    own = frozenset(claim for scope in asked for claim in CLAIMS_OF_SCOPE.get(scope, ()))
    return own | {claim for claim, scope in (added or {}).items() if scope in asked}


def label_of(schema: Schema, claim: str, language: str) -> Text:
    """Give what people read for a claim: the operator's words, else ours, else its name."""
    found = schema.by_name.get(claim)
    if found is not None and (found.rules.labels or claim not in CLAIM_LABELS):
        return found.label_in(language)
    return CLAIM_LABELS.get(claim) or Text("{name}", name=claim)


def scopes_for(claims: Iterable[str]) -> frozenset[str]:
    """Give the scopes that stand for these claims, to ask a person in words they know."""
    wanted = {claim.partition("#")[0] for claim in claims}
    return frozenset(
        scope for scope, names in CLAIMS_OF_SCOPE.items() if wanted.intersection(names)
    )
