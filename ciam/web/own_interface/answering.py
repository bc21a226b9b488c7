"""Take an answer: which action, its fields, what came of it; a refusal says what to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ciam.authentication.completion import SignedIn
from ciam.authentication.journey import SIGN_IN, StepTaken, begin_from
from ciam.customers.customer import AddressTaken
from ciam.errors import ApiRefusal, FormRefused, SignInRefused
from ciam.protection.proof_of_work import WorkAsked
from ciam.texts import Text
from ciam.web.own_interface.acting import Elsewhere, Said, Submission
from ciam.web.own_interface.acting_passkeys import WithCodes
from ciam.web.own_interface.document import NAVIGATE, describe
from ciam.web.own_interface.steps import ACTIONS
from ciam.web.pages.account.second_factor import shown_codes
from ciam.web.pages.journeys import ASKS_ONCE_MORE
from ciam.web.parts import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from ciam.web.own_interface.holder import Holder
    from ciam.web.own_interface.steps import Action

_ASKS_WORK = {"sign_in": Text("Please enter your password once more.")}
_SOME_DO_NOT_FIT = Text("Some values do not fit.")


async def take_answer(
    request: Request, holder: Holder, handle: str, action: str, fields: Mapping[str, str]
) -> dict[str, Any]:
    """Carry an action out and give the step that follows; the present one when it was taken before.

    Raise ApiRefusal for what has to be corrected, with the journey as it is now.
    """
    journey = await holder.load(request, handle)
    chosen = ACTIONS[action]
    _check_taken(chosen, holder, fields)
    try:
        outcome = await chosen.act(Submission(request, holder, journey, fields))
    except StepTaken:
        return await describe(request, holder, handle)
    except AddressTaken:
        return await describe(request, holder, await _sign_in_instead(request, holder, handle))
    except WorkAsked as asked:
        members = {"journey": await describe(request, holder, handle)}
        title = _ASKS_WORK.get(action, ASKS_ONCE_MORE)
        raise ApiRefusal(422, asked.code, title, cause=asked.cause, members=members) from asked
    except (FormRefused, SignInRefused) as refused:
        journey_now = await describe(request, holder, handle, given=fields)
        if isinstance(refused, FormRefused) and journey_now["step"] not in chosen.steps:
            return journey_now  # taken before, or another step: nothing is to be mended here
        raise _to_mend(refused, journey_now) from refused
    return await _go_on(request, holder, handle, outcome)


def _check_taken(chosen: Action, holder: Holder, fields: Mapping[str, str]) -> None:
    """Raise ApiRefusal for a field that the action does not take, or for one of a browser alone."""
    unknown = [name for name in fields if not chosen.takes(name)]
    if unknown:
        not_asked = Text("This is not asked for.")
        faults = {f"#/fields/{_escaped(name)}": not_asked for name in unknown}
        raise ApiRefusal(422, "does_not_fit", _SOME_DO_NOT_FIT, faults=faults)
    if chosen.needs_browser and holder.app is not None:
        text = Text("This needs a browser. Send the person to our own pages.")
        raise ApiRefusal(403, "redirect_to_web", text)


async def _go_on(request: Request, holder: Holder, handle: str, outcome: object) -> dict[str, Any]:
    """Give the step that follows, and what came of the action beside it."""
    codes: list[str] = []
    if isinstance(outcome, WithCodes):
        codes = outcome.codes
        outcome = outcome.outcome
    if isinstance(outcome, SignedIn):
        holder = await holder.keep(request, outcome)
    if isinstance(outcome, Elsewhere):
        there = await describe(request, holder, outcome.handle)
        return there | {"next": NAVIGATE, "continue_at": outcome.address}
    said = outcome.text if isinstance(outcome, Said) else None
    present = await describe(request, holder, handle, said=said)
    return present | {"recovery_codes": shown_codes(codes) or None}


async def _sign_in_instead(request: Request, holder: Holder, handle: str) -> str:
    """Begin to sign in for whoever lost the race for an address, with the same end before them."""
    journey = await holder.load(request, handle)
    if journey.is_finished:
        return handle
    async with parts(request).database.write() as transaction:
        return await begin_from(transaction, journey, SIGN_IN, holder.context)


def _to_mend(refused: FormRefused | SignInRefused, journey: dict[str, Any]) -> ApiRefusal:
    """Give what has to be corrected, with the journey as it is now."""
    faults: dict[str, Text] = {}
    if isinstance(refused, FormRefused):
        title = refused.alert or _SOME_DO_NOT_FIT
        faults = {f"#/fields/{name}": text for name, text in refused.errors.items()}
    else:
        title = refused.text
    return ApiRefusal(
        422,
        refused.code,
        title,
        cause=refused.cause,
        faults=faults,
        members={"journey": journey},
    )


def _escaped(name: str) -> str:
    """Write a name as a step of a JSON pointer (RFC 6901 §3); a long one is no one's field."""
    return name[:64].replace("~", "~0").replace("/", "~1")
