"""A notice in the console: each change is a version with a name of its own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from ciam.administration.editing import Intent, Saved, save_notice
from ciam.administration.roles import Permission
from ciam.consent.notices import NoticeDocument
from ciam.errors import FormRefused
from ciam.storage import UnitOfWork
from ciam.texts import Text
from ciam.web.admin.editing.editor import Save
from ciam.web.admin.editing.field import (
    LANGUAGES,
    Field,
    Group,
    read_check,
    read_line,
    refuse,
    text_names,
    text_values,
    texts_of,
    write_check,
)

_TEXTS: Final = ("title", "changed", "body")
_LABELS: Final = {
    "title": Text("Title"),
    "changed": Text("What changed, in one sentence"),
    "body": Text("Full text"),
}
_KINDS: Final = (
    ("terms", Text("Terms of use")),
    ("privacy", Text("Privacy notice")),
    ("other", Text("Another notice")),
)
_BODY_HINT: Final = Text("An empty line ends a paragraph, # begins a heading, - an item of a list.")


class NoticeEditor:
    """Edits notices."""

    kind: Final = "notice"
    section: Final = "notices"
    parameter: Final = "key"
    needs: Final = Permission.CONSENT_CHANGE
    new_title: Final = Text("Add a notice")
    key_field: Final = Field(
        "key",
        Text("Key"),
        hint=Text("Small letters, digits, - and _. It is never changed."),
        needed=True,
    )
    groups: Final = (
        Group(
            Text("This version"),
            (
                Field(
                    "version", Text("Name of the version"),
                    hint=Text("For example the month it begins in: 2030-04."), needed=True,
                ),
                Field("kind", Text("Kind"), "choice", choices=_KINDS),
                Field("required", Text("No account without accepting it"), "check"),
                Field("asks_again", Text("Everybody accepts it anew"), "check"),
                Field(
                    "effective_from", Text("In force from"), "date",
                    Text("Nothing: at once. The day begins in UTC."),
                ),
            ),
        ),
        *(
            Group(
                Text("Texts: {language}", language=own),
                tuple(
                    Field(
                        f"{name}_{code}", _LABELS[name], "prose" if name == "body" else "line",
                        _BODY_HINT if name == "body" else None, language=code,
                    )
                    for name in _TEXTS
                ),
            )
            for code, own in LANGUAGES
        ),
    )  # fmt: skip

    async def find(self, transaction: UnitOfWork, key: str) -> Mapping[str, Any] | None:
        """Give the newest version."""
        versions = await transaction.notices.list_versions(key)
        return versions[-1].document if versions else None

    def values(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Give what the form shows: the texts of the newest version, without its name and day."""
        return text_values(document.get("texts", {}), _TEXTS) | {
            "version": "",
            "effective_from": "",
            "kind": document.get("kind", "terms"),
            "required": write_check(document.get("required", True)),
            "asks_again": write_check(document.get("asks_again", True)),
        }

    def read(self, key: str, form: Mapping[str, str], before: Mapping[str, Any]) -> Save:
        """Give what saves the form; who speaks stays."""
        document: dict[str, Any] = {
            "key": key,
            "version": form.get("version", "").strip(),
            "kind": form.get("kind", ""),
            "texts": texts_of(form, before.get("texts", {}), _TEXTS),
            "required": read_check(form, "required"),
            "asks_again": read_check(form, "asks_again"),
            "effective_from": _read_day(form),
            "controller": before.get("controller"),
        }
        try:
            made = NoticeDocument.model_validate(document)
        except ValidationError as error:
            names = text_names(_TEXTS) | {name: name for name in document}
            names |= {"texts": f"title_{LANGUAGES[0][0]}"}
            raise refuse(error, names) from error

        async def save(transaction: UnitOfWork, intent: Intent) -> Saved:
            return await save_notice(transaction, intent, made)

        return save


def _read_day(form: Mapping[str, str]) -> datetime | None:
    day = read_line(form, "effective_from")
    if day is None:
        return None
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        said = Text("Enter a day as 2030-04-01.")
        raise FormRefused("no day", errors={"effective_from": said}) from error


EDITOR: Final = NoticeEditor()
