"""Every environment variable of the process, typed, with its meaning and unit.

What an operator changes while the server runs (clients, purposes, policies) lies in tables, not
here. The settings are read once, frozen, and passed in; nothing else reads the environment.
"""

from __future__ import annotations

import ipaddress
import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ciam.errors import Misconfigured

_Listed = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """The environment of one process; the prefix of every variable is `CIAM_`."""

    model_config = SettingsConfigDict(env_prefix="CIAM_", frozen=True, extra="ignore")

    home: Path = Field(
        default=Path(".ciam"),
        description="Folder of the embedded database, the master key (mode 0600) and the outboxes.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on.")
    issuer: str = Field(
        default="",
        description="Issuer identifier, the public base URL (OIDC Core §2); http only on loopback. "
        "Default: http://localhost:PORT.",
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="postgresql+asyncpg://user:password@host/name, or sqlite:///path. "
        "Default: SQLite in the home.",
    )
    database_pool: int = Field(
        default=10, ge=1, le=200, description="PostgreSQL connections of one worker."
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Optional Redis or Valkey: tells nodes of reached limits; never a truth.",
    )
    mail_url: SecretStr = Field(
        default=SecretStr("file:"),
        description="file: (one .eml for each message under HOME/mail), smtp://user:pw@host:port "
        "or smtps://...",
    )
    mail_from: str = Field(
        default="ciam <no-reply@localhost>", description="Sender of every mail (RFC 5322 mailbox)."
    )
    sms_url: SecretStr = Field(
        default=SecretStr("file:"),
        description="file: (one JSON for each message under HOME/sms), https://:SECRET@host/path "
        "(a signed web hook) or twilio://SID:TOKEN@host?from=NUMBER.",
    )
    master_key: SecretStr | None = Field(
        default=None, description="Master key: 32 bytes in base64url, or use CIAM_MASTER_KEY_FILE."
    )
    master_key_file: Path | None = Field(
        default=None, description="File with the master key; default HOME/master.key, made once."
    )
    outbound_allow: _Listed = Field(
        default=(),
        description="host:port, comma separated: what the guard of outgoing requests lets through "
        "although the address is private.",
    )
    outbound_ca: Path | None = Field(
        default=None, description="PEM file of further certificate authorities for outgoing TLS."
    )
    trusted_proxies: _Listed = Field(
        default=(),
        description="Addresses or networks, comma separated, whose X-Forwarded-For is believed.",
    )
    country_table: Path | None = Field(
        default=None,
        description="CSV file (first,last,country or network,country) that says which country "
        "an address is in, in place of the registries' assignments that come along.",
    )
    anonymous_networks: Path | None = Field(
        default=None,
        description="File with one address or network a line (VPN, Tor, hosting): "
        "a sign-in from there is a signal of risk.",
    )
    breached_passwords: Path | None = Field(
        default=None,
        description="File of breached passwords: sorted SHA-1 hashes, one a line, as Have I Been "
        "Pwned hands them out. Default: the short list that is built in.",
    )
    hash_threads: int = Field(
        default=0, ge=0, le=64, description="Threads that hash passwords; 0: one for each core."
    )
    drain: float | None = Field(
        default=None,
        ge=0,
        le=300,
        description="Seconds between SIGTERM and closing the listener, while /readyz says no. "
        "Default: 5 beyond loopback, else 0.",
    )
    log_format: str = Field(
        default="text", pattern="^(text|json)$", description="text for people, json for machines."
    )
    log_level: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="debug, info, warning or error.",
    )
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Port of Prometheus metrics; 0: none are served."
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address of the metrics: reachable by Prometheus alone."
    )
    parent: int | None = Field(
        default=None, description="Set by `ciam serve` for its workers: the process to end with."
    )

    @field_validator("outbound_allow", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

    @field_validator("issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            msg = "must be an http or https URL"
            raise ValueError(msg)
        if parts.query or parts.fragment or parts.path not in {"", "/"}:
            msg = "must have neither path, query nor fragment"
            raise ValueError(msg)
        return value.rstrip("/")

    @model_validator(mode="after")
    def _defaults(self) -> Self:
        object.__setattr__(self, "home", self.home.absolute())
        if not self.issuer:
            object.__setattr__(self, "issuer", f"http://localhost:{self.port}")
        if not self.database_url.get_secret_value():
            url = f"sqlite:///{self.home / 'ciam.db'}"
            object.__setattr__(self, "database_url", SecretStr(url))
        return self

    @property
    def is_https(self) -> bool:
        """Whether the issuer is https: then cookies are Secure and carry the `__Host-` prefix."""
        return self.issuer.startswith("https://")

    @property
    def drain_time(self) -> timedelta:
        """Between SIGTERM and closing the listener."""
        if self.drain is not None:
            return timedelta(seconds=self.drain)
        return timedelta(seconds=0 if is_loopback(urlsplit(self.issuer).hostname or "") else 5)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return self.database_url.get_secret_value().startswith("sqlite")

    def check_exposure(self) -> None:
        """Refuse to serve beyond loopback without https and a master key of the operator's own."""
        public = [
            name
            for name, host in (
                ("CIAM_HOST", self.host),
                ("CIAM_ISSUER", urlsplit(self.issuer).hostname or ""),
            )
            if not is_loopback(host)
        ]
        if not public:
            return
        missing = []
        if not self.is_https:
            missing.append("CIAM_ISSUER (an https:// address)")
        if self.master_key is None and self.master_key_file is None:
            missing.append("CIAM_MASTER_KEY or CIAM_MASTER_KEY_FILE")
        if missing:
            cause = f"{' and '.join(public)} not on loopback: set {' and '.join(missing)}"
            raise Misconfigured(cause)


def hand_down(settings: Settings) -> None:
    """Put settings given on the command line into the environment that worker processes inherit."""
    os.environ.update(
        CIAM_HOME=str(settings.home),
        CIAM_HOST=settings.host,
        CIAM_PORT=str(settings.port),
        CIAM_ISSUER=settings.issuer,
        CIAM_PARENT=str(os.getpid()),
    )


def share_metrics(settings: Settings) -> Path:
    """Give the folder where the workers of this node count, emptied.

    Must be called before anything imports `ciam.metrics`, which looks for it once.
    """
    folder = settings.home / "metrics"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return folder


def wants_traces() -> bool:
    """Tell whether the standard variables of OpenTelemetry name where spans go, and forbid none."""
    endpoints = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    is_off = (
        os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
        or os.environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp"
    )
    return not is_off and any(os.environ.get(name) for name in endpoints)


def read_variable(name: str) -> str | None:
    """Give a variable that a config file refers to as `${env:NAME}`, or None when it is not set."""
    return os.environ.get(name)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine only."""
    if host in {"localhost", ""} or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
