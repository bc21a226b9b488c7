"""/api/v1/journeys: sign-in, sign-up and recovery for apps of ours with screens of their own.

Held by the browser's cookie (a script on an origin of the app), or by the auth_session of a native
app (`/authorize-challenge`). No access token: nobody is signed in yet.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.authentication.journey import SIGN_UP, begin, begin_from
from ciam.authentication.requirement import Requirement
from ciam.authentication.sign_up_details import check_is_open
from ciam.errors import ApiRefusal
from ciam.oauth.authorization.response import AuthorizationRefused
from ciam.oauth.authorization.steps import check_request
from ciam.oauth.parameters import collect_parameters
from ciam.texts import Text
from ciam.web.api.journey_documents import Answer, JourneyDocument, JourneyProblem, NewJourney
from ciam.web.api.problems import documented_journey
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


@router.post(
    "",
    summary="Begin a journey",
    status_code=_CREATED,
    **documented_journey(200, 413, 415, answer=JourneyDocument),
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
    **documented_journey(answer=JourneyDocument),
)
async def read(request: Request, holder: Held, journey: Handle) -> Response:
    """Give what is asked now."""
    return JSONResponse(await describe(request, holder, journey))


@router.post(
    "/{journey}",
    summary="Answer a step",
    **documented_journey(413, 415, answer=JourneyDocument, problem=JourneyProblem),
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
