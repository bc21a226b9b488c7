"""What a config file may say: one model for everything, unknown keys refused."""

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from ciam.authentication.risk_signals import SIGNALS
from ciam.consent.notices import NoticeDocument
from ciam.consent.parties import Key
from ciam.consent.purposes import PurposeDocument
from ciam.customers.attribute_document import AttributeDocument, AttributeKey
from ciam.federation.connection import ConnectionConfig, ConnectionKey
from ciam.oauth.registration import ClientConfig, ClientIdentifier
from ciam.policies import (
    ChallengePolicy,
    DevicePolicy,
    LimitPolicy,
    LinkingPolicy,
    MethodOverrides,
    MethodPolicy,
    NamePolicy,
    OperatorPolicy,
    PasskeyPolicy,
    PasswordPolicy,
    RecoveryPolicy,
    RiskPolicy,
    SessionPolicy,
    SignInPolicy,
    SmsPolicy,
    TokenPolicy,
)
from ciam.rendering.brands import Brand, BrandLinks, brand_problems


class BrandLinksConfig(BaseModel):
    """Where a brand's own pages are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: str | None = None
    help: str | None = None
    terms: str | None = None
    privacy: str | None = None


class BrandConfig(BaseModel):
    """A brand: name, logo, colours; refused when its pages would not be readable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    name: str = Field(min_length=1, max_length=80)
    names: dict[str, str] = {}
    logo_url: str | None = None
    accent: str | None = None
    radius: int | None = None
    typeface: str | None = None
    links: BrandLinksConfig = BrandLinksConfig()
    methods: MethodOverrides = MethodPolicy()
    state: Literal["present", "created"] = "present"

    @model_validator(mode="after")
    def _readable(self) -> Self:
        links = BrandLinks(**self.links.model_dump())
        problems = brand_problems(Brand(**{**self.to_look(), "links": links}))
        if problems:
            raise ValueError(" ".join(str(problem) for problem in problems))
        return self

    def to_document(self) -> dict[str, Any]:
        """Give what is stored: everything but the key."""
        return self.model_dump(mode="json", exclude={"key", "state"})

    def to_look(self) -> dict[str, Any]:
        """Give what pages are drawn with."""
        return self.model_dump(exclude={"state"})


class PoliciesConfig(BaseModel):
    """Sections of the policies that differ from the defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sessions: SessionPolicy | None = None
    tokens: TokenPolicy | None = None
    passwords: PasswordPolicy | None = None
    limits: LimitPolicy | None = None
    sign_in: SignInPolicy | None = None
    names: NamePolicy | None = None
    sms: SmsPolicy | None = None
    methods: MethodPolicy | None = None
    devices: DevicePolicy | None = None
    recovery: RecoveryPolicy | None = None
    risk: RiskPolicy | None = None
    passkeys: PasskeyPolicy | None = None
    linking: LinkingPolicy | None = None
    challenges: ChallengePolicy | None = None
    operators: OperatorPolicy | None = None

    @field_validator("risk")
    @classmethod
    def _known_signals(cls, value: RiskPolicy | None) -> RiskPolicy | None:
        names = {one.name for one in SIGNALS}
        unknown = sorted(set(value.weights) - names) if value is not None else []
        if unknown:
            msg = f"no such signal: {', '.join(unknown)}; there are {', '.join(sorted(names))}"
            raise ValueError(msg)
        return value


class NoticeConfig(NoticeDocument):
    """A version of a notice in a config file."""

    state: Literal["present", "created"] = "present"

    def to_notice(self) -> NoticeDocument:
        """Give what is published."""
        return NoticeDocument.model_validate(self.model_dump(exclude={"state"}))


class PurposeConfig(PurposeDocument):
    """A purpose in a config file."""

    state: Literal["present", "created"] = "present"

    def to_purpose(self) -> PurposeDocument:
        """Give what people are asked."""
        return PurposeDocument.model_validate(self.model_dump(exclude={"state"}))


class AttributeConfig(AttributeDocument):
    """An attribute of customers, which is a claim of its key, in a config file.

    An entry for a claim of OIDC Core §5.1 replaces what it is without one. Without an entry sign-up
    asks `family_name` and `given_name`, and the account has these two and `locale`.
    """

    state: Literal["present", "created"] = "present"

    def to_definition(self) -> AttributeDocument:
        """Give what is stored."""
        return AttributeDocument.model_validate(self.model_dump(exclude={"state"}))


class Absent(BaseModel):
    """A notice or a purpose that is to be asked no more; what was decided stays recorded.

    A brand goes for good; the pages of its clients get the installation's own look.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Key
    state: Literal["absent"]


class AbsentClient(BaseModel):
    """A client that is to be refused; what it was granted stays recorded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: ClientIdentifier
    state: Literal["absent"]


class AbsentAttribute(BaseModel):
    """An attribute that is to be asked and shown no more; the values stay with the customers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: AttributeKey
    state: Literal["absent"]


class AbsentConnection(BaseModel):
    """A connection that is to be switched off; what was linked by it stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: ConnectionKey
    state: Literal["absent"]


def _state(entry: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    found = entry.get("state") if isinstance(entry, dict) else getattr(entry, "state", None)
    return "absent" if found == "absent" else "present"


Present = TypeVar("Present")
Gone = TypeVar("Gone")
_Either = Annotated[
    Annotated[Present, Tag("present")] | Annotated[Gone, Tag("absent")], Discriminator(_state)
]


class ConfigDocument(BaseModel):
    """A config file. Each list is keyed by its natural key, which stands there once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    brands: tuple[_Either[BrandConfig, Absent], ...] = ()
    attributes: tuple[_Either[AttributeConfig, AbsentAttribute], ...] = ()
    clients: tuple[_Either[ClientConfig, AbsentClient], ...] = ()
    purposes: tuple[_Either[PurposeConfig, Absent], ...] = ()
    notices: tuple[_Either[NoticeConfig, Absent], ...] = ()
    connections: tuple[_Either[ConnectionConfig, AbsentConnection], ...] = ()
    policies: PoliciesConfig = PoliciesConfig()
