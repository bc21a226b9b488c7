"""Attributes as fields of a step: the control, the words, what may be chosen."""

from typing import Any, Final

from ciam.authentication.profile_question import load_profile_question
from ciam.customers.attribute_forms import show_values
from ciam.customers.attributes import Attribute
from ciam.texts import Text
from ciam.web.attribute_fields import AUTOCOMPLETE, kind_of, longest_of, options_of
from ciam.web.own_interface.asked import Asked, Field
from ciam.web.own_interface.scene import Scene

_TYPES: Final = {
    "url": "url",
    "date": "date",
    "long_text": "textarea",
    "yes_no": "select-one",
    "choice": "select-one",
    "choices": "select-multiple",
    "country": "select-one",
    "zone": "select-one",
    "locale": "select-one",
}
_LONGEST: Final = 4096
"""Of what is chosen: the values of several stand side by side, comma separated."""


async def ask_question(scene: Scene) -> Asked:
    """Ask one thing of the profile; the ticket says which, and has to come back with the answer."""
    found = await load_profile_question(
        scene.transaction, scene.journey.handle, scene.holder.context
    )
    ticket = Field("ticket", None, type="hidden", value=found.journey.state.ticket)
    if found.attribute is None:
        return Asked("skip_question", Text("That is all"), Text("Next"), (ticket,))
    asked = attribute_field(scene, found.attribute, is_required=True)
    return Asked(
        "answer_question",
        Text("One thing is still needed") if found.is_required else Text("One question"),
        Text("Next"),
        (ticket, asked),
        {} if found.is_required else {"skip_question": Text("Not now")},
    )


def attribute_field(
    scene: Scene,
    attribute: Attribute,
    *,
    is_required: bool,
    value: Any = None,  # noqa: ANN401 - what an attribute can hold
) -> Field:
    """Ask for an attribute; of which several may be chosen, they are sent comma separated."""
    kind = kind_of(attribute)
    if isinstance(value, list):
        known: str | None = ",".join(value)
    else:
        known = show_values([attribute], {attribute.name: value}).get(attribute.field_name)
    return Field(
        attribute.field_name,
        attribute.label_in(scene.language),
        type=_TYPES.get(kind, "text"),
        autocomplete=AUTOCOMPLETE.get(attribute.name, "off"),
        inputmode="numeric" if kind == "number" else None,
        required=is_required,
        max_length=longest_of(attribute) or _LONGEST,
        min_length=attribute.rules.min_length,
        value=known,
        hint=attribute.hint_in(scene.language),
        options=options_of(scene.request, attribute, scene.language) or None,
    )
