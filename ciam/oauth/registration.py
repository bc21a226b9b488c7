"""Client metadata: what may be registered, and why the rest is refused (RFC 7591 §2, RFC 9700).

The names are those of the specification; ours stand beside them. A redirect URI is compared exactly
later, so everything that could be read in two ways is refused here.
"""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from ciam.oauth.errors import InvalidScope
from ciam.oauth.scopes import parse_scope
from ciam.policies import MethodOverrides, MethodPolicy
from ciam.settings import is_loopback
from ciam.storage.stores.clients import APP_ORIGIN

_HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]{0,4})?")
"""Host and port also end up in the policy of a page (CSP), where `;` would begin a directive."""


def check_redirect_uri_form(uri: str) -> str:
    """Give a redirect URI; raise ValueError for one with two readings (RFC 6749 §3.1.2)."""
    printable = uri.isascii() and uri.isprintable() and " " not in uri
    parts = urlsplit(uri)
    if not printable or not parts.scheme or "\\" in uri or "*" in uri:
        msg = f"{uri!r} is not an absolute URI of printable ASCII without wildcards"
        raise ValueError(msg)
    if parts.fragment or uri.endswith("#"):
        msg = f"{uri} has a fragment"
        raise ValueError(msg)
    if parts.username is not None or parts.password is not None:
        msg = f"{uri} has user information"
        raise ValueError(msg)
    if any(segment in {".", ".."} for segment in parts.path.split("/")):
        msg = f"{uri} has a path with dots"
        raise ValueError(msg)
    if parts.scheme in {"http", "https"}:
        if not _HOST.fullmatch(parts.netloc):
            msg = f"{uri} has no plain host and port"
            raise ValueError(msg)
        if parts.scheme == "http" and not is_loopback(parts.hostname or "-"):
            msg = f"{uri} is http beyond loopback"
            raise ValueError(msg)
    elif "." not in parts.scheme:
        msg = f"{uri}: a private-use scheme is a reversed domain name (RFC 8252 §7.1)"
        raise ValueError(msg)
    return uri


def _check_link(uri: str) -> str:
    """Give an address that a page may link: https, http on loopback, or a path of this server."""
    parts = urlsplit(uri)
    is_path = uri.startswith("/") and not uri.startswith(("//", "/\\"))
    is_web = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(_host(uri)))
    if not is_path and not (is_web and parts.hostname):
        msg = "must be an https URL"
        raise ValueError(msg)
    return uri


def _check_origin(origin: str) -> str:
    """Give an origin as a browser sends it (RFC 6454 §6.2): scheme, host, port, nothing else.

    What stands for one where an Android app uses a passkey is another kind of it.
    """
    if APP_ORIGIN.fullmatch(origin):
        return origin
    parts = urlsplit(check_redirect_uri_form(origin))
    is_web = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(_host(origin)))
    if not is_web or origin != f"{parts.scheme}://{parts.netloc}" or origin != origin.lower():
        msg = f"{origin} is not an origin like https://shop.example.jp"
        raise ValueError(msg)
    return origin


def _host(uri: str) -> str:
    return urlsplit(uri).hostname or ""


ClientIdentifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$")]
Localised = str | Annotated[dict[str, str], Field(min_length=1)]
Link = Annotated[str, AfterValidator(_check_link)]
Origin = Annotated[str, AfterValidator(_check_origin)]
RedirectUri = Annotated[str, AfterValidator(check_redirect_uri_form)]


