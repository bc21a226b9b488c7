"""What setting a second factor up asks: the first code of an authenticator app, or a passkey.

The secret is offered anew with every look, sealed for this journey, and stands until it is used; an
answer with a wrong code gets the same one again, which the person has scanned.
"""

from typing import Final

from ciam.authentication.journey import SIGN_IN
from ciam.authentication.set_up import SetUp, load_set_up, name_of
from ciam.customers.totp import enrolment_uri, new_seed
from ciam.customers.totp_offer import open_offer, seal_offer
from ciam.texts import Text
from ciam.web.own_interface.asked import AppOffer, Asked, Field, code_field
from ciam.web.own_interface.passkeys import passkey_to_set_up, shown_name
from ciam.web.own_interface.scene import Scene
from ciam.web.pages.account.second_factor import in_groups
from ciam.web.qr import qr_svg

_TITLE: Final = Text("Set up a second step")
_MOST_SEALED: Final = 512


async def ask_set_up(scene: Scene) -> Asked | None:
    """Ask for what may be set up; None where there is nothing, which our page explains."""
    found = await load_set_up(scene.transaction, scene.journey.handle, scene.holder.context)
    passkey = await passkey_to_set_up(scene, found)
    if not found.may_be_app and passkey is None:
        return None
    choices = {"journeys": [{"kind": SIGN_IN, "label": scene.say(Text("Start again"))}]}
    if not found.may_be_app:
        return Asked(None, _TITLE, None, (), choices=choices, passkey=passkey)
    seed = open_offer(scene.transaction.keys, scene.journey.id, scene.given.get("offer", ""))
    app, sealed = await _offer(scene, found, seed or new_seed())
    offer = Field("offer", None, type="hidden", max_length=_MOST_SEALED, value=sealed)
    return Asked(
        "set_up_app",
        _TITLE,
        Text("Switch it on"),
        (offer, code_field()),
        choices=choices,
        passkey=passkey,
        authenticator_app=app,
    )


async def _offer(scene: Scene, found: SetUp, seed: str) -> tuple[AppOffer, str]:
    """Give a secret as an app takes it, and as the field carries it."""
    account = await name_of(scene.transaction, found.customer)
    uri = enrolment_uri(seed, account=account, issuer=await shown_name(scene))
    return AppOffer(uri, in_groups(seed), qr_svg(uri)), seal_offer(
        scene.transaction.keys, scene.journey.id, seed
    )
