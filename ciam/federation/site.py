"""A provider as a connection meets it: its addresses, issuer and algorithms, all filled in.

With a `sandbox` every address is moved below it, the issuer too: a rehearsal can never prove an
identity of the real provider.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ciam.federation.backchannel import Refused
from ciam.federation.catalogue import get_provider
from ciam.federation.provider import Endpoints
from ciam.federation.published import get_document
from ciam.federation.refusals import NoSuchConnection
from ciam.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ciam.federation.provider import Claims, Provider
    from ciam.outbound import Outbound
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.connections import Connection

_DISCOVERY: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Site:
    """What an exchange over a connection has to know."""

    connection: Connection
    provider: Provider
    endpoints: Endpoints
    sends_iss: bool

    @property
    def name(self) -> str:
        """What people call it, where their language is not known."""
        return name_of(self.connection, self.provider, "")

    @property
    def options(self) -> dict[str, str]:
        """The settings that only this provider has, defaults included."""
        return options_of(self.connection, self.provider)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """What an ID token may be signed with."""
        chosen = self.connection.algorithm
        return self.provider.algorithms if chosen is None else (chosen,)

    @property
    def scope(self) -> str:
        """What is asked for."""
        scopes = self.connection.scopes or self.provider.scopes
        return self.provider.scope_separator.join(scopes)

    def issuer_for(self, claims: Claims) -> str:
        """Give the issuer that these claims have to name; raise Refused when they cannot."""
        if self.provider.issuer_of is None:
            return self.moved(self.connection.issuer or self.provider.issuer or "")
        try:
            return self.moved(self.provider.issuer_of(claims, self.options))
        except ValueError as error:
            raise Refused(str(error)) from error

    def names_issuer(self, name: object, issuer: str) -> bool:
        """Tell whether a value names the issuer, by its other names too."""
        others = [self.moved(alias) for alias in self.provider.issuer_aliases]
        return name in (issuer, *others)

    def moved(self, url: str) -> str:
        """Give an address of the provider, below the sandbox if there is one."""
        return _below(self.connection.sandbox, url)


async def find_connection(transaction: UnitOfWork, key: str) -> Connection:
    """Give a connection; raise NoSuchConnection."""
    found = await transaction.connections.find(key)
    if found is None:
        raise NoSuchConnection
    return found


async def open_site(outbound: Outbound, connection: Connection, now: datetime) -> Site:
    """Fill in a provider; raise Unanswered or Refused where its discovery document is needed."""
    provider = get_provider(connection.provider)
    if connection.endpoints is not None:
        given = _given(connection.endpoints)
        return Site(connection, provider, _moved(given, connection), provider.sends_iss)
    if provider.endpoints is not None:
        filled = _filled(provider.endpoints, options_of(connection, provider))
        return Site(connection, provider, _moved(filled, connection), provider.sends_iss)
    issuer = _below(connection.sandbox, connection.issuer or "")
    document = await get_document(outbound, issuer.rstrip("/") + _DISCOVERY, now)
    if document.get("issuer") != issuer:
        raise Refused("the discovery document is of another issuer")  # OIDC Discovery §4.3
    sends_iss = document.get("authorization_response_iss_parameter_supported") is True
    return Site(connection, provider, _discovered(document), sends_iss)


def name_of(connection: Connection, provider: Provider, language: str) -> str:
    """Give what people call a connection, in a language."""
    short = language.split("-", maxsplit=1)[0]
    names = connection.names
    return names.get(language) or names.get(short) or provider.name_in(language)


def options_of(connection: Connection, provider: Provider) -> dict[str, str]:
    """Give the options of a connection, defaults included."""
    defaults = {name: one.default for name, one in provider.options.items() if one.default}
    return {**defaults, **connection.options}


def _given(endpoints: Mapping[str, str]) -> Endpoints:
    return Endpoints(
        endpoints["authorization"],
        endpoints["token"],
        endpoints.get("userinfo"),
        endpoints.get("jwks"),
    )


def _filled(endpoints: Endpoints, options: Mapping[str, str]) -> Endpoints:
    def fill(url: str) -> str:
        for name, value in options.items():
            url = url.replace(f"{{{name}}}", value)
        return url

    return _each(endpoints, fill)


def _moved(endpoints: Endpoints, connection: Connection) -> Endpoints:
    return _each(endpoints, lambda url: _below(connection.sandbox, url))


def _each(endpoints: Endpoints, change: Callable[[str], str]) -> Endpoints:
    return replace(
        endpoints,
        authorization=change(endpoints.authorization),
        token=change(endpoints.token),
        userinfo=None if endpoints.userinfo is None else change(endpoints.userinfo),
        jwks=None if endpoints.jwks is None else change(endpoints.jwks),
        further={name: change(url) for name, url in endpoints.further.items()},
    )


def _below(sandbox: str | None, url: str) -> str:
    """Give `SANDBOX/host/path` for `https://host/path`."""
    return url if sandbox is None else f"{sandbox}/{url.removeprefix('https://')}"


def _discovered(document: Mapping[str, Any]) -> Endpoints:
    names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
    authorization, token, userinfo, jwks = (document.get(name) for name in names)
    for url in (authorization, token, jwks):
        if not isinstance(url, str):
            raise Refused("the discovery document lacks an address")
    # The browser is sent there, so the guard of our own requests does not look at it.
    parts = urlsplit(str(authorization))
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise Refused("the authorization endpoint is not https")
    return Endpoints(
        str(authorization),
        str(token),
        userinfo if isinstance(userinfo, str) else None,
        str(jwks),
    )
