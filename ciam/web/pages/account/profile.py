"""The profile: what we know, where it came from, and what one changes oneself, by the schema."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.change_phone import has_phones
from ciam.customers.attribute_document import in_language
from ciam.customers.attribute_forms import read_form as read_attributes
from ciam.customers.attribute_forms import show_values
from ciam.customers.attributes import Attribute, Schema
from ciam.customers.definitions import load_schema
from ciam.customers.identifiers import EMAIL, PHONE, USERNAME
from ciam.customers.phones import write_phone
from ciam.customers.profile import Profile, change_profile
from ciam.errors import FormRefused
from ciam.policies import Policies
from ciam.rendering.formats import write_country
from ciam.storage.stores.attributes import AttributeValue
from ciam.texts import Text
from ciam.web.attribute_fields import make_fields
from ciam.web.browser import language_of, remember_language
from ciam.web.dependencies import sign_in_first
from ciam.web.forms import FormState
from ciam.web.pages.account.signed_in import (
    SignedIn,
    back_to,
    find_signed_in,
    render_account_page,
)
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH = "/account/profile"
SOURCE: Final = "account"
_SOURCES: Final = {
    "sign_up": Text("your registration"),
    "account": Text("you, here"),
    "sign_in": Text("you, when you signed in"),
    "import": Text("records of our company"),
    "provider": Text("a social sign-in"),
    "app": Text("an app that you allowed"),
    "api": Text("a system of our company"),
}


async def profile(request: Request) -> Response:
    """Show the profile, or change it and show it again."""
    form = await read_form(request) if request.method == "POST" else {}
    database = parts(request).database
    async with database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        schema = await load_schema(transaction)
    if signed_in is None:
        return sign_in_first(request)
    if request.method == "GET":
        shown = show_values(schema.in_account, signed_in.profile.claims)
        return await _show(request, signed_in, schema, FormState(values=shown))
    try:
        values = read_attributes(
            schema,
            _sent(schema, form),
            form,
            required=frozenset(),
            language=language_of(request),
            today=database.clock.now().date(),
        )
        async with database.write() as transaction:
            await change_profile(transaction, signed_in.session.customer, values, SOURCE)
    except FormRefused as refused:
        shown_again = FormState(form, refused.errors, refused.alert)
        return await _show(request, signed_in, schema, shown_again)
    remember_language(request, str(values.get("locale") or ""))
    return back_to(PATH, "profile")


def _sent(schema: Schema, form: Mapping[str, str]) -> list[Attribute]:
    """Give what the form asked; a box that is not ticked is not sent, and is an answer too."""
    return [
        one
        for one in schema.in_account
        if one.field_name in form or (form and one.rules.type in {"choices", "yes_no", "choice"})
    ]


async def _show(request: Request, signed_in: SignedIn, schema: Schema, form: FormState) -> Response:
    email = signed_in.profile.identifier(EMAIL)
    username = signed_in.profile.identifier(USERNAME)
    async with parts(request).database.read() as transaction:
        policies = await transaction.policies.get()
    return await render_account_page(
        request,
        "profile",
        signed_in,
        status=422 if form.is_refused else 200,
        action=PATH,
        form=form,
        email=email.value if email else None,
        email_verified_at=email.verified_at if email else None,
        phone=_phone(signed_in.profile, policies),
        username=username.value if username else None,
        customer_id=signed_in.profile.customer.customer_id,
        fields=make_fields(request, schema.in_account),
        records=_records(request, schema, signed_in.profile.values),
    )


def _phone(found: Profile, policies: Policies) -> dict[str, Any] | None:
    """Give the number and when it was proven; None where accounts have none."""
    phone, changes = found.identifier(PHONE), has_phones(policies)
    if phone is None:
        return {"number": None, "verified_at": None, "changes": True} if changes else None
    number = write_phone(phone.value, policies.names.region)
    return {"number": number, "verified_at": phone.verified_at, "changes": changes}


def _records(
    request: Request, schema: Schema, values: Iterable[AttributeValue]
) -> list[dict[str, Any]]:
    """List what cannot be changed here, with where it came from."""
    say, language = parts(request).renderer.say, language_of(request)
    changed_here = {one.name for one in schema.in_account}
    found = []
    for value in values:
        attribute = schema.by_name.get(value.attribute)
        if attribute is None or value.claim in changed_here or not attribute.may_read("customer"):
            continue
        found.append(
            {
                "label": _label(say(attribute.label_in(language), language), value.language),
                "value": _in_words(request, attribute, value.value),
                "source": say(_source(value.source), language),
                "since": value.observed_at,
            }
        )
    return found


def _label(label: str, tag: str) -> str:
    return f"{label} ({tag})" if tag else label


def _in_words(request: Request, attribute: Attribute, value: Any) -> str:  # noqa: ANN401 - what an attribute can hold
    language = language_of(request)
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values())
    if isinstance(value, bool):
        return parts(request).renderer.say(Text("Yes") if value else Text("No"), language)
    if attribute.rules.type == "country":
        return write_country(str(value), language, "")
    words = {one.value: in_language(one.labels, language) for one in attribute.rules.choices}
    listed = value if isinstance(value, list) else [value]
    return ", ".join(words.get(one) or str(one) for one in listed)


def _source(source: str) -> Text:
    return _SOURCES.get(source.partition(":")[0]) or Text("{source}", source=source)


routes = [Route(PATH, profile, methods=["GET", "POST"])]
