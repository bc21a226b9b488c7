"""What an operator writes to switch a provider on, and why it may be refused."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from ciam.errors import Misconfigured
from ciam.federation.catalogue import get_provider
from ciam.federation.provider import ClientAuthentication, KeySource, Provider
from ciam.settings import is_loopback

ConnectionKey = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]

Trust = Literal["authoritative", "verified", "asserted", "none"]

Algorithm = Literal["RS256", "ES256", "PS256", "EdDSA"]
"""What a connection may choose: never one whose key is a secret, never `none`."""


class EndpointsConfig(BaseModel):
    """The addresses of a provider that publishes none; from its manual."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authorization: str
    token: str
    jwks: str
    userinfo: str | None = None


class ConnectionConfig(BaseModel):
    """A connection: a provider, what it knows us by, and what differs from its declaration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: ConnectionKey = Field(description="Stands in the address of the callback.")
    provider: str = Field(description="A file of providers/, without its ending.")
    client_id: str = Field(min_length=1, max_length=255)
    client_secret: SecretStr | None = Field(
        default=None, description="For Apple the private key (PEM). By ${env:} or ${file:}."
    )
    names: dict[str, str] = Field(default={}, description="For people, by language.")
    scopes: tuple[str, ...] | None = Field(
        default=None, description="Instead of the provider's; those it cannot do without stay."
    )
    order: int = Field(default=100, description="Of the buttons; smaller is higher.")
    email_trust: Trust = Field(
        default="authoritative", description="The most its addresses are worth; never raises."
    )
    keep_tokens: bool = Field(
        default=False, description="Keep the provider's tokens, sealed, while somebody is linked."
    )
    options: dict[str, str] = Field(default={}, description="What only this provider has.")
    issuer: str | None = Field(default=None, description="Where the provider leaves it open.")
    endpoints: EndpointsConfig | None = Field(
        default=None, description="Where the provider leaves them open and publishes none."
    )
    algorithm: Algorithm | None = Field(
        default=None, description="Of its ID tokens, where the provider leaves it open."
    )
    sandbox: str | None = Field(
        default=None, description="Where a copy of the provider stands, for rehearsals and demos."
    )

    state: Literal["present", "created"] = "present"

    @model_validator(mode="after")
    def _fits_the_provider(self) -> Self:
        try:
            problem = _find_problem(self, get_provider(self.provider))
        except Misconfigured as error:
            raise ValueError(error.cause) from error
        if problem is not None:
            raise ValueError(problem)
        return self

    def to_document(self) -> dict[str, Any]:
        """Give what is stored in the open: everything but the key and the secret."""
        return self.model_dump(mode="json", exclude={"key", "client_secret", "state"})

    def secret(self) -> str | None:
        """Give the secret, to be sealed."""
        return None if self.client_secret is None else self.client_secret.get_secret_value()


def _find_problem(config: ConnectionConfig, provider: Provider) -> str | None:
    return (
        _of_options(config, provider)
        or _of_scopes(config, provider)
        or _of_addresses(config, provider)
        or _of_secret(config, provider)
    )


def _of_options(config: ConnectionConfig, provider: Provider) -> str | None:
    for name, value in config.options.items():
        option = provider.options.get(name)
        if option is None:
            return f"{provider.key} has no option {name}"
        if not option.accepts(value):
            return f"the option {name} does not look like {option.pattern}"
    missing = [
        name
        for name, option in provider.options.items()
        if option.default is None and name not in config.options
    ]
    return f"{provider.key} needs the options {', '.join(missing)}" if missing else None


def _of_scopes(config: ConnectionConfig, provider: Provider) -> str | None:
    missing = set(provider.required_scopes) - set(config.scopes or provider.required_scopes)
    if missing:
        return f"{provider.key} cannot do without the scope {', '.join(sorted(missing))}"
    return None


def _of_addresses(config: ConnectionConfig, provider: Provider) -> str | None:
    is_open = provider.issuer is None and provider.issuer_of is None
    given = {"issuer": config.issuer, "endpoints": config.endpoints, "algorithm": config.algorithm}
    if not is_open:
        wrong = [name for name, value in given.items() if value is not None]
        return f"{provider.key} fixes its {wrong[0]} itself" if wrong else _of_sandbox(config)
    if config.issuer is None:
        return f"{provider.key} needs an issuer"
    urls = [config.issuer]
    if config.endpoints is not None:
        urls += [url for url in config.endpoints.model_dump().values() if url is not None]
    unsafe = [url for url in urls if not _is_address(url)]
    return f"{unsafe[0]} is not an https address" if unsafe else _of_sandbox(config)


def _of_sandbox(config: ConnectionConfig) -> str | None:
    if config.sandbox is None or _is_address(config.sandbox):
        return None
    return f"{config.sandbox} is not an https address"


def _of_secret(config: ConnectionConfig, provider: Provider) -> str | None:
    secret = config.secret()
    if provider.client_authentication is ClientAuthentication.MINTED:
        is_key = secret is not None and _is_ec_key(secret)
        return None if is_key else "the client_secret has to be an EC private key (PEM)"
    if secret is None and provider.keys is KeySource.CLIENT_SECRET:
        return f"{provider.key} needs the client_secret to verify what it says"
    return None


def _is_ec_key(secret: str) -> bool:
    try:
        return ECKey.import_key(secret).is_private
    except (JoseError, ValueError, TypeError):
        return False


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    has_only_path = not (parts.query or parts.fragment or parts.username)
    is_local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    is_plain = has_only_path and not re.search(r"\s", url)
    return (parts.scheme == "https" or is_local) and bool(parts.hostname) and is_plain
