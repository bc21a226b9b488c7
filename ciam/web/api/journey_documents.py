"""Journeys as the contract has them: what is sent, what comes back, with examples."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ciam.web.api.problems import Problem

Name = Annotated[str, StringConstraints(max_length=128)]
Typed = Annotated[str, StringConstraints(max_length=8192)]


class NewJourney(BaseModel):
    """What to begin: for an authorization request, or with the end of a journey under way."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "sign_in",
                    "authorization": {
                        "client_id": "shop-app",
                        "redirect_uri": "https://shop.example.com/callback",
                        "response_type": "code",
                        "scope": "openid",
                        "state": "af0ifjsldkj",
                        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                        "code_challenge_method": "S256",
                    },
                },
                {"kind": "recovery", "from": "T2h9c1dQ0m8yQmJm"},
            ]
        },
    )

    kind: Literal["sign_in", "sign_up", "recovery"] | None = Field(
        default=None, description="Left out: what the request asks for (`prompt=create`)."
    )
    authorization: Annotated[dict[Name, Typed], Field(max_length=40)] | None = Field(
        default=None, description="The parameters that would go to `/authorize`. Of a browser only."
    )
    origin_journey: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, alias="from", description="A journey whose end this one takes over."
    )


class Answer(BaseModel):
    """An answer: one of the actions that the journey offers, and its fields."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "action": "sign_in",
                    "fields": {"identifier": "hanako@example.jp", "password": "a made-up one"},
                },
                {"action": "second_factor", "fields": {"way": "totp", "code": "123456"}},
                {
                    "action": "finish_sign_up",
                    "fields": {
                        "family_name": "山田",
                        "given_name": "花子",
                        "password": "a made-up one",
                        "notice_terms": "2026-04",
                        "shown_newsletter": "1",
                        "purpose_newsletter": "refuse",
                    },
                },
            ]
        },
    )

    action: Literal[
        "sign_in",
        "identify",
        "ask_for_code",
        "give_address",
        "enter_code",
        "resend_code",
        "finish_sign_up",
        "set_password",
        "second_factor",
        "send_second_factor",
        "answer_question",
        "skip_question",
        "sign_in_with_passkey",
        "second_passkey",
        "set_up_passkey",
        "set_up_app",
        "send_lost_factor_code",
        "lost_second_factor",
        "go_to_provider",
    ]
    fields: Annotated[dict[Name, Typed], Field(max_length=100)] = Field(default_factory=dict)


_EXAMPLE: Final[dict[str, Any]] = {
    "id": "T2h9c1dQ0m8yQmJm",
    "kind": "sign_up",
    "step": "code",
    "title": "Enter the code",
    "fields": [
        {
            "name": "code",
            "label": "Six-digit code",
            "type": "text",
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "required": True,
            "min_length": None,
            "max_length": 64,
            "pattern": "[0-9]{6}",
            "value": None,
            "hint": None,
            "options": None,
        }
    ],
    "submit": {
        "action": "enter_code",
        "label": "Next",
        "method": "POST",
        "href": "https://id.example.com/api/v1/journeys/T2h9c1dQ0m8yQmJm",
    },
    "actions": [
        {"action": "resend_code", "label": "Send a new code"},
        {"action": "give_address", "label": "Use another address"},
    ],
    "choices": {},
    "username": None,
    "work": None,
    "passkey": None,
    "authenticator_app": None,
    "recovery_codes": None,
    "sent_to": "h•••@example.jp",
    "code_expires_at": "2026-12-01T03:10:00+00:00",
    "again_at": "2026-12-01T03:00:30+00:00",
    "message": None,
    "next": None,
    "continue_at": None,
    "page": "https://id.example.com/verify?journey=T2h9c1dQ0m8yQmJm",
    "expires_at": "2026-12-02T03:00:00+00:00",
    "auth_session": None,
}


class FieldOption(BaseModel):
    """One of what may be chosen."""

    value: str
    label: str = Field(description="In the reader's language.")


class JourneyField(BaseModel):
    """One input; the words are those of HTML."""

    name: str = Field(examples=["identifier"])
    label: str | None = Field(description="In the reader's language.", examples=["E-mail address"])
    type: str = Field(examples=["password", "email", "checkbox", "select-one"])
    autocomplete: str = Field(examples=["username", "current-password", "one-time-code"])
    inputmode: str | None
    required: bool
    min_length: int | None
    max_length: int
    pattern: str | None
    value: str | None = Field(
        description="What is known already, to be looked over; of a `checkbox`, what is sent when"
        " it is chosen, never beforehand."
    )
    hint: str | None = Field(description="A sentence beside the field.")
    options: list[FieldOption] | None = Field(
        description="What may be chosen; of a `select-multiple` several, sent comma separated."
    )


class Submit(BaseModel):
    """Where the fields go."""

    action: str = Field(examples=["sign_in"])
    label: str
    method: str = Field(examples=["POST"])
    href: str


class OtherAction(BaseModel):
    """What else may be sent in this step."""

    action: str = Field(examples=["resend_code"])
    label: str


class Work(BaseModel):
    """While many sign-ins fail: the least number whose SHA-256, behind the salt, is this one.

    Sent as `work`: base64 of JSON with what stands in `challenge`, and `number`. Who cannot
    calculate sends `unsolved` after `wait_seconds`.
    """

    field: str = Field(examples=["work"])
    challenge: dict[str, Any]
    unsolved: str
    wait_seconds: int


class Passkey(BaseModel):
    """What `navigator.credentials` is asked, and what takes its answer.

    The answer is sent as the text of its JSON (`JSON.stringify(credential)`), once; another look at
    the journey gives a new challenge.
    """

    ceremony: Literal["get", "create"]
    action: str = Field(examples=["sign_in_with_passkey"])
    field: str = Field(examples=["credential"])
    label: str
    options: dict[str, Any] = Field(
        description="As `PublicKeyCredential.parseRequestOptionsFromJSON` and"
        " `parseCreationOptionsFromJSON` read them; a native app gives them to its system."
    )
    autofill: bool = Field(
        description="Whether it may also be offered in the field of the name, with"
        " `mediation: conditional` and `autocomplete` ending in `webauthn`."
    )
    instead_of: str | None = Field(
        description="The field that is not sent where this is, among the others of the step.",
        examples=["password"],
    )
    fields: list[JourneyField] = Field(description="What may be sent along.")


class AuthenticatorApp(BaseModel):
    """The secret of an authenticator app that is being set up."""

    uri: str = Field(description="What the picture says; a device opens its own app with it.")
    secret: str = Field(description="To be typed into an app.")
    picture: str = Field(description="A QR code as SVG.")


class JourneyDocument(BaseModel):
    """A journey: what is asked now, and where it goes on."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str | None = Field(description="null: nobody has to be asked.")
    kind: str | None = Field(examples=["sign_in", "sign_up", "recovery"])
    step: str = Field(
        description="`done`; `hosted`: a page of ours asks; else what is asked here.",
        examples=[
            "password",
            "code",
            "details",
            "new_password",
            "second_factor",
            "set_up",
            "question",
            "done",
        ],
    )
    title: str | None
    fields: list[JourneyField]
    submit: Submit | None
    actions: list[OtherAction]
    choices: dict[str, list[dict[str, Any]]] = Field(
        description="By kind: `journeys`, `providers`, `contacts` (a field in place of the one that"
        " is asked), `ways`, `notices`, `purposes`; the last two with their whole text, to be shown"
        " before it is asked."
    )
    username: str | None = Field(
        description="For the password store, beside a new password: show it or hide it; not sent."
    )
    work: Work | None = Field(
        description="To be calculated before the password or the address is sent, if any."
    )
    passkey: Passkey | None = Field(description="What a passkey may do in this step.")
    authenticator_app: AuthenticatorApp | None = Field(description="In `set_up`: to be shown.")
    recovery_codes: list[str] | None = Field(
        description="After `set_up_app`, this once: to be shown before it goes on."
    )
    sent_to: str | None = Field(description="Where the code went, masked.")
    code_expires_at: datetime | None
    again_at: datetime | None = Field(description="When another code may be sent.")
    message: str | None = Field(description="To be said above the form.")
    next: Literal["navigate", "authorization_challenge", "redirect_to_web"] | None = Field(
        description="`navigate`: open `continue_at` in this browser; `authorization_challenge`: ask"
        " there for the code; `redirect_to_web`: begin in a browser."
    )
    continue_at: str | None
    page: str | None = Field(
        description="The same step on our own page, for a browser that cannot use passkeys here."
    )
    expires_at: datetime | None
    auth_session: str | None = Field(description="An app keeps it and sends it next time.")


class JourneyProblem(Problem):
    """A refusal of an answer, with the journey as it is now."""

    journey: JourneyDocument | None = None
