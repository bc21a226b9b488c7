"""What the second factor asks: a code in one of the ways, sent first where it is one that is sent.

The fields are those of the way that was chosen last, else of the first; each way tells its own. A
passkey of theirs may be used in place of a code, or is the only way. Beside the ways stands how it
goes on for who has lost them all (`ciam.authentication.lost_factor`).
"""

from typing import Any, Final

from ciam.authentication.journey import SIGN_IN
from ciam.authentication.lost_factor import find_way_on
from ciam.authentication.methods import find_sent_code, recovery_code
from ciam.authentication.second_factor import Pending, load_pending, may_trust_device
from ciam.texts import Text
from ciam.web.own_interface.asked import Asked, Field, code_field, recovery_code_field
from ciam.web.own_interface.passkeys import second_passkey
from ciam.web.own_interface.scene import Scene

_LABELS: Final = {
    "totp": Text("Use the authenticator app"),
    "email_code": Text("Have a code sent by e-mail"),
    "sms_code": Text("Have a code sent by text message"),
    "recovery_code": Text("Use a recovery code"),
}
_LOST: Final = Text("I have none of these any more")
_TITLE: Final = Text("One more step")


async def ask_second_factor(scene: Scene) -> Asked | None:
    """Ask for a code, or whether to send one, or for a passkey; None where neither can be here."""
    pending = await load_pending(scene.transaction, scene.journey.handle, scene.holder.context)
    state = pending.journey.state
    chosen = pending.way(state.sent_by if state.sent_at is not None else "")
    trust = await _trust_field(scene, pending)
    passkey = await second_passkey(scene, pending, trust)
    others: dict[str, Any] = {
        "lost_second_factor": await _lost(scene, pending),
        "journeys": [{"kind": SIGN_IN, "label": scene.say(Text("Start again"))}],
    }
    if chosen is None:
        if passkey is None:
            return None
        return Asked(None, _TITLE, None, (), choices=others, passkey=passkey)
    way = Field("way", None, type="hidden", max_length=32, value=chosen.METHOD)
    ways = [await _way(scene, pending, one.METHOD) for one in pending.ways.codes]
    choices = {"ways": ways, **others}
    fields = (way, _code_of(chosen.METHOD), *trust)
    if find_sent_code(chosen.METHOD) is None:
        label = Text("Sign in")
        return Asked("second_factor", _TITLE, label, fields, choices=choices, passkey=passkey)
    sent_to = await _sent_to(scene, pending, chosen.METHOD)
    if state.sent_by != chosen.METHOD or state.sent_at is None:
        send = Text("Send the code")
        return Asked(
            "send_second_factor",
            _TITLE,
            send,
            (way,),
            choices=choices,
            sent_to=sent_to,
            passkey=passkey,
        )
    wait = (await scene.transaction.policies.get()).sign_in.resend_wait
    return Asked(
        "second_factor",
        _TITLE,
        Text("Sign in"),
        fields,
        {"send_second_factor": Text("Send a new code")},
        choices,
        sent_to=sent_to,
        expires_at=state.code_expires_at,
        again_at=state.sent_at + wait,
        passkey=passkey,
    )


async def _lost(scene: Scene, pending: Pending) -> list[dict[str, Any]]:
    """Say how it goes on for who has none of the ways any more: none or one."""
    way = await find_way_on(scene.transaction, pending)
    if way is None:
        return []
    state, waiting = pending.journey.state, way.waiting
    is_sent = state.sent_by == way.channel.METHOD and state.sent_at is not None
    recovery = (await scene.transaction.policies.get()).recovery
    return [
        {
            "label": scene.say(_LOST),
            "stage": way.stage,
            "wait_seconds": int(recovery.wait.total_seconds()),
            "ready_at": None if waiting is None else waiting.ready_at.isoformat(),
            "until": None if waiting is None else waiting.expires_at.isoformat(),
            "send_action": "send_lost_factor_code" if way.takes_code else None,
            "action": "lost_second_factor" if way.takes_code else None,
            "sent_to": way.channel.mask(way.target.address) if way.takes_code else None,
            "is_sent": is_sent,
            "field": scene.write(code_field()) if way.takes_code else None,
        }
    ]


async def _trust_field(scene: Scene, pending: Pending) -> list[Field]:
    """Offer not to ask again here, where that may be wished."""
    if await may_trust_device(scene.transaction, pending) is None:
        return []
    label = Text("Do not ask again on this device")
    wish = Field("trust_device", label, type="checkbox", required=False, max_length=3, value="yes")
    return [wish]


async def _way(scene: Scene, pending: Pending, method: str) -> dict[str, Any]:
    is_sent = find_sent_code(method) is not None
    return {
        "key": method,
        "label": scene.say(_LABELS.get(method, Text("Use another"))),
        "action": "send_second_factor" if is_sent else "second_factor",
        "sent_to": await _sent_to(scene, pending, method) if is_sent else None,
        "field": scene.write(_code_of(method)),
    }


async def _sent_to(scene: Scene, pending: Pending, method: str) -> str | None:
    channel = find_sent_code(method)
    if channel is None:
        return None
    target = await channel.find_target(scene.transaction, pending.customer)
    return None if target is None else channel.mask(target.address)


def _code_of(method: str) -> Field:
    return recovery_code_field() if method == recovery_code.METHOD else code_field()
