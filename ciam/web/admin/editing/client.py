"""An app in the console: its metadata (RFC 7591 §2), without its secret, which is shown once."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from ciam.administration.editing import Intent, Saved, save_client
from ciam.administration.roles import Permission
from ciam.errors import FormRefused
from ciam.oauth.registration import ClientIdentifier, ClientMetadata
from ciam.storage import UnitOfWork
from ciam.texts import Text
from ciam.web.admin.editing.editor import Save
from ciam.web.admin.editing.field import (
    Field,
    Group,
    read_check,
    read_line,
    read_lines,
    refuse,
    write_check,
)

_GRANTS: Final = ("authorization_code", "refresh_token", "client_credentials")
_LISTS: Final = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "allowed_origins",
    "audience",
    "contacts",
)
_LINES: Final = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
_CHOICES: Final = (
    "application_type",
    "token_endpoint_auth_method",
    "subject_type",
    "refresh_rotation",
    "access_token_format",
    "id_token_signed_response_alg",
    "recipient_kind",
)
_CHECKS: Final = ("first_party", "require_pkce", "id_token_claims", "require_auth_time")
_DEFAULTS: Final = {
    name: field.default for name, field in ClientMetadata.model_fields.items() if name in _CHOICES
}


def _plain(*values: str) -> tuple[tuple[str, Text], ...]:
    """Offer values of a specification by their own names."""
    return tuple((value, Text("{name}", name=value)) for value in values)


RECIPIENTS: Final = (
    ("ourselves", Text("Ourselves")),
    ("processor", Text("A processor on our behalf")),
    ("joint_use", Text("Joint use")),
    ("third_party", Text("A third party")),
    ("cross_border", Text("A third party abroad")),
)


class ClientEditor:
    """Edits apps."""

    kind: Final = "client"
    section: Final = "clients"
    parameter: Final = "client_id:path"
    needs: Final = Permission.CLIENTS_CHANGE
    new_title: Final = Text("Register an app")
    key_field: Final = Field(
        "client_id", Text("client_id"), hint=Text("It is never changed."), needed=True
    )
    groups: Final = (
        Group(
            Text("For people"),
            (
                Field("client_name_ja", Text("Name in Japanese"), language="ja"),
                Field("client_name_en", Text("Name in English"), language="en"),
                Field("client_uri", Text("Address of the app")),
                Field("logo_uri", Text("Address of its logo")),
                Field("policy_uri", Text("Its privacy policy")),
                Field("tos_uri", Text("Its terms of use")),
                Field("contacts", Text("Whom to write to"), "lines", Text("One on each line.")),
                Field(
                    "brand", Text("Brand of the pages"),
                    hint=Text("The key of a brand, or nothing."),
                ),
            ),
        ),
        Group(
            Text("Addresses"),
            (
                Field(
                    "redirect_uris", Text("Return addresses"), "lines",
                    Text("One on each line, compared character by character."),
                ),
                Field(
                    "post_logout_redirect_uris", Text("After signing out"), "lines",
                    Text("One on each line."),
                ),
                Field(
                    "allowed_origins", Text("Origins whose scripts may call us"), "lines",
                    Text("One on each line."),
                ),
            ),
        ),
        Group(
            Text("What it may do"),
            (
                Field("scope", Text("Scopes"), hint=Text("Separated by spaces.")),
                Field("audience", Text("Audience"), "lines", Text("One on each line.")),
                *(
                    Field(f"grant_{name}", Text("{name}", name=name), "check")
                    for name in _GRANTS
                ),
                Field("recipient_kind", Text("Kind of recipient"), "choice", choices=RECIPIENTS),
                Field(
                    "first_party", Text("Our own app: scopes need no page of their own"), "check"
                ),
            ),
        ),
        Group(
            Text("Protocol"),
            (
                Field(
                    "application_type", Text("Kind of app"), "choice",
                    choices=_plain("web", "native"),
                ),
                Field(
                    "token_endpoint_auth_method", Text("Authentication"), "choice",
                    choices=_plain("client_secret_basic", "client_secret_post", "none"),
                ),
                Field(
                    "subject_type", Text("Subject"), "choice", choices=_plain("public", "pairwise")
                ),
                Field(
                    "access_token_format", Text("Access tokens"), "choice",
                    choices=_plain("jwt", "opaque"),
                ),
                Field(
                    "refresh_rotation", Text("Refresh tokens"), "choice",
                    choices=_plain("auto", "always", "never"),
                ),
                Field(
                    "id_token_signed_response_alg", Text("Signature of ID tokens"), "choice",
                    choices=_plain("RS256", "ES256"),
                ),
                Field(
                    "default_max_age", Text("Longest time since the sign-in"),
                    hint=Text("Seconds, or nothing."),
                ),
                Field("require_pkce", Text("PKCE is required"), "check"),
                Field("id_token_claims", Text("Profile claims in the ID token"), "check"),
                Field("require_auth_time", Text("Time of the sign-in in the ID token"), "check"),
                Field(
                    "renews_secret",
                    Text("Make a new secret; the present one ends at once"),
                    "check",
                ),
            ),
        ),
    )  # fmt: skip

    async def find(self, transaction: UnitOfWork, key: str) -> Mapping[str, Any] | None:
        """Give what is stored of an app, with its brand."""
        for one in await transaction.clients.list_stored():
            if one.client_id == key:
                return {**one.document, "brand": one.brand}
        return None

    def values(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Give what the form shows."""
        found = document or {
            "client_name": {}, "scope": "openid profile email", "require_pkce": True,
            "grant_types": ["authorization_code", "refresh_token"],
        }  # fmt: skip
        name = found["client_name"]
        names = name if isinstance(name, dict) else {"ja": name, "en": name}
        max_age = found.get("default_max_age")
        return (
            {f"client_name_{code}": names.get(code, "") for code in ("ja", "en")}
            | {name: "\n".join(found.get(name, ())) for name in _LISTS}
            | {name: found.get(name) or "" for name in (*_LINES, "brand", "scope")}
            | {name: found.get(name, _DEFAULTS[name]) for name in _CHOICES}
            | {name: write_check(found.get(name)) for name in _CHECKS}
            | {f"grant_{name}": write_check(name in found["grant_types"]) for name in _GRANTS}
            | {"default_max_age": "" if max_age is None else str(max_age)}
        )

    def read(self, key: str, form: Mapping[str, str], before: Mapping[str, Any]) -> Save:
        """Give what saves the form."""
        document: dict[str, Any] = {
            "client_name": _read_name(form, before),
            "scope": read_line(form, "scope") or "",
            "default_max_age": read_line(form, "default_max_age"),
            "grant_types": [name for name in _GRANTS if read_check(form, f"grant_{name}")],
        }
        document |= {name: read_lines(form, name) for name in _LISTS}
        document |= {name: read_line(form, name) for name in _LINES}
        document |= {name: form.get(name, "") for name in _CHOICES}
        document |= {name: read_check(form, name) for name in _CHECKS}
        own = ("brand", *document)
        kept = {name: value for name, value in before.items() if name not in own}
        try:
            TypeAdapter(ClientIdentifier).validate_python(key)
        except ValidationError as error:
            said = Text("Letters, digits and . _ ~ - only, up to 128.")
            raise FormRefused("client_id", errors={"client_id": said}) from error
        try:
            metadata = ClientMetadata.model_validate(kept | document)
        except ValidationError as error:
            names = {name: name for name in document}
            names |= {"client_name": "client_name_ja", "grant_types": "grant_authorization_code"}
            raise refuse(error, names) from error
        renews = read_check(form, "renews_secret")

        async def save(transaction: UnitOfWork, intent: Intent) -> Saved:
            return await save_client(
                transaction,
                intent,
                key,
                metadata,
                brand=read_line(form, "brand"),
                renews_secret=renews,
            )

        return save


def _read_name(form: Mapping[str, str], before: Mapping[str, Any]) -> Any:  # noqa: ANN401 - one text, or texts by language
    stored = before.get("client_name")
    others = stored if isinstance(stored, dict) else {}
    names = {
        code: value for code in ("ja", "en") if (value := read_line(form, f"client_name_{code}"))
    }
    if isinstance(stored, str) and names == {"ja": stored, "en": stored}:
        return stored
    return {code: value for code, value in others.items() if code not in {"ja", "en"}} | names


EDITOR: Final = ClientEditor()
