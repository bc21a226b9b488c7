"""What each step asks: fields, and what else may be done. Labels are those of the pages."""

from typing import Any, Final

from ciam.authentication.challenge import channel_of
from ciam.authentication.contacts import takes_phone
from ciam.authentication.journey import RECOVERY, SIGN_IN, SIGN_UP
from ciam.authentication.methods import SENT_CODES, password
from ciam.authentication.names import accepted_kinds, label_of
from ciam.authentication.sign_in import MAX_IDENTIFIER_LENGTH
from ciam.authentication.sign_up_details import known_values, load_details
from ciam.customers.identifiers import EMAIL
from ciam.customers.phones import is_phone, write_phone
from ciam.federation.offers import list_offers
from ciam.protection.proof_of_work import Offer, offer_work
from ciam.sessions.levels import methods_for
from ciam.texts import Text
from ciam.web.own_interface.asked import Asked, Field, code_field
from ciam.web.own_interface.asking_attributes import attribute_field
from ciam.web.own_interface.passkeys import first_passkey, passkey_instead
from ciam.web.own_interface.scene import Scene
from ciam.web.own_interface.shown_texts import notice_choice, purpose_choice

_USERNAME_LENGTH: Final = 64
_OTHER_TARGET: Final = {SIGN_IN: "identify", SIGN_UP: "give_address", RECOVERY: "give_address"}


async def ask_password(scene: Scene) -> Asked:
    """Ask for name and password; the name alone where the policy says so, or codes are sent."""
    policies = await scene.transaction.policies.get()
    methods = await methods_for(scene.transaction, scene.journey.state.client)
    has_password = methods.allows(password.METHOD, "first")
    sends_codes = any(methods.allows(one.METHOD, "first") for one in SENT_CODES)
    named = scene.journey.state.identifier
    is_mail = accepted_kinds(policies.names) == {EMAIL}
    name = Field(
        "identifier",
        label_of(policies.names),
        autocomplete="username",
        inputmode="email" if is_mail else None,
        max_length=MAX_IDENTIFIER_LENGTH,
        value=named or None,
    )
    others = {RECOVERY: Text("Forgotten your password?")} if has_password else {}
    if policies.sign_in.sign_up == "open":
        others[SIGN_UP] = Text("Create an account")
    choices, title = await _other_ways(scene, others), Text("Sign in")
    key, work = await first_passkey(scene), await _work(scene)
    if not (has_password or sends_codes):
        return Asked(None, title, None, (), choices=choices, passkey=key)
    if not has_password:
        send = Text("Send the code")
        return Asked("ask_for_code", title, send, (name,), choices=choices, work=work, passkey=key)
    if policies.sign_in.layout == "identifier_first" and not named:
        return Asked("identify", title, Text("Next"), (name,), choices=choices, passkey=key)
    other_actions = {"identify": Text("Use another")} if named else {}
    if sends_codes:
        other_actions["ask_for_code"] = Text("Send me a code instead")
    secret = Field(
        "password",
        Text("Password"),
        type="password",
        autocomplete="current-password",
        max_length=policies.passwords.maximum_length,
    )
    return Asked(
        "sign_in", title, title, (name, secret), other_actions, choices, work=work, passkey=key
    )


async def ask_address(scene: Scene) -> Asked:
    """Ask for the address that a code goes to; or for the number, where one may be given."""
    policies = await scene.transaction.policies.get()
    state, is_sign_up = scene.journey.state, scene.journey.kind == SIGN_UP
    by_phone = is_phone(state.lookup)
    address = Field(
        "email",
        Text("E-mail address"),
        type="email",
        autocomplete="email" if is_sign_up else "username",
        inputmode="email",
        value=None if by_phone else state.address or state.identifier or None,
    )
    number = Field(
        "phone",
        Text("Phone number"),
        type="tel",
        autocomplete="tel",
        max_length=64,
        value=write_phone(state.lookup, policies.names.region) if by_phone else None,
    )
    title = Text("Create an account") if is_sign_up else Text("Forgotten your password?")
    choices = await _other_ways(scene, {SIGN_IN: Text("Sign in")}, providers=is_sign_up)
    asked, other = (number, address) if by_phone else (address, number)
    if takes_phone(policies, scene.journey.kind):
        choices["contacts"] = [scene.write(other)]
    else:
        asked = address
    work = await _work(scene)
    return Asked("give_address", title, Text("Next"), (asked,), choices=choices, work=work)


