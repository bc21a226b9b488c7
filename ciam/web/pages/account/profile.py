"""The profile: what we know, where it came from, and the names and language one changes oneself."""

from collections.abc import Iterable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.change_phone import has_phones
from ciam.customers.attributes import ATTRIBUTES
from ciam.customers.identifiers import EMAIL, PHONE, USERNAME
from ciam.customers.phones import write_phone
from ciam.customers.profile import Profile, change_profile
from ciam.errors import FormRefused
from ciam.policies import Policies
from ciam.storage.stores.attributes import AttributeValue
from ciam.texts import Text
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
_EDITABLE: Final[tuple[str, ...]] = ("family_name", "given_name", "locale")
_SOURCES: Final = {
    "sign_up": Text("your registration"),
    "account": Text("you, here"),
    "import": Text("records of our company"),
    "provider": Text("a social sign-in"),
    "app": Text("an app that you allowed"),
    "api": Text("a system of our company"),
}


async def profile(request: Request) -> Response:
    """Show the profile, or change it and show it again."""
    form = await read_form(request) if request.method == "POST" else {}
    values = {name: form[name] for name in _EDITABLE if name in form}
    database = parts(request).database
    async with database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
    if signed_in is None:
        return sign_in_first(request)
    if request.method == "GET":
        return await _show(request, signed_in, FormState(values=_editable(signed_in.profile)))
    try:
        async with database.write() as transaction:
            await change_profile(transaction, signed_in.session.customer, values, SOURCE)
    except FormRefused as refused:
        return await _show(request, signed_in, FormState(values, refused.errors, refused.alert))
    remember_language(request, values.get("locale", ""))
    return back_to(PATH, "profile")


async def _show(request: Request, signed_in: SignedIn, form: FormState) -> Response:
    email = signed_in.profile.identifier(EMAIL)
    username = signed_in.profile.identifier(USERNAME)
    async with parts(request).database.read() as transaction:
        policies = await transaction.policies.get()
    links = parts(request).renderer.language_links(language_of(request), lambda _code: "")
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
        locales=[{"code": link.code, "label": link.label} for link in links],
        records=_records(request, signed_in.profile.values),
    )


def _phone(found: Profile, policies: Policies) -> dict[str, Any] | None:
    """Give the number and when it was proven; None where accounts have none."""
    phone, changes = found.identifier(PHONE), has_phones(policies)
    if phone is None:
        return {"number": None, "verified_at": None, "changes": True} if changes else None
    number = write_phone(phone.value, policies.names.region)
    return {"number": number, "verified_at": phone.verified_at, "changes": changes}


def _editable(found: Profile) -> dict[str, str]:
    claims = found.claims
    return {name: str(claims.get(name, "")) for name in _EDITABLE}


def _records(request: Request, values: Iterable[AttributeValue]) -> list[dict[str, Any]]:
    """List what cannot be changed here, with where it came from."""
    say, language = parts(request).renderer.say, language_of(request)
    return [
        {
            "label": _label(say(ATTRIBUTES[value.attribute].label, language), value.language),
            "value": _in_words(value.value),
            "source": say(_source(value.source), language),
            "since": value.observed_at,
        }
        for value in values
        if value.claim not in _EDITABLE and value.attribute in ATTRIBUTES
    ]


def _label(label: str, tag: str) -> str:
    return f"{label} ({tag})" if tag else label


def _in_words(value: Any) -> str:  # noqa: ANN401 - what an attribute can hold
    return (
        ", ".join(str(part) for part in value.values()) if isinstance(value, dict) else str(value)
    )


def _source(source: str) -> Text:
    return _SOURCES.get(source.partition(":")[0]) or Text("{source}", source=source)


routes = [Route(PATH, profile, methods=["GET", "POST"])]
