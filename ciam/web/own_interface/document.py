"""A journey as it is written for an app: the step, what it asks, where it goes on."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from ciam.authentication.journey import StepTaken
from ciam.web.own_interface.scene import Scene
from ciam.web.own_interface.steps import STEPS, WRITING_STEPS
from ciam.web.parts import parts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request

    from ciam.protection.proof_of_work import Offer
    from ciam.texts import Text
    from ciam.web.own_interface.asked import Asked, Ceremony
    from ciam.web.own_interface.holder import Holder

DONE: Final = "done"
HOSTED: Final = "hosted"
NAVIGATE: Final = "navigate"
CHALLENGE: Final = "authorization_challenge"
REDIRECT_TO_WEB: Final = "redirect_to_web"
CHALLENGE_PATH: Final = "/authorize-challenge"
PATH: Final = "/api/v1/journeys"
_TRIES: Final = 3


async def describe(
    request: Request,
    holder: Holder,
    handle: str,
    *,
    said: Text | None = None,
    given: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Give a journey's present step; raise ApiRefusal for one that is not this holder's.

    It may move on while it is read (another tab, the same form twice): then it is read again.
    `given` is an answer that was refused.
    """
    for _ in range(_TRIES):
        try:
            return await _describe(request, holder, handle, said, given)
        except StepTaken:
            continue
    return await _describe(request, holder, handle, said, given)


def going_on(
    request: Request, holder: Holder, path: str, *, is_done: bool = True
) -> dict[str, Any]:
    """Write what has no journey of its own: done, or a page that is needed first."""
    return _common(request, holder, step=DONE if is_done else HOSTED, path=path)


async def _describe(
    request: Request,
    holder: Holder,
    handle: str,
    said: Text | None,
    given: Mapping[str, str] | None,
) -> dict[str, Any]:
    journey = await holder.load(request, handle)
    base = {
        "id": journey.handle,
        "kind": journey.kind,
        "expires_at": journey.record.expires_at.isoformat(),
    }
    ask = STEPS.get(journey.state.step)
    if journey.is_finished or ask is None:
        step = DONE if journey.is_finished else HOSTED
        return _common(request, holder, step=step, path=journey.path) | base
    database = parts(request).database
    may_write = journey.state.step in WRITING_STEPS
    async with database.write() if may_write else database.read() as transaction:
        scene = Scene(request, transaction, holder, journey, given or {})
        asked = await ask(scene)
    if asked is None:
        return _common(request, holder, step=HOSTED, path=journey.path) | base
    return (
        _common(request, holder, step=str(journey.state.step))
        | base
        | _asked(scene, asked)
        | {
            "page": None if holder.app is not None else scene.address(journey.path),
            "message": None if said is None else scene.say(said),
        }
    )


def _common(
    request: Request, holder: Holder, *, step: str, path: str | None = None
) -> dict[str, Any]:
    """Give every member, most of them empty, and where it goes on."""
    issuer = parts(request).settings.issuer
    goes_on, address = None, None
    if path is not None and holder.app is None:
        goes_on, address = NAVIGATE, issuer + path
    elif step == DONE:
        goes_on, address = CHALLENGE, issuer + CHALLENGE_PATH
    elif step == HOSTED:
        goes_on = REDIRECT_TO_WEB
    return {
        "id": None,
        "kind": None,
        "step": step,
        "title": None,
        "fields": [],
        "submit": None,
        "actions": [],
        "choices": {},
        "username": None,
        "work": None,
        "passkey": None,
        "authenticator_app": None,
        "recovery_codes": None,
        "sent_to": None,
        "code_expires_at": None,
        "again_at": None,
        "message": None,
        "next": goes_on,
        "continue_at": address,
        "page": None,
        "expires_at": None,
        "auth_session": holder.sealed(request),
    }


def _asked(scene: Scene, asked: Asked) -> dict[str, Any]:
    return {
        "title": scene.say(asked.title),
        "fields": [scene.write(one) for one in asked.fields],
        "submit": _submit(scene, asked),
        "actions": [
            {"action": name, "label": scene.say(label)}
            for name, label in asked.other_actions.items()
        ],
        "choices": asked.choices,
        "username": asked.username,
        "work": None if asked.work is None else _work(asked.work),
        "passkey": None if asked.passkey is None else _passkey(scene, asked.passkey),
        "authenticator_app": None
        if asked.authenticator_app is None
        else asdict(asked.authenticator_app),
        "sent_to": asked.sent_to,
        "code_expires_at": _instant(asked.expires_at),
        "again_at": _instant(asked.again_at),
    }


def _submit(scene: Scene, asked: Asked) -> dict[str, Any] | None:
    if asked.submit is None or asked.label is None:
        return None
    return {
        "action": asked.submit,
        "label": scene.say(asked.label),
        "method": "POST",
        "href": scene.address(f"{PATH}/{scene.journey.handle}"),
    }


def _passkey(scene: Scene, asked: Ceremony) -> dict[str, Any]:
    return {
        "ceremony": asked.ceremony,
        "action": asked.action,
        "field": "credential",
        "label": scene.say(asked.label),
        "options": json.loads(asked.options),
        "autofill": asked.autofill,
        "instead_of": asked.instead_of,
        "fields": [scene.write(one) for one in asked.fields],
    }


def _work(offer: Offer) -> dict[str, Any]:
    return {
        "field": "work",
        "challenge": json.loads(offer.challenge),
        "unsolved": offer.unsolved,
        "wait_seconds": offer.wait_seconds,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