async def ask_code(scene: Scene) -> Asked:
    """Ask for the code that was sent; the address may be given again."""
    state = scene.journey.state
    wait = (await scene.transaction.policies.get()).sign_in.resend_wait
    return Asked(
        "enter_code",
        Text("Enter the code"),
        Text("Next"),
        (code_field(),),
        {
            "resend_code": Text("Send a new code"),
            _OTHER_TARGET[scene.journey.kind]: Text("Use another address"),
        },
        sent_to=channel_of(state).mask(state.address),
        expires_at=state.code_expires_at,
        again_at=None if state.sent_at is None else state.sent_at + wait,
        work=None if scene.journey.kind == SIGN_IN else await _work(scene),
    )


async def ask_details(scene: Scene) -> Asked:
    """Ask for attributes, password, notices and optional purposes, with their full texts."""
    details = await load_details(scene.transaction, scene.journey.handle, scene.holder.context)
    known = known_values(details)
    fields = [
        attribute_field(
            scene, one, is_required=one.name in details.required, value=known.get(one.name)
        )
        for one in details.attributes
    ]
    if details.username != "off":
        fields.append(
            Field(
                "username",
                Text("User name"),
                autocomplete="username",
                required=details.username == "required",
                max_length=_USERNAME_LENGTH,
            )
        )
    if details.asks_password:
        fields.append(await _new_password(scene, Text("Password")))
    questions = details.questions
    return Asked(
        "finish_sign_up",
        Text("Your details"),
        Text("Create the account"),
        fields,
        choices={
            "notices": [await notice_choice(scene, one) for one in questions.notices],
            "purposes": [await purpose_choice(scene, one) for one in questions.purposes],
        },
        username=None if details.username != "off" else _proven(scene, details.region),
        passkey=await passkey_instead(scene, details),
    )


async def ask_new_password(scene: Scene) -> Asked:
    """Ask for the password that replaces the lost one."""
    field_ = await _new_password(scene, Text("New password"))
    title = Text("Choose a new password")
    return Asked(
        "set_password",
        title,
        Text("Save the password and sign in"),
        (field_,),
        username=scene.journey.state.address,
    )


async def _work(scene: Scene) -> Offer | None:
    """Give what has to be calculated before a password is looked at, or a code is sent."""
    address = scene.holder.context.address
    return await offer_work(scene.transaction, scene.journey.kind, address=address)


def _proven(scene: Scene, region: str) -> str:
    """Give the proven address, or the number as it is written at home."""
    state = scene.journey.state
    return write_phone(state.lookup, region) if is_phone(state.lookup) else state.address


async def _new_password(scene: Scene, label: Text) -> Field:
    policy = (await scene.transaction.policies.get()).passwords
    return Field(
        "password",
        label,
        type="password",
        autocomplete="new-password",
        min_length=policy.minimum_length,
        max_length=policy.maximum_length,
    )


async def _other_ways(
    scene: Scene, journeys: dict[str, Text], *, providers: bool = True
) -> dict[str, list[dict[str, Any]]]:
    """Give the journeys to go over to, and the providers; a browser alone can go to one."""
    choices: dict[str, list[dict[str, Any]]] = {
        "journeys": [{"kind": kind, "label": scene.say(label)} for kind, label in journeys.items()]
    }
    if providers and scene.holder.app is None:
        pending = (scene.journey.state.pending or {}).get("connection")
        choices["providers"] = [
            {"key": one.key, "label": one.name}
            for one in await list_offers(scene.transaction, scene.language)
            if one.key != pending
        ]
    return choices
