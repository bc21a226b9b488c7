"""Three steps: the form, what it would change with the reason asked for, and the change itself.

What is shown in the second step is rehearsed, not computed. Between the second and the third the
entry must not have changed: the form carries the validator of what it was filled from.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.administration.editing import Editable, Intent, Saved, end_entry
from ciam.administration.rehearsal import rehearse
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.errors import FormRefused
from ciam.storage import UnitOfWork
from ciam.texts import Text
from ciam.web.admin.desk import back_to, render_console
from ciam.web.admin.editing.field import YES, Field, Group
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.api.conditions import etag_of
from ciam.web.forms import FormState
from ciam.web.parts import parts
from ciam.web.read_form import read_form

BASE: Final = "/admin/edit"
_LONGEST: Final = 200_000
_OWN: Final = frozenset({"step", "reason", "takes_over"})
"""Fields of the steps themselves."""

Save = Callable[[UnitOfWork, Intent], Awaitable[Saved]]


class Editor(Protocol):
    """What a kind of entry has of its own."""

    @property
    def kind(self) -> Editable:
        """What it edits."""

    @property
    def section(self) -> str:
        """Its entry of the menu, and its place in an address."""

    @property
    def parameter(self) -> str:
        """How its key stands in an address, with a converter where it needs one."""

    @property
    def needs(self) -> Permission:
        """Who may edit."""

    @property
    def new_title(self) -> Text:
        """The heading over a new one."""

    @property
    def key_field(self) -> Field:
        """The key of a new one."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """All other fields."""

    async def find(self, transaction: UnitOfWork, key: str) -> Mapping[str, Any] | None:
        """Give the document of an entry, None where there is none."""

    def values(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Give what the form shows of a document; `{}` for a new one."""

    def read(self, key: str, form: Mapping[str, str], before: Mapping[str, Any]) -> Save:
        """Give what saves the form; raise FormRefused for values that do not fit."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """The entry that is edited: its key, empty for a new one, and what is stored."""

    key: str
    document: Mapping[str, Any]
    revision: str
    is_of_files: bool


def editor_routes(editor: Editor) -> list[Route]:
    """Give the routes of one kind; those that are longer first, since a key may hold slashes."""
    place = f"{BASE}/{editor.section}"
    one = f"{place}/{{{editor.parameter}}}"

    async def show(request: Request, desk: Desk) -> Response:
        entry = await _load(request, editor)
        form = FormState({"revision": entry.revision, **editor.values(entry.document)})
        return await _form_page(request, desk, editor, entry, form)

    async def submit(request: Request, desk: Desk) -> Response:
        entry = await _load(request, editor)
        sent = await read_form(request, longest=_LONGEST)
        try:
            return await _step(request, desk, editor, entry, sent)
        except FormRefused as refused:
            state = FormState(sent, refused.errors, refused.alert)
            return await _form_page(request, desk, editor, entry, state)

    async def end(request: Request, desk: Desk) -> Response:
        entry, sent = await _load(request, editor), await read_form(request)
        intent = Intent(desk, sent.get("reason", ""), sent.get("takes_over") == YES)
        try:
            async with parts(request).database.write() as transaction:
                await end_entry(transaction, intent, editor.kind, entry.key)
        except FormRefused as refused:
            values = {"revision": entry.revision, **editor.values(entry.document)}
            state = FormState(values, refused.errors, refused.alert)
            return await _form_page(request, desk, editor, entry, state)
        return back_to(f"/admin/{editor.section}", "ended")

    needs = editor.needs
    # Where an app's answers go is as grave as who an operator is; a long text is not lost for it.
    is_grave = editor.kind == "client"
    return [
        AdminRoute(place, show, needs=needs, fresh=True),
        AdminRoute(f"{place}/save", submit, needs=needs, methods=("POST",), fresh=is_grave),
        AdminRoute(f"{one}/save", submit, needs=needs, methods=("POST",), fresh=is_grave),
        AdminRoute(f"{one}/end", end, needs=needs, methods=("POST",), fresh=True),
        AdminRoute(one, show, needs=needs, fresh=True),
    ]


async def _load(request: Request, editor: Editor) -> _Entry:
    key = request.path_params.get(editor.parameter.partition(":")[0], "")
    database = parts(request).database
    async with database.read() as transaction:
        document = await editor.find(transaction, key) if key else {}
        owners = await transaction.ownership.list_owners(editor.kind)
    if document is None:
        raise HTTPException(404)
    owner = owners.get(key)
    is_of_files = owner is not None and owner.managed_by == "file"
    return _Entry(key, document, etag_of(database, document).strip('"'), is_of_files)


async def _step(
    request: Request, desk: Desk, editor: Editor, entry: _Entry, sent: dict[str, str]
) -> Response:
    if sent.get("step") == "edit":
        return await _form_page(request, desk, editor, entry, FormState(sent), status=200)
    key = entry.key or sent.get(editor.key_field.name, "").strip()
    is_taken = not entry.key and await _exists(request, editor, key)
    if sent.get("revision") != entry.revision or is_taken:
        cause = "changed meanwhile"
        said = Text("It was changed since you opened it. Open it again.")
        raise FormRefused(cause, alert=said)
    save = editor.read(key, sent, entry.document)
    takes_over = sent.get("takes_over") == YES
    database = parts(request).database
    if sent.get("step") != "save":
        intent = Intent(desk, "rehearsed", takes_over)
        planned = await rehearse(database, lambda transaction: save(transaction, intent))
        return await _check_page(request, desk, editor, entry, sent, planned=planned)
    try:
        intent = Intent(desk, sent.get("reason", ""), takes_over)
        async with database.write() as transaction:
            saved = await save(transaction, intent)
    except FormRefused as refused:
        if set(refused.errors) != {"reason"}:
            raise
        intent = Intent(desk, "rehearsed", takes_over)
        planned = await rehearse(database, lambda transaction: save(transaction, intent))
        return await _check_page(
            request, desk, editor, entry, sent, planned=planned, errors=dict(refused.errors)
        )
    there = f"/admin/{editor.section}/{key}"
    if saved.secret is None:
        return back_to(there, "saved")
    return await render_console(
        request, "edit_secret", desk, section=editor.section, key=key, secret=saved.secret,
        path=there,
    )  # fmt: skip


async def _exists(request: Request, editor: Editor, key: str) -> bool:
    async with parts(request).database.read() as transaction:
        return await editor.find(transaction, key) is not None


async def _form_page(
    request: Request,
    desk: Desk,
    editor: Editor,
    entry: _Entry,
    form: FormState,
    *,
    status: int | None = None,
) -> Response:
    return await render_console(
        request,
        "edit",
        desk,
        status=status or (422 if form.is_refused else 200),
        section=editor.section,
        path=_path(editor, entry),
        back=f"/admin/{editor.section}" + (f"/{entry.key}" if entry.key else ""),
        heading=entry.key or editor.new_title,
        is_new=not entry.key,
        is_of_files=entry.is_of_files,
        key_field=editor.key_field,
        groups=editor.groups,
        form=form,
    )


async def _check_page(
    request: Request,
    desk: Desk,
    editor: Editor,
    entry: _Entry,
    sent: dict[str, str],
    *,
    planned: Saved,
    errors: dict[str, Text] | None = None,
) -> Response:
    return await render_console(
        request,
        "edit_check",
        desk,
        status=422 if errors else 200,
        section=editor.section,
        path=_path(editor, entry),
        heading=entry.key or sent.get(editor.key_field.name, ""),
        planned=planned,
        kept={name: value for name, value in sent.items() if name not in _OWN},
        takes_over=sent.get("takes_over") == YES,
        form=FormState({"reason": sent.get("reason", "")}, errors or {}),
    )


def _path(editor: Editor, entry: _Entry) -> str:
    return f"{BASE}/{editor.section}" + (f"/{entry.key}" if entry.key else "")
