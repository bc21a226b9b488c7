"""What a config file may say: one model for everything, unknown keys refused."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ciam.consent.notices import NoticeDocument
from ciam.consent.purposes import PurposeDocument
from ciam.oauth.registration import ClientConfig
from ciam.policies import LimitPolicy, PasswordPolicy, SessionPolicy, SignInPolicy, TokenPolicy
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

    @model_validator(mode="after")
    def _readable(self) -> Self:
        links = BrandLinks(**self.links.model_dump())
        problems = brand_problems(Brand(**{**self.model_dump(), "links": links}))
        if problems:
            raise ValueError(" ".join(str(problem) for problem in problems))
        return self

    def to_document(self) -> dict[str, Any]:
        """Give what is stored: everything but the key."""
        return self.model_dump(mode="json", exclude={"key"})


class PoliciesConfig(BaseModel):
    """Sections of the policies that differ from the defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sessions: SessionPolicy | None = None
    tokens: TokenPolicy | None = None
    passwords: PasswordPolicy | None = None
    limits: LimitPolicy | None = None
    sign_in: SignInPolicy | None = None


class ConfigDocument(BaseModel):
    """A config file. Each list is keyed by its natural key, which stands there once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    brands: tuple[BrandConfig, ...] = ()
    clients: tuple[ClientConfig, ...] = ()
    purposes: tuple[PurposeDocument, ...] = ()
    notices: tuple[NoticeDocument, ...] = ()
    policies: PoliciesConfig = PoliciesConfig()

    @model_validator(mode="after")
    def _keys_once(self) -> Self:
        for name, keys in self.natural_keys().items():
            doubled = sorted({key for key in keys if keys.count(key) > 1})
            if doubled:
                msg = f"{name}: {doubled[0]} stands there twice"
                raise ValueError(msg)
        return self

    def natural_keys(self) -> dict[str, list[str]]:
        """Give the keys of each list."""
        return {
            "brands": [brand.key for brand in self.brands],
            "clients": [client.client_id for client in self.clients],
            "purposes": [purpose.key for purpose in self.purposes],
            "notices": [notice.key for notice in self.notices],
        }
