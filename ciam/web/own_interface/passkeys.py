"""Passkeys on screens of an app: who we are there, what its browser or device is asked.

A passkey belongs to our host. A page of an app on another origin may use it where the browser takes
related origins (`ciam.web.protocol.related_origins`), an app where the system has tied it to our
host: iOS then writes our origin, Android the hash of the app's certificate. The answer counts on
the origin of whoever holds the journey, and on no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ciam.authentication import passkey_sign_up, set_up
from ciam.authentication.methods import passkey
from ciam.authentication.methods.passkey import second_factor_options, sign_in_options
from ciam.customers.passkey_ceremonies import RelyingParty
from ciam.sessions.levels import methods_for
from ciam.texts import Text
from ciam.web.own_interface.asked import Ceremony
from ciam.web.parts import parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from ciam.authentication.journey import Journey
    from ciam.authentication.second_factor import Pending
    from ciam.authentication.set_up import SetUp
    from ciam.authentication.sign_up_details import Details
    from ciam.storage import UnitOfWork
    from ciam.web.own_interface.asked import Field
    from ciam.web.own_interface.holder import Holder
    from ciam.web.own_interface.scene import Scene


async def party_of(
    transaction: UnitOfWork, request: Request, holder: Holder, journey: Journey
) -> RelyingParty:
    """Give us as the authenticators of this holder know us."""
    party = RelyingParty.of(parts(request).settings.issuer)
    if holder.app is None:
        return party if holder.origin is None else party.held_at(holder.origin)
    client = journey.state.client
    signed = () if client is None else (await transaction.clients.get(client)).app_origins
    return party.held_at(f"https://{party.id}", *signed)


async def first_passkey(scene: Scene) -> Ceremony | None:
    """Offer to sign in by any passkey; the same for every name, so nothing tells who has one."""
    methods = await methods_for(scene.transaction, scene.journey.state.client)
    party = _party(scene)
    if not (party.can_have_passkeys and methods.allows(passkey.METHOD, "first")):
        return None
    options = sign_in_options(scene.transaction, party, scene.journey, scene.holder.context)
    label = Text("Sign in with a passkey")
    return Ceremony("get", "sign_in_with_passkey", label, options, autofill=True)


async def second_passkey(
    scene: Scene, pending: Pending, fields: Sequence[Field]
) -> Ceremony | None:
    """Offer to use one of the passkeys of who was proven; `fields` may be sent along."""
    party = _party(scene)
    if not (party.can_have_passkeys and pending.ways.passkey):
        return None
    options = await second_factor_options(
        scene.transaction, party, pending.journey, scene.holder.context, pending.customer
    )
    if options is None:
        return None
    return Ceremony("get", "second_passkey", Text("Use your passkey"), options, fields=fields)


async def passkey_instead(scene: Scene, details: Details) -> Ceremony | None:
    """Offer to make a passkey in place of a password, where one is asked."""
    party = _party(scene)
    if not (party.can_have_passkeys and details.asks_password):
        return None
    options = passkey_sign_up.passkey_options(
        scene.transaction.keys,
        party,
        details.journey,
        scene.holder.context,
        shown_name=await shown_name(scene),
    )
    label = Text("Use a passkey instead of a password")
    return Ceremony("create", "finish_sign_up", label, options, instead_of="password")


async def passkey_to_set_up(scene: Scene, found: SetUp) -> Ceremony | None:
    """Offer to make a passkey as the second factor that is required."""
    options = await set_up.passkey_options(
        scene.transaction,
        _party(scene),
        found,
        scene.holder.context,
        shown_name=await shown_name(scene),
    )
    if options is None:
        return None
    return Ceremony("create", "set_up_passkey", Text("Create a passkey"), options)


async def shown_name(scene: Scene) -> str:
    """Give the name that an authenticator shows of us."""
    brand = await scene.transaction.brands.get("default")
    return brand.name_in(scene.language)


def _party(scene: Scene) -> RelyingParty:
    return RelyingParty.of(parts(scene.request).settings.issuer)
