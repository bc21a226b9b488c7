"""What each step asks: fields, and what else may be done. Labels are those of the pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ciam.authentication import sign_up as sign_up_rules
from ciam.authentication.journey import RECOVERY, SIGN_IN, SIGN_UP
from ciam.authentication.methods.email_code import DIGITS
from ciam.authentication.second_factor import load_pending
from ciam.authentication.sign_in import MAX_IDENTIFIER_LENGTH
from ciam.customers.identifiers import mask_email
from ciam.federation.offers import list_offers
from ciam.texts import Text
from ciam.web.own_interface.scene import Scene
from ciam.web.own_interface.shown_texts import notice_choice, purpose_choice

if TYPE_CHECKING:
    from collections.abc import Sequence


_MOST: Final = 320
_NAME_LENGTH: Final = 80
_CODE: Final = f"[0-9]{{{DIGITS}}}"


@dataclass(frozen=True, slots=True)
class Field:
    """One input; the words are those of HTML (`autocomplete`, `inputmode`, `pattern`)."""

    name: str
    label: Text | None
    type: str = "text"
    autocomplete: str = "off"
    inputmode: str | None = None
    required: bool = True
    min_length: int | None = None
    max_length: int = _MOST
    pattern: str | None = None
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step asks; `submit` is the action that the fields belong to.

    other_actions  what else may be sent in this step, with its label
    choices        by kind: journeys, providers, ways, notices, purposes
    sent_to        where a code went, masked; until when it counts; when another may be sent
    username       the name that a password store needs beside a new password
    """

    submit: str
    title: Text
    label: Text
    fields: Sequence[Field]
    other_actions: dict[str, Text] = field(default_factory=dict)
    choices: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sent_to: str | None = None
    expires_at: datetime | None = None
    again_at: datetime | None = None
    username: str | None = field(default=None, repr=False)


async def ask_password(scene: Scene) -> Asked:
    """Ask for name and password; the name alone where the policy says so."""
    policy = (await scene.transaction.policies.get()).sign_in
    named = scene.journey.state.identifier
    name = Field(
        "identifier",
        Text("E-mail address"),
        autocomplete="username",
        inputmode="email",
        max_length=MAX_IDENTIFIER_LENGTH,
        value=named or None,
    )
    others = {RECOVERY: Text("Forgotten your password?")}
    if policy.sign_up == "open":
        others[SIGN_UP] = Text("Create an account")
    choices = await _other_ways(scene, others)
    title = Text("Sign in")
    if policy.layout == "identifier_first" and not named:
        return Asked("identify", title, Text("Next"), (name,), choices=choices)
    password = Field(
        "password",
        Text("Password"),
        type="password",
        autocomplete="current-password",
        max_length=(await scene.transaction.policies.get()).passwords.maximum_length,
    )
    others_here = {"identify": Text("Use another")} if named else {}
    return Asked("sign_in", title, title, (name, password), others_here, choices)


async def ask_address(scene: Scene) -> Asked:
    """Ask for the address that a code goes to."""
    state, is_sign_up = scene.journey.state, scene.journey.kind == SIGN_UP
    address = Field(
        "email",
        Text("E-mail address"),
        type="email",
        autocomplete="email" if is_sign_up else "username",
        inputmode="email",
        value=state.address or state.identifier or None,
    )
    title = Text("Create an account") if is_sign_up else Text("Forgotten your password?")
    choices = await _other_ways(scene, {SIGN_IN: Text("Sign in")}, providers=is_sign_up)
    return Asked("give_address", title, Text("Next"), (address,), choices=choices)


async def ask_code(scene: Scene) -> Asked:
    """Ask for the code that was sent; the address may be given again."""
    state = scene.journey.state
    wait = (await scene.transaction.policies.get()).sign_in.resend_wait
    return Asked(
        "enter_code",
        Text("Enter the code"),
        Text("Next"),
        (_code_field(),),
        {
            "resend_code": Text("Send a new code"),
            "give_address": Text("Use another address"),
        },
        sent_to=mask_email(state.address),
        expires_at=state.code_expires_at,
        again_at=None if state.sent_at is None else state.sent_at + wait,
    )


async def ask_details(scene: Scene) -> Asked:
    """Ask for names, password, notices and optional purposes, with their full texts."""
    details = await sign_up_rules.load_details(
        scene.transaction, scene.journey.handle, scene.holder.context
    )
    known = sign_up_rules.known_names(details)
    labels = {"family_name": Text("Family name"), "given_name": Text("Given name")}
    fields = [
        Field(
            name,
            labels[name],
            autocomplete=name.replace("_", "-"),
            max_length=_NAME_LENGTH,
            value=known.get(name),
        )
        for name in sign_up_rules.NAMES
    ]
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
        username=scene.journey.state.address,
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


async def ask_second_factor(scene: Scene) -> Asked:
    """Ask for a code, in any of the ways that the customer has set up."""
    pending = await load_pending(scene.transaction, scene.journey.handle, scene.holder.context)
    names = {
        "totp": Text("Use the authenticator app"),
        "recovery_code": Text("Use a recovery code"),
    }
    ways = [one.METHOD for one in pending.ways]
    way = Field("way", None, type="hidden", max_length=32, value=ways[0])
    is_digits = ways[0] != "recovery_code"
    code = _code_field() if is_digits else Field("code", Text("Recovery code"), max_length=64)
    return Asked(
        "second_factor",
        Text("One more step"),
        Text("Sign in"),
        (way, code),
        choices={
            "ways": [{"key": one, "label": scene.say(names[one])} for one in ways if one in names],
            "journeys": [{"kind": SIGN_IN, "label": scene.say(Text("Start again"))}],
        },
    )


def _code_field() -> Field:
    return Field(
        "code",
        Text("Six-digit code"),
        autocomplete="one-time-code",
        inputmode="numeric",
        pattern=_CODE,
        max_length=64,
    )


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
