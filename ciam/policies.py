"""Policies: what an operator decides about lifetimes, limits and passwords, with safe defaults.

Typed and frozen; stored as one document for each section (table `policy`), changed by console, API
or config file while the server runs. Durations are in seconds in a file and `timedelta` here.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

Seconds = Annotated[
    timedelta,
    Field(gt=timedelta(0), le=timedelta(days=3650)),
    PlainSerializer(lambda value: int(value.total_seconds()), return_type=int),
]


class Section(BaseModel):
    """One section of the policies; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WordsSection(Section):
    """A section whose values are words, of which one is `off`."""

    @model_validator(mode="before")
    @classmethod
    def _off_is_a_word(cls, document: Any) -> Any:  # noqa: ANN401 - whatever was written
        """Read the bare `off` of YAML 1.1, where it means false."""
        if not isinstance(document, dict):
            return document
        return {name: "off" if value is False else value for name, value in document.items()}


class SessionPolicy(Section):
    """How long a session of a customer lasts."""

    lifetime: Seconds = Field(default=timedelta(days=30), description="At the latest it ends then.")
    idle: Seconds = Field(default=timedelta(days=7), description="It ends after so long unused.")
    fresh: Seconds = Field(
        default=timedelta(minutes=5), description="What changes access needs a sign-in this recent."
    )
    app: Seconds = Field(
        default=timedelta(days=7),
        description="What a native app of ours holds (auth_session), unused, when it is bound to no"
        " key of the device.",
    )
    app_bound: Seconds = Field(
        default=timedelta(days=90), description="The same, bound to a key of the device (DPoP)."
    )
    app_key: Literal["optional", "required"] = Field(
        default="optional",
        description="required: a native app of ours without a DPoP proof begins nothing.",
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
    password_window: Seconds = Field(
        default=timedelta(minutes=15), description="The window in which failures are counted."
    )
    password_failures_known_device: int = Field(
        default=20, ge=3, description="The same from a browser that signed this customer in before."
    )
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
    """When a browser that is not known has to work before a password is compared or a code sent."""

    proof_of_work: Literal["off", "under_attack", "always"] = Field(
        default="under_attack",
        description="under_attack: while many sign-ins fail, everywhere or from one network, or "
        "many codes are asked for.",
    )
    failures_minute: int = Field(
        default=300, ge=10, description="Failed sign-ins of everybody a minute: an attack."
    )
    codes_minute: int = Field(
        default=600, ge=10, description="Codes for everybody a minute, by mail or text: an attack."
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

    layout: Literal["one_page", "identifier_first"] = Field(
        default="one_page", description="Address and password on one page, or one after the other."
    )
    sign_up: Literal["open", "closed"] = Field(
        default="open", description="closed: nobody joins by the pages."
    )
    code_lifetime: Seconds = Field(default=timedelta(minutes=10), description="A mailed code.")
    journey_lifetime: Seconds = Field(
        default=timedelta(hours=1), description="A sign-in or recovery under way."
    )
    sign_up_lifetime: Seconds = Field(
        default=timedelta(hours=24), description="A sign-up under way; its mail may be slow."
    )
    invitation: Seconds = Field(
        default=timedelta(days=7), description="A link that an operator has mailed to a customer."
    )
    resend_wait: Seconds = Field(default=timedelta(seconds=30), description="Before sending again.")


class NamePolicy(WordsSection):
    """By which names customers sign in, beside their e-mail address."""

    phone: Literal["off", "sign_in", "sign_up"] = Field(
        default="off",
        description="sign_in: an account may have a number to sign in with; sign_up: one may also"
        " register with nothing but a number.",
    )
    username: Literal["off", "optional", "required"] = Field(
        default="off", description="Whether a user name is chosen at registration."
    )
    region: str = Field(
        default="JP",
        pattern="^[A-Z]{2}$",
        description="The country (ISO 3166-1) of numbers written without a country code.",
    )


class SmsPolicy(Section):
    """How many short messages may leave, to where, and what they may cost.

    Whoever earns from the calls to a range of numbers can have codes sent there by robots. So
    messages go to listed countries only: Japan, unless others are named. Nothing is sent at all
    before a phone number or a texted code is switched on.
    """

    countries: tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...] = Field(
        default=("JP",), description="Countries (ISO 3166-1) that messages may go to."
    )
    number_hour: int = Field(default=3, ge=1, le=10, description="To one number an hour.")
    number_day: int = Field(default=10, ge=1, le=50, description="To one number a day.")
    block_hour: int = Field(
        default=60, ge=3, description="To one block of 100,000 numbers an hour."
    )
    network_hour: int = Field(
        default=20, ge=1, description="Caused from one network address an hour."
    )
    conversion_sends: int = Field(
        default=50, ge=10, le=1000, description="After so many codes a block is judged."
    )
    conversion_percent: int = Field(
        default=20, ge=0, le=100, description="Fewer codes used than this stop the block."
    )
    block_stop: Seconds = Field(
        default=timedelta(hours=24), description="How long a stopped block gets no codes."
    )
    part_price: int = Field(
        default=10, ge=0, description="What a part of a message costs, in units of the budget."
    )
    daily_budget: int = Field(
        default=10_000, ge=0, description="What codes may cost a day (UTC), in the same units."
    )


Part = Literal["first", "second"]


class MethodPolicy(WordsSection):
    """Which methods may be used as what: alone or `first`, as a `second` factor, `both`, `off`.

    An app or a brand may differ in any of these (`methods` of its own); the app has the last word.
    """

    password: Literal["first", "off"] = Field(default="first")
    passkey: Literal["first", "second", "both", "off"] = Field(
        default="both", description="As the first one it is two factors in one."
    )
    email_code: Literal["first", "second", "both", "off"] = Field(
        default="both", description="A mailed code; second for who has switched it on or has none."
    )
    sms_code: Literal["first", "second", "both", "off"] = Field(
        default="off",
        description="A code in a text message. It costs money, and a number can be taken over.",
    )
    federated: Literal["first", "off"] = Field(default="first", description="Social logins.")
    totp: Literal["second", "off"] = Field(default="second", description="Authenticator apps.")
    recovery_code: Literal["second", "off"] = Field(default="second")
    second_factor: Literal["off", "optional", "required"] = Field(
        default="optional",
        description=(
            "optional: asked of who has set one up. required: always asked, on trusted devices"
            " too; who has none sets one up before going on."
        ),
    )

    lost_second_factor: Literal["wait", "off"] = Field(
        default="wait",
        description=(
            "wait: who has lost it goes on without it after a time in which every contact is"
            " told (policy `recovery`). off: never, for whoever uses such an app or brand."
        ),
    )

    @model_validator(mode="after")
    def _somebody_can_sign_in(self) -> Self:
        names = set(type(self).model_fields) - {"recovery_code"}  # which only stands in for one
        has_second = any(self.allows(name, "second") for name in names)
        if not any(self.allows(name, "first") for name in names):
            msg = "nobody could sign in: no method is first"
            raise ValueError(msg)
        if self.second_factor == "required" and not has_second:
            msg = "nobody could sign in: a second factor is required, and no method is second"
            raise ValueError(msg)
        return self

    def allows(self, method: str, part: Part) -> bool:
        """Tell whether a method may be used as this part of a sign-in."""
        return getattr(self, method, "off") in {part, "both"}

    def overridden_by(self, *documents: Mapping[str, Any]) -> Self:
        """Give the policy with what each document says otherwise, the last one the strongest."""
        changes: dict[str, Any] = {}
        for document in documents:
            changes |= document
        return self.model_copy(update=changes) if changes else self


MethodOverrides = Annotated[
    MethodPolicy,
    PlainSerializer(lambda value: value.model_dump(exclude_unset=True), return_type=dict[str, str]),
]
"""What an app or a brand says otherwise than the installation: only what is set is kept."""


class RecoveryPolicy(Section):
    """How a customer goes on whose second factor is lost (`methods.lost_second_factor`).

    Whoever asks has proven the first factor and, by a code, another contact. Then it waits, and
    every proven address and number is told, each time with a link that cancels it.
    """

    wait: Annotated[
        timedelta,
        Field(ge=timedelta(hours=1), le=timedelta(days=60)),
        PlainSerializer(lambda value: int(value.total_seconds()), return_type=int),
    ] = Field(
        default=timedelta(hours=72), description="Before a lost second factor may be removed."
    )
    notice_every: Seconds = Field(
        default=timedelta(hours=24), description="Between the notices while it waits."
    )
    open_for: Seconds = Field(
        default=timedelta(days=7), description="How long after the wait one may go on."
    )
    requests: int = Field(
        default=3, ge=1, le=20, description="For one customer in seven days; more are refused."
    )


class DevicePolicy(Section):
    """Devices on which a customer chose not to be asked for the second factor again."""

    trust: Literal["offered", "off"] = Field(
        default="offered", description="off: nobody is offered it, and no device counts any more."
    )
    trusted_for: Seconds = Field(
        default=timedelta(days=30), description="Then the second factor is asked for again."
    )


class RiskPolicy(Section):
    """How a sign-in is judged by what speaks against it; the score is the sum of the weights."""

    mode: Literal["off", "observe", "enforce"] = Field(
        default="observe",
        description="observe: judged and shown to operators, nobody is asked or refused for it.",
    )
    ask: int = Field(
        default=50, ge=1, le=1000, description="From this score on a second factor is asked for."
    )
    refuse: int = Field(
        default=100, ge=1, le=1000, description="From this score on the sign-in is refused."
    )
    weights: dict[str, Annotated[int, Field(ge=0, le=1000)]] = Field(
        default={}, description="Weights of signals by name, where they differ; 0 for not at all."
    )
    keep: Seconds = Field(default=timedelta(days=90), description="How long judgements are kept.")


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
    devices: DevicePolicy = DevicePolicy()
    risk: RiskPolicy = RiskPolicy()
    recovery: RecoveryPolicy = RecoveryPolicy()
    names: NamePolicy = NamePolicy()
    sms: SmsPolicy = SmsPolicy()
    passkeys: PasskeyPolicy = PasskeyPolicy()
    methods: MethodPolicy = MethodPolicy()
    operators: OperatorPolicy = OperatorPolicy()
    linking: LinkingPolicy = LinkingPolicy()