class ClientMetadata(BaseModel):
    """One client, as a config file, the console or registration describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_name: Localised = Field(description="Shown to people; by language where it differs.")
    client_uri: Link | None = None
    logo_uri: Link | None = Field(default=None, description="Never fetched by the server.")
    policy_uri: Link | None = None
    tos_uri: Link | None = None
    contacts: tuple[str, ...] = ()
    redirect_uris: tuple[RedirectUri, ...] = ()
    post_logout_redirect_uris: tuple[RedirectUri, ...] = ()
    application_type: Literal["web", "native"] = "web"
    token_endpoint_auth_method: Literal["client_secret_basic", "client_secret_post", "none"] = (
        "client_secret_basic"
    )
    grant_types: tuple[
        Literal["authorization_code", "refresh_token", "client_credentials"], ...
    ] = ("authorization_code", "refresh_token")
    response_types: tuple[Literal["code"], ...] = ("code",)
    scope: str = Field(default="openid profile email", description="Scopes it may ask for.")
    subject_type: Literal["public", "pairwise"] = "public"
    id_token_signed_response_alg: Literal["ES256", "RS256"] = "RS256"
    default_max_age: Annotated[int, Field(ge=0)] | None = None
    require_auth_time: bool = False

    require_pkce: bool = Field(default=True, description="A confidential client may do without.")
    refresh_rotation: Literal["auto", "always", "never"] = "auto"
    id_token_claims: bool = Field(default=False, description="Profile claims in the ID token.")
    access_token_format: Literal["jwt", "opaque"] = "jwt"
    audience: tuple[str, ...] = Field(default=(), description="Default audience of its tokens.")
    allowed_origins: tuple[Origin, ...] = Field(
        default=(),
        description="Whose scripts may call us, beside those of redirect_uris. Of a native Android"
        " app with passkeys: android:apk-key-hash: and the hash of its certificate.",
    )
    methods: MethodOverrides = Field(
        default=MethodPolicy(), description="How people sign in, where it differs."
    )
    first_party: bool = Field(default=False, description="Scopes need no page of their own.")
    own_interface: bool = Field(
        default=False,
        description="Of ours, with its own screens to sign in, sign up and recover.",
    )
    recipient_kind: Literal[
        "ourselves", "processor", "joint_use", "third_party", "cross_border"
    ] = "third_party"

    @field_validator("scope")
    @classmethod
    def _scope(cls, scope: str) -> str:
        try:
            parse_scope(scope)
        except InvalidScope as error:
            raise ValueError(error.cause) from error
        return scope

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        is_public = self.token_endpoint_auth_method == "none"
        if is_public and not self.require_pkce:
            msg = "a public client cannot do without PKCE (RFC 9700 §2.1.1)"
            raise ValueError(msg)
        if is_public and "client_credentials" in self.grant_types:
            msg = "a public client has no credentials for client_credentials (RFC 6749 §4.4)"
            raise ValueError(msg)
        if "authorization_code" in self.grant_types and not self.redirect_uris:
            msg = "authorization_code needs at least one of redirect_uris"
            raise ValueError(msg)
        if self.own_interface and not self.first_party:
            msg = "own_interface is for first_party apps alone: they see passwords and codes"
            raise ValueError(msg)
        if self.subject_type == "pairwise" and len({_host(uri) for uri in self.redirect_uris}) > 1:
            msg = "pairwise with redirect_uris on several hosts has no one sector (OIDC Core §8.1)"
            raise ValueError(msg)
        if self.application_type == "web":
            if any(APP_ORIGIN.fullmatch(one) for one in self.allowed_origins):
                msg = "an origin of an Android app is for application_type native"
                raise ValueError(msg)
            for uri in self.redirect_uris:
                _check_web_redirect(uri)
        return self

    def to_document(self) -> dict[str, Any]:
        """Give the document that is stored: every field, so a later default changes nothing."""
        return self.model_dump(mode="json")


class ClientConfig(ClientMetadata):
    """A client in a config file: its metadata, its key and its secret."""

    client_id: ClientIdentifier
    client_secret: SecretStr | None = None
    brand: str | None = None
    state: Literal["present", "created"] = "present"

    @model_validator(mode="after")
    def _secret_fits(self) -> Self:
        needs = self.token_endpoint_auth_method != "none"
        if needs and self.client_secret is None:
            msg = (
                f"token_endpoint_auth_method {self.token_endpoint_auth_method} needs client_secret"
            )
            raise ValueError(msg)
        if not needs and self.client_secret is not None:
            msg = "a public client has no client_secret"
            raise ValueError(msg)
        if self.client_secret is not None:
            _check_secret(self.client_secret.get_secret_value())
        return self

    def to_document(self) -> dict[str, Any]:
        """Give the metadata alone; key, secret and brand have columns of their own."""
        return self.model_dump(
            mode="json", exclude={"client_id", "client_secret", "brand", "state"}
        )


_SECRET_LENGTH = 20


def _check_web_redirect(uri: str) -> None:
    if urlsplit(uri).scheme not in {"http", "https"}:
        msg = f"{uri}: only a native application may have a private-use scheme"
        raise ValueError(msg)


def _check_secret(secret: str) -> None:
    if len(secret) < _SECRET_LENGTH or not secret.isascii() or not secret.isprintable():
        msg = f"client_secret must be random: at least {_SECRET_LENGTH} printable ASCII characters"
        raise ValueError(msg)
