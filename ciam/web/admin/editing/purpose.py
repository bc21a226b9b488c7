"""A purpose in the console: what is written makes a new version; who is asked again is shown."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from ciam.administration.editing import Intent, Saved, save_purpose
from ciam.administration.roles import Permission
from ciam.consent.purposes import PurposeDocument
from ciam.errors import FormRefused
from ciam.storage import UnitOfWork
from ciam.texts import Text
from ciam.web.admin.editing.client import RECIPIENTS
from ciam.web.admin.editing.editor import Save
from ciam.web.admin.editing.field import (
    LANGUAGES,
    Field,
    Group,
    read_line,
    read_lines,
    refuse,
    text_names,
    text_values,
    texts_of,
)

_TEXTS: Final = ("title", "what", "why", "recipient", "text")
_PARTY: Final = ("id", "name", "address", "contact", "country")
_LISTS: Final = ("attributes", "scopes", "storage_locations")
_KEPT: Final = ("asks_again", "effective_from")
_LABELS: Final = {
    "title": Text("Title"),
    "what": Text("What happens with which data, in one sentence"),
    "why": Text("To what end, in one sentence"),
    "recipient": Text("Who gets it, as people know them"),
    "text": Text("Full text"),
}
_PARTY_LABELS: Final = {
    "id": Text("Address of its site"),
    "name": Text("Name"),
    "address": Text("Postal address"),
    "contact": Text("Where to write or call"),
    "country": Text("Country, as two letters"),
}
LAWFUL_BASES: Final = (
    ("consent", Text("Consent")),
    ("contract", Text("Contract")),
    ("legal_obligation", Text("Legal obligation")),
    ("vital_interests", Text("Vital interests")),
    ("public_task", Text("Public task")),
    ("legitimate_interests", Text("Legitimate interests")),
)
_ASKED: Final = (
    ("sign_up", Text("When signing up, and whoever never answered")),
    ("client", Text("Before the first use of a recipient app")),
    ("account", Text("Only in the account")),
)
_AGAIN: Final = (
    ("", Text("Decided by what changed")),
    ("true", Text("Ask everybody again")),
    ("false", Text("Only wording changed: ask nobody")),
)


class PurposeEditor:
    """Edits purposes."""

    kind: Final = "purpose"
    section: Final = "purposes"
    parameter: Final = "key"
    needs: Final = Permission.CONSENT_CHANGE
    new_title: Final = Text("Add a purpose")
    key_field: Final = Field(
        "key",
        Text("Key"),
        hint=Text("Small letters, digits, - and _. It is never changed."),
        needed=True,
    )
    groups: Final = (
        *(
            Group(
                Text("Texts: {language}", language=own),
                tuple(
                    Field(
                        f"{name}_{code}", _LABELS[name], "prose" if name == "text" else "line",
                        language=code,
                    )
                    for name in _TEXTS
                ),
            )
            for code, own in LANGUAGES
        ),
        Group(
            Text("What it covers"),
            (
                Field("lawful_basis", Text("Lawful basis"), "choice", choices=LAWFUL_BASES),
                Field(
                    "attributes", Text("Details that go out only for this"), "lines",
                    Text("Names of claims, one on each line."),
                ),
                Field("scopes", Text("Scopes that are given only for this"), "lines"),
                Field(
                    "recipients", Text("Recipients"), "lines",
                    Text("One on each line: a kind (ourselves, processor, joint_use, third_party,"
                         " cross_border), then client_ids, or * for every app of the kind."),
                    needed=True,
                ),
                Field(
                    "retention_days", Text("Days until it expires"),
                    hint=Text("Nothing: until it is withdrawn."),
                ),
                Field(
                    "storage_locations", Text("Countries where it is stored"), "lines",
                    Text("Two letters, one on each line."), needed=True,
                ),
                Field(
                    "jurisdiction", Text("Whose law applies"), hint=Text("Two letters."),
                    needed=True,
                ),
                Field("asked", Text("When to ask"), "choice", choices=_ASKED),
                Field("asks_again", Text("Asking again"), "choice", choices=_AGAIN),
            ),
        ),
        Group(
            Text("Who is responsible"),
            tuple(
                Field(f"controller_{name}", _PARTY_LABELS[name], needed=True) for name in _PARTY
            ),
        ),
    )  # fmt: skip

    async def find(self, transaction: UnitOfWork, key: str) -> Mapping[str, Any] | None:
        """Give the newest version."""
        versions = await transaction.purposes.list_versions(key)
        return versions[-1].document if versions else None

    def values(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Give what the form shows."""
        controller = document.get("controller", {})
        days = document.get("retention_days")
        return (
            text_values(document.get("texts", {}), _TEXTS)
            | {name: "\n".join(document.get(name, ())) for name in _LISTS}
            | {f"controller_{name}": controller.get(name, "") for name in _PARTY}
            | {
                "lawful_basis": document.get("lawful_basis", "consent"),
                "asked": document.get("asked", "sign_up"),
                "jurisdiction": document.get("jurisdiction", ""),
                "retention_days": "" if days is None else str(days),
                "asks_again": "",
                "recipients": "\n".join(
                    " ".join([one["kind"], *one.get("clients", ())])
                    for one in document.get("recipients", [{"kind": "ourselves"}])
                ),
            }
        )

    def read(self, key: str, form: Mapping[str, str], before: Mapping[str, Any]) -> Save:
        """Give what saves the form; who a recipient is stays, where its kind does."""
        again = {"true": True, "false": False}.get(form.get("asks_again", ""))
        document: dict[str, Any] = {
            "key": key,
            "texts": texts_of(form, before.get("texts", {}), _TEXTS),
            "controller": {name: form.get(f"controller_{name}", "") for name in _PARTY},
            "recipients": _read_recipients(form, before),
            "lawful_basis": form.get("lawful_basis", ""),
            "asked": form.get("asked", ""),
            "jurisdiction": form.get("jurisdiction", "").strip(),
            "retention_days": read_line(form, "retention_days"),
            "asks_again": again,
        } | {name: read_lines(form, name) for name in _LISTS}
        try:
            made = PurposeDocument.model_validate(document)
        except ValidationError as error:
            names = text_names(_TEXTS) | {name: name for name in document}
            names |= {f"controller.{name}": f"controller_{name}" for name in _PARTY}
            names |= {"texts": f"title_{LANGUAGES[0][0]}"}
            raise refuse(error, names) from error

        async def save(transaction: UnitOfWork, intent: Intent) -> Saved:
            return await save_purpose(transaction, intent, made)

        return save


def _read_recipients(form: Mapping[str, str], before: Mapping[str, Any]) -> list[dict[str, Any]]:
    parties = {one["kind"]: one.get("party") for one in before.get("recipients", ())}
    kinds = {kind for kind, _ in RECIPIENTS}
    found = []
    for line in read_lines(form, "recipients"):
        kind, *clients = line.replace(",", " ").split()
        if kind not in kinds:
            said = Text("This does not fit: {why}", why=kind)
            raise FormRefused("a kind of recipient", errors={"recipients": said})
        found.append({"kind": kind, "party": parties.get(kind), "clients": clients})
    return found


EDITOR: Final = PurposeEditor()
