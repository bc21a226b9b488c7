"""/api/v1/journeys: sign-in, sign-up and recovery for apps of ours with screens of their own.

Held by the browser's cookie (a script on an origin of the app), or by the auth_session of a native
app (`/authorize-challenge`). No access token: nobody is signed in yet.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.authentication.journey import SIGN_UP, begin, begin_from
from ciam.authentication.requirement import Requirement
from ciam.authentication.sign_up import check_is_open
from ciam.errors import ApiRefusal
from ciam.oauth.authorization.response import AuthorizationRefused
from ciam.oauth.authorization.steps import check_request
from ciam.oauth.parameters import collect_parameters
from ciam.texts import Text
from ciam.web.api.problems import Problem, documented_journey
from ciam.web.api.route import ApiRoute
from ciam.web.own_interface.answering import take_answer
from ciam.web.own_interface.beginning import find_needed
from ciam.web.own_interface.document import PATH, describe, going_on
from ciam.web.own_interface.holder import Holder, find_holder, not_registered
from ciam.web.parts import parts

router = APIRouter(prefix="/journeys", tags=["Journeys"], route_class=ApiRoute)
_CREATED: Final = 201
_HOME: Final = "/account"

Held = Annotated[Holder, Depends(find_holder)]
Handle = Annotated[
    str, Path(max_length=64, description="`id` of the journey.", examples=["T2h9c1dQ0m8yQmJm"])
]
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
        "go_to_provider",
    ]
    fields: Annotated[dict[Name, Typed], Field(max_length=100)] = Field(default_factory=dict)


class JourneyField(BaseModel):
    """One input; the words are those of HTML."""

    name: str = Field(examples=["identifier"])
    label: str | None = Field(description="In the reader's language.", examples=["E-mail address"])
    type: str = Field(examples=["text", "password", "email", "hidden"])
    autocomplete: str = Field(examples=["username", "current-password", "one-time-code"])
    inputmode: str | None
    required: bool
    min_length: int | None
    max_length: int
    pattern: str | None
    value: str | None = Field(description="What is known already, to be looked over.")


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


class JourneyDocument(BaseModel):
    """A journey: what is asked now, and where it goes on."""

    id: str | None = Field(description="null: nobody has to be asked.")
    kind: str | None = Field(examples=["sign_in", "sign_up", "recovery"])
    step: str = Field(
        description="`done`; `hosted`: a page of ours asks; else what is asked here.",
        examples=["password", "code", "details", "new_password", "second_factor", "done"],
    )
    title: str | None
    fields: list[JourneyField]
    submit: Submit | None
    actions: list[OtherAction]
    choices: dict[str, list[dict[str, Any]]] = Field(
        description="By kind: `journeys`, `providers`, `ways`, `notices`, `purposes`; the last two"
        " with their whole text, to be shown before it is asked."
    )
    username: str | None = Field(
        description="For the password store, beside a new password: show it or hide it; not sent."
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
        description="The same step on our own page, for what is not here: passkeys."
    )
    expires_at: datetime | None
    auth_session: str | None = Field(description="An app keeps it and sends it next time.")


class JourneyProblem(Problem):
    """A refusal of an answer, with the journey as it is now."""

    journey: JourneyDocument | None = None


@router.post(
    "",
    summary="Begin a journey",
    status_code=_CREATED,
    **documented_journey(200, 400, 404, 413, 415, answer=JourneyDocument),
)
async def create(request: Request, holder: Held, new: NewJourney) -> Response:
    """Begin, or say at once where to go on: who is signed in already is not asked again."""
    if (new.authorization is None) != (new.origin_journey is None):
        if new.origin_journey is not None:
            handle = await _begin_from(request, holder, new.origin_journey, new.kind or "sign_in")
        else:
            return await _begin_for(request, holder, new)
    elif new.authorization is None and holder.app is None and _is_own(request, holder):
        handle = await _begin_at_home(request, holder, new.kind or "sign_in")
    else:
        text = Text("Send either the parameters of an authorization request, or a journey.")
        raise ApiRefusal(422, "does_not_fit", text, faults={"#/authorization": text})
    return await _created(request, holder, handle)


@router.get(
    "/{journey}",
    summary="Read a journey",
    **documented_journey(400, 404, answer=JourneyDocument),
)
async def read(request: Request, holder: Held, journey: Handle) -> Response:
    """Give what is asked now."""
    return JSONResponse(await describe(request, holder, journey))


@router.post(
    "/{journey}",
    summary="Answer a step",
    **documented_journey(400, 404, 413, 415, answer=JourneyDocument, problem=JourneyProblem),
)
async def answer(request: Request, holder: Held, journey: Handle, sent: Answer) -> Response:
    """Carry the action out and give the step that follows.

    The same again, or an action of another step, changes nothing and gives the present step.
    """
    return JSONResponse(await take_answer(request, holder, journey, sent.action, sent.fields))


async def _begin_for(request: Request, holder: Holder, new: NewJourney) -> Response:
    """Begin for an authorization request of a browser."""
    found = parts(request)
    if holder.app is not None:
        text = Text("An app asks at the authorization challenge endpoint.")
        raise ApiRefusal(422, "does_not_fit", text, faults={"#/authorization": text})
    parameters = collect_parameters((new.authorization or {}).items())
    try:
        async with found.database.read() as transaction:
            asked = await check_request(transaction, parameters, issuer=found.settings.issuer)
        if not holder.may_speak_for(asked.client, found.settings.issuer):
            raise not_registered("a client without the option, or of another origin")
        async with found.database.write() as transaction:
            needed = await find_needed(transaction, holder, asked, kind=new.kind)
    except AuthorizationRefused as refused:
        raise refused.error from refused
    if needed.journey:
        return await _created(request, holder, needed.journey)
    return JSONResponse(going_on(request, holder, needed.path, is_done=needed.is_answerable))


async def _begin_from(request: Request, holder: Holder, origin: str, kind: str) -> str:
    """Go over to another kind of journey, with the same end."""
    journey = await holder.load(request, origin)
    async with parts(request).database.write() as transaction:
        if kind == SIGN_UP:
            await check_is_open(transaction)
        return await begin_from(transaction, journey, kind, holder.context)


async def _begin_at_home(request: Request, holder: Holder, kind: str) -> str:
    """Begin for nobody but ourselves: a screen on our own origin, which ends at the account."""
    async with parts(request).database.write() as transaction:
        if kind == SIGN_UP:
            await check_is_open(transaction)
        return await begin(
            transaction,
            kind=kind,
            requirement=Requirement(),
            return_to=_HOME,
            context=holder.context,
        )


def _is_own(request: Request, holder: Holder) -> bool:
    return holder.origin == parts(request).settings.issuer


async def _created(request: Request, holder: Holder, handle: str) -> Response:
    document = await describe(request, holder, handle)
    where = f"{parts(request).settings.issuer}{PATH}/{handle}"
    return JSONResponse(document, _CREATED, {"Location": where})
