"""The claims of a customer as the API writes them (OIDC Core §5.1), read and changed."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints

ClaimText = Annotated[str, StringConstraints(max_length=2000)]


class Address(BaseModel):
    """A postal address (OIDC Core §5.1.1)."""

    model_config = ConfigDict(extra="forbid")

    formatted: str | None = None
    street_address: str | None = Field(default=None, examples=["千代田1-1"])
    locality: str | None = Field(default=None, examples=["千代田区"])
    region: str | None = Field(default=None, examples=["東京都"])
    postal_code: str | None = Field(default=None, examples=["100-0001"])
    country: str | None = Field(default=None, examples=["JP"])


class Claims(BaseModel):
    """What may be changed; a claim in another script or language has a tag: `name#ja-Kana-JP`.

    Attributes that an operator added are claims too: text, true or false, a number, a list.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[
        str, StrictBool | StrictInt | ClaimText | list[ClaimText] | Address | None
    ] = Field(init=False)

    name: ClaimText | None = None
    family_name: ClaimText | None = Field(default=None, examples=["山田"])
    given_name: ClaimText | None = Field(default=None, examples=["花子"])
    middle_name: ClaimText | None = None
    nickname: ClaimText | None = None
    preferred_username: ClaimText | None = None
    profile: ClaimText | None = None
    picture: ClaimText | None = None
    website: ClaimText | None = None
    gender: ClaimText | None = None
    birthdate: ClaimText | None = Field(default=None, examples=["1990-04-01"])
    zoneinfo: ClaimText | None = Field(default=None, examples=["Asia/Tokyo"])
    locale: ClaimText | None = Field(default=None, examples=["ja"])
    address: Address | None = None

    def values(self) -> dict[str, Any]:
        """Give what was sent, an explicit null included: it ends the value (RFC 7396)."""
        return self.model_dump(exclude_unset=True)


class ReleasedClaims(Claims):
    """What may leave: only what was granted, consented to and known."""

    email: str | None = Field(default=None, examples=["hanako@example.jp"])
    email_verified: bool | None = None
    phone_number: str | None = None
    phone_number_verified: bool | None = None
    updated_at: int | None = Field(default=None, description="Seconds since 1970.")
