"""Ask a provider who it is: code for tokens, then what the ID token and userinfo say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ciam.federation.backchannel import Refused, fetch, fetch_object
from ciam.federation.client_authentication import authenticate
from ciam.federation.id_token import verify_id_token
from ciam.federation.provider import KeySource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ciam.federation.site import Site
    from ciam.outbound import Outbound


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was put aside when the browser was sent away, for when it comes back."""

    redirect_uri: str
    state: str
    verifier: str
    nonce: str
    journey: str
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said: its claims about the person, and the tokens."""

    claims: dict[str, Any] = field(repr=False)
    tokens: dict[str, Any] = field(repr=False)


async def ask(
    outbound: Outbound, site: Site, code: str, exchange: Exchange, *, now: datetime
) -> Answer:
    """Exchange the code and ask; raise Refused or Unanswered."""
    tokens = await _redeem(outbound, site, code, exchange, now)
    signed: dict[str, Any] = {}
    if site.provider.keys is not KeySource.NO_ID_TOKEN:
        nonce = exchange.nonce if site.provider.nonce else None
        signed = await verify_id_token(outbound, site, tokens.get("id_token"), nonce=nonce, now=now)
    told = await _ask_userinfo(outbound, site, tokens)
    # Two answers about two people would mix them up (OIDC Core §5.3.2).
    if signed and told and told.get("sub") != signed["sub"]:
        raise Refused("userinfo speaks of somebody else")
    of_tokens = {name: tokens[name] for name in site.provider.token_claims if name in tokens}
    return Answer({**of_tokens, **told, **signed}, tokens)


async def _redeem(
    outbound: Outbound, site: Site, code: str, exchange: Exchange, now: datetime
) -> dict[str, Any]:
    headers, fields = authenticate(site, now)
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": exchange.redirect_uri,
        **fields,
    }
    if site.provider.pkce:
        data["code_verifier"] = exchange.verifier
    if site.provider.state_at_token:
        data["state"] = exchange.state
    return await fetch_object(
        outbound,
        "POST",
        site.endpoints.token,
        headers={**site.provider.headers, **headers},
        data=data,
    )


async def _ask_userinfo(
    outbound: Outbound, site: Site, tokens: Mapping[str, Any]
) -> dict[str, Any]:
    provider, url = site.provider, site.endpoints.userinfo
    if url is None or not _has_scope(site, tokens, provider.userinfo_scope):
        return {}
    access_token = tokens.get("access_token")
    if not isinstance(access_token, str):
        raise Refused("there is no access token")
    headers = {**provider.headers, "Authorization": f"Bearer {access_token}"}
    if provider.userinfo_proof is not None:
        secret = site.connection.client_secret or ""
        url = _with(url, provider.userinfo_proof(access_token, secret))
    told = await fetch_object(outbound, "GET", url, headers=headers)
    for name, further in site.endpoints.further.items():
        told[name] = await fetch(outbound, "GET", further, headers=headers)
    return told


def _has_scope(site: Site, tokens: Mapping[str, Any], scope: str | None) -> bool:
    """Tell whether a scope was granted; where nothing is said, all were (RFC 6749 §5.1)."""
    granted = tokens.get("scope")
    if scope is None or not isinstance(granted, str):
        return True
    return scope in granted.split(site.provider.scope_separator)


def _with(url: str, parameters: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"
