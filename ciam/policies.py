"""Policies: what an operator decides about lifetimes, limits and passwords, with safe defaults.

Typed and frozen; stored as one document for each section (table `policy`), changed by console, API
or config file while the server runs. Durations are in seconds in a file and `timedelta` here.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

Seconds = Annotated[
    timedelta,
    Field(gt=timedelta(0), le=timedelta(days=3650)),
    PlainSerializer(lambda value: int(value.total_seconds()), return_type=int),
]


class Section(BaseModel):
    """One section of the policies; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SessionPolicy(Section):
    """How long a session of a customer lasts."""

    lifetime: Seconds = Field(default=timedelta(days=30), description="At the latest it ends then.")
    idle: Seconds = Field(default=timedelta(days=7), description="It ends after so long unused.")
    fresh: Seconds = Field(
        default=timedelta(minutes=5), description="What changes access needs a sign-in this recent."
    )


class TokenPolicy(Section):
    """How long what we issue lives; a client may have shorter ones."""

    code: Seconds = Field(default=timedelta(seconds=60), description="Authorization code.")
    access_token: Seconds = Field(default=timedelta(seconds=240), description="Access token.")
    id_token: Seconds = Field(default=timedelta(minutes=10), description="ID token.")
    refresh_token: Seconds = Field(
        default=timedelta(days=30), description="Unused refresh token; each use starts anew."
    )
    authorization: Seconds = Field(
        default=timedelta(days=180), description="A token family ends at the latest then."
    )
    refresh_grace: Annotated[
        timedelta,
        Field(ge=timedelta(0), le=timedelta(seconds=60)),
        PlainSerializer(lambda value: int(value.total_seconds()), return_type=int),
    ] = Field(default=timedelta(seconds=10), description="A lost reply may be asked again.")
    authorization_request: Seconds = Field(
        default=timedelta(hours=1), description="How long a person may take to sign in and decide."
    )


class PasswordPolicy(Section):
    """What a password must be, and how it is stored (RFC 9106; OWASP minimum)."""

    minimum_length: int = Field(default=10, ge=8, le=64, description="Characters.")
    maximum_length: int = Field(default=256, ge=64, le=1024, description="Characters.")
    breached_range: bool = Field(
        default=False,
        description="Ask Have I Been Pwned too, which learns five digits of a hash.",
    )
    argon2_memory_kib: int = Field(default=19_456, ge=19_456, le=1_048_576, description="m, KiB.")
    argon2_iterations: int = Field(default=2, ge=2, le=20, description="t.")
    argon2_lanes: int = Field(default=1, ge=1, le=8, description="p.")


class LimitPolicy(Section):
    """How often something may be tried."""

    password_failures: int = Field(
        default=10, ge=3, description="For one customer from unknown devices, within the window."
    )
    password_window: Seconds = Field(default=timedelta(minutes=15))
    password_failures_known_device: int = Field(default=20, ge=3)
    address_failures: int = Field(
        default=50, ge=5, description="Failed sign-ins from one address (IPv6: /64), a window."
    )
    code_attempts: int = Field(default=5, ge=3, le=10, description="Guesses at one mailed code.")
    code_attempts_hour: int = Field(default=20, ge=5, description="Guesses for one target an hour.")
    code_attempts_day: int = Field(default=50, ge=5, description="Guesses for one target a day.")
    mails_hour: int = Field(default=5, ge=1, description="Mails to one address an hour.")
    mails_day: int = Field(default=10, ge=1, description="Mails to one address a day.")
    journeys_address_hour: int = Field(
        default=1000,
        ge=20,
        description="Sign-ins, sign-ups and recoveries begun from one network address an hour.",
    )
    api_writes_minute: int = Field(
        default=600, ge=1, description="Writes by the API, for one app and customer."
    )
    api_searches_minute: int = Field(
        default=120, ge=1, description="Searches for a customer by the API, for one service."
    )
    mails_address_hour: int = Field(
        default=60, ge=5, description="Mails caused from one network address an hour."
    )


class ChallengePolicy(Section):
    """When a browser that is not known has to work before its password is looked at."""

    proof_of_work: Literal["off", "under_attack", "always"] = Field(
        default="under_attack",
        description="under_attack: while many sign-ins fail, everywhere or from one network.",
    )
    failures_minute: int = Field(
        default=300, ge=10, description="Failed sign-ins of everybody a minute: an attack."
    )
    work: int = Field(
        default=100_000,
        ge=1000,
        le=10_000_000,
        description="Hashes at the most, half of it on average: a second or so.",
    )
    wait: Seconds = Field(
        default=timedelta(seconds=15), description="For a browser without scripts, instead of it."
    )
    waits: int = Field(
        default=10, ge=1, description="So many may wait instead, for one network in ten minutes."
    )


class SignInPolicy(Section):
    """How the sign-in and sign-up pages behave."""

    layout: Literal["one_page", "identifier_first"] = Field(default="one_page")
    sign_up: Literal["open", "closed"] = Field(default="open")
    code_lifetime: Seconds = Field(default=timedelta(minutes=10), description="A mailed code.")
    journey_lifetime: Seconds = Field(default=timedelta(hours=1))
    sign_up_lifetime: Seconds = Field(default=timedelta(hours=24))
    resend_wait: Seconds = Field(default=timedelta(seconds=30), description="Before sending again.")


class MethodPolicy(Section):
    """Which methods may be used as what; `off` for not at all."""

    totp: Literal["second", "off"] = Field(default="second", description="Authenticator apps.")
    recovery_code: Literal["second", "off"] = Field(default="second")
    second_factor: Literal["off", "optional"] = Field(
        default="optional", description="optional: asked of who has set one up."
    )


class PasskeyPolicy(Section):
    """How passkeys are offered and judged."""

    offer: bool = Field(default=True, description="After a sign-in with a password.")
    offer_again: Seconds = Field(
        default=timedelta(days=30), description="Not sooner on the same device."
    )
    most: int = Field(default=20, ge=1, le=100, description="For one customer.")
    count_regression: Literal["refuse", "note"] = Field(
        default="refuse",
        description="When a counter goes back, the key may have been copied. Noted either way.",
    )


class OperatorPolicy(Section):
    """How long operators are signed in, and how much they may see."""

    lifetime: Seconds = Field(
        default=timedelta(hours=12), description="At the latest it ends then."
    )
    idle: Seconds = Field(
        default=timedelta(minutes=30), description="It ends after so long unused."
    )
    fresh: Seconds = Field(
        default=timedelta(minutes=5),
        description="What is revealed or changes an operator needs a proof this recent.",
    )
    invitation: Seconds = Field(default=timedelta(hours=24), description="A link to join.")
    reveals_hour: int = Field(
        default=50, ge=1, description="Revealed values of one operator an hour; more are refused."
    )


class LinkingPolicy(Section):
    """How social logins join accounts that exist."""

    silent: tuple[str, ...] = Field(
        default=(),
        description="Connections whose authoritative address opens the account of it unasked.",
    )


class Policies(Section):
    """All sections; each is one row and one document in a config file."""

    sessions: SessionPolicy = SessionPolicy()
    tokens: TokenPolicy = TokenPolicy()
    passwords: PasswordPolicy = PasswordPolicy()
    limits: LimitPolicy = LimitPolicy()
    challenges: ChallengePolicy = ChallengePolicy()
    sign_in: SignInPolicy = SignInPolicy()
    passkeys: PasskeyPolicy = PasskeyPolicy()
    methods: MethodPolicy = MethodPolicy()
    operators: OperatorPolicy = OperatorPolicy()
    linking: LinkingPolicy = LinkingPolicy()
