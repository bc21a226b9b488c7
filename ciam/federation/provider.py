"""What a provider is: one declaration, all that `providers/*.py` may know of the server.

Algorithms and the source of the keys are fixed here, for each provider, and never read from the
header of a token (RFC 8725 §3.1). A `{name}` in an address is filled from an option of the
connection, whose pattern is given here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from ciam.federation.identity import EmailTrust

__all__ = [
    "OPENID_CLAIMS",
    "Claims",
    "ClientAuthentication",
    "EmailTrust",
    "Endpoints",
    "KeySource",
    "Option",
    "Provider",
    "always",
    "find_value",
    "is_true",
    "when_verified",
]

Claims = Mapping[str, Any]
"""What a provider said of a person: userinfo, and over it the verified ID token."""

OPENID_CLAIMS: Final[Mapping[str, str]] = {
    name: name
    for name in (
        "name",
        "given_name",
        "family_name",
        "nickname",
        "gender",
        "birthdate",
        "locale",
        "zoneinfo",
        "picture",
    )
}
"""Our claims and where they stand in the provider's answer, as OIDC Core §5.1 names them."""


class ClientAuthentication(StrEnum):
    """How we prove at the token endpoint which client we are."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    MINTED = "minted"
    """As POST, with a short-lived ES256 JWT as secret; the stored secret is the key that signs."""


class KeySource(StrEnum):
    """What an ID token is verified with."""

    NO_ID_TOKEN = "no_id_token"
    """Plain OAuth 2: who it is comes from the userinfo endpoint over TLS."""
    JWKS = "jwks"
    CLIENT_SECRET = "client_secret"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of a provider; `further` are asked after userinfo, each kept under its name."""

    authorization: str
    token: str
    userinfo: str | None = None
    jwks: str | None = None
    further: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a connection that only this provider has; without a default it is required."""

    pattern: str
    default: str | None = None

    def accepts(self, value: str) -> bool:
        """Tell whether a value may be filled in."""
        return re.fullmatch(self.pattern, value) is not None


def find_value(claims: Claims, path: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Give what stands at a dotted path, or None; the path as a whole name comes first."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def is_true(value: object) -> bool:
    """Read a boolean that some providers send as a string."""
    return value is True or value == "true"


def always(trust: EmailTrust) -> Callable[[Claims, str], EmailTrust]:
    """Give the rule of a provider whose addresses are all worth the same."""
    return lambda _claims, _email: trust


def when_verified(path: str = "email_verified") -> Callable[[Claims, str], EmailTrust]:
    """Give the rule of a provider that says for each address whether it was verified."""

    def rule(claims: Claims, _email: str) -> EmailTrust:
        is_verified = is_true(find_value(claims, path))
        return EmailTrust.VERIFIED if is_verified else EmailTrust.ASSERTED

    return rule


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """A social provider: its addresses, its protocol and its quirks.

    name             for people, by language; `""` for all the others
    issuer           the first half of every identity's key; None: the connection says it
    issuer_of        for an issuer that depends on the claims and the options (a tenant)
    endpoints        None: read from the issuer's discovery document, or given by the connection
    algorithms       what an ID token may be signed with; nothing else is looked at
    subject          where the second half of the key stands
    fresh            parameters that ask for a new sign-in there; empty: it cannot be asked
    says_auth_time   whether an answer to `fresh` proves when the person signed in
    state_at_token   whether the token endpoint wants the `state` too
    sends_iss        whether each answer carries `iss` (RFC 9207), which is then required
    declines         the `error` values by which a person says no
    token_claims     what of the token response belongs to the claims
    userinfo_scope   userinfo is asked only where this was granted; None: always
    headers          of every request but the browser's
    userinfo_proof   further parameters of a userinfo request, from access token and secret
    find_email       where the address stands
    first_login      reads what comes only once, in a field of the first answer; gives claims
    """

    key: str
    name: Mapping[str, str]
    issuer: str | None
    issuer_aliases: tuple[str, ...] = ()
    issuer_of: Callable[[Claims, Mapping[str, str]], str] | None = None
    endpoints: Endpoints | None
    keys: KeySource = KeySource.NO_ID_TOKEN
    algorithms: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    required_scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    client_authentication: ClientAuthentication = ClientAuthentication.POST
    client_id_parameter: str = "client_id"
    minted_audience: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    fresh: Mapping[str, str] = field(default_factory=dict)
    says_auth_time: bool = False
    pkce: bool = True
    state_at_token: bool = False
    nonce: bool = True
    sends_iss: bool = False
    declines: tuple[str, ...] = ("access_denied",)
    token_claims: tuple[str, ...] = ()
    userinfo_scope: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    userinfo_proof: Callable[[str, str], Mapping[str, str]] | None = None
    subject: str = "sub"
    find_email: Callable[[Claims], object] = lambda claims: claims.get("email")
    email_trust: Callable[[Claims, str], EmailTrust]
    claims: Mapping[str, str] = field(default_factory=lambda: OPENID_CLAIMS)
    first_login: Callable[[Mapping[str, str]], Mapping[str, str]] | None = None

    def name_in(self, language: str) -> str:
        """Give the name for people in a language."""
        short = language.split("-", maxsplit=1)[0]
        return self.name.get(language) or self.name.get(short) or self.name[""]
