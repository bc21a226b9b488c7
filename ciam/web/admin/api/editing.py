"""Changing apps, purposes and notices by the admin API: what was read, what it becomes, and why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.catalogue import list_notice_entries, list_purpose_entries
from ciam.administration.differences import Difference
from ciam.administration.editing import (
    Editable,
    Intent,
    Saved,
    end_entry,
    save_client,
    save_notice,
    save_purpose,
)
from ciam.administration.rehearsal import rehearse
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.consent.notices import NoticeDocument
from ciam.consent.purposes import PurposeDocument
from ciam.errors import ApiRefusal
from ciam.oauth.registration import ClientIdentifier, ClientMetadata
from ciam.storage import UnitOfWork
from ciam.texts import Text
from ciam.web.admin.api.body import Body, answer, read_body, to_document
from ciam.web.admin.api.clients import describe
from ciam.web.admin.api.operation import ApiRoute, OpenRoute, Operation, act_once
from ciam.web.api.conditions import check_if_match, etag_of
from ciam.web.api.writes import Reply
from ciam.web.browser import language_of
from ciam.web.parts import parts

_DRY_RUN: Final = {"dry_run": "`true`: only say what would change, and keep nothing of it."}


class Ending(Body):
    """Why something is ended; `takes_over` what config files own."""

    reason: str
    takes_over: bool = False


class ClientChange(Ending):
    """What an app becomes."""

    document: ClientMetadata
    brand: str | None = None
    renews_secret: bool = Field(default=False, description="The present secret ends at once.")


class PurposeChange(Ending):
    """The next version of a purpose."""

    document: PurposeDocument


class NoticeChange(Ending):
    """The next version of a notice."""

    document: NoticeDocument


class Change(BaseModel):
    """What changed, or would."""

    is_new: bool
    asks_again: bool = Field(description="Whether everybody is asked for consent again.")
    differences: list[Difference]
    client_secret: str | None = Field(description="A new secret: told once.")


async def put_client(request: Request, desk: Desk) -> Response:
    """Register an app, or change it."""
    sent, client_id = await read_body(request, ClientChange), request.path_params["client_id"]
    try:
        TypeAdapter(ClientIdentifier).validate_python(client_id)
    except ValidationError as error:
        raise _does_not_fit("client_id") from error

    async def load(transaction: UnitOfWork) -> Any:  # noqa: ANN401 - a document
        found = await transaction.clients.list_stored()
        return next((describe(one) for one in found if one.client_id == client_id), None)

    async def save(transaction: UnitOfWork) -> Saved:
        return await save_client(
            transaction,
            Intent(desk, sent.reason, sent.takes_over),
            client_id,
            sent.document,
            brand=sent.brand,
            renews_secret=sent.renews_secret,
        )

    return await put_entry(request, desk, load, save)


async def put_purpose(request: Request, desk: Desk) -> Response:
    """Write the next version of a purpose."""
    sent = await read_body(request, PurposeChange)
    check_key(request, sent.document.key)

    async def save(transaction: UnitOfWork) -> Saved:
        intent = Intent(desk, sent.reason, sent.takes_over)
        return await save_purpose(transaction, intent, sent.document)

    return await put_entry(request, desk, entry_loader(request, list_purpose_entries), save)


async def put_notice(request: Request, desk: Desk) -> Response:
    """Publish the next version of a notice."""
    sent = await read_body(request, NoticeChange)
    check_key(request, sent.document.key)

    async def save(transaction: UnitOfWork) -> Saved:
        intent = Intent(desk, sent.reason, sent.takes_over)
        return await save_notice(transaction, intent, sent.document)

    return await put_entry(request, desk, entry_loader(request, list_notice_entries), save)


async def put_entry(
    request: Request,
    desk: Desk,
    load: Callable[[UnitOfWork], Awaitable[Any]],
    save: Callable[[UnitOfWork], Awaitable[Saved]],
) -> Response:
    """Save what was read before; what is not there yet needs no If-Match."""

    async def checked(transaction: UnitOfWork) -> dict[str, Any]:
        before = await load(transaction)
        if before is not None or "if-match" in request.headers:
            found = "" if before is None else etag_of(transaction.database, to_document(before))
            check_if_match(request, found)
        saved = await save(transaction)
        document: dict[str, Any] = to_document(
            Change(
                is_new=saved.is_new,
                asks_again=saved.asks_again,
                differences=list(saved.differences),
                client_secret=saved.secret,
            )
        )
        return document

    async def work(transaction: UnitOfWork) -> Reply:
        return Reply(200, await checked(transaction))

    if request.query_params.get("dry_run") == "true":
        planned = await rehearse(parts(request).database, checked)
        return answer(planned | {"client_secret": None})
    return await act_once(request, desk, work)


def ender(kind: Editable, parameter: str) -> Callable[[Request, Desk], Awaitable[Response]]:
    """Make what ends an entry of a kind, whose key stands in the path."""

    async def end(request: Request, desk: Desk) -> Response:
        sent = await read_body(request, Ending)

        async def work(transaction: UnitOfWork) -> Reply:
            intent = Intent(desk, sent.reason, sent.takes_over)
            if not await end_entry(transaction, intent, kind, request.path_params[parameter]):
                raise HTTPException(404)
            return Reply(204)

        return await act_once(request, desk, work)

    return end


def entry_loader(
    request: Request, load: Callable[[UnitOfWork, str], Awaitable[list[Any]]]
) -> Callable[[UnitOfWork], Awaitable[Any]]:
    """Make what finds the entry that the path names, among all that are listed."""

    async def find(transaction: UnitOfWork) -> Any:  # noqa: ANN401 - a document
        entries = await load(transaction, language_of(request))
        wanted = request.path_params["key"]
        return next((one for one in entries if one.key == wanted), None)

    return find


def check_key(request: Request, key: str) -> None:
    """Raise ApiRefusal when a document is that of another entry than the path names."""
    if key != request.path_params["key"]:
        raise _does_not_fit("document/key")


def _does_not_fit(place: str) -> ApiRefusal:
    return ApiRefusal(
        422,
        "body_does_not_fit",
        Text("Some values do not fit."),
        faults={f"#/{place}": Text("This value does not fit.")},
    )


def put_operation(body: type[Body]) -> Operation:
    """Describe the change of an entry."""
    return Operation(Change, body=body, query=_DRY_RUN, takes_key=True, takes_match=True)


def end_operation(word: str) -> Operation:
    """Describe the end of an entry."""
    return Operation(status=204, body=Ending, takes_key=True, summary=f"End {word}.")


_CLIENTS, _CONSENT = Permission.CLIENTS_CHANGE, Permission.CONSENT_CHANGE
routes: list[ApiRoute | OpenRoute] = [
    ApiRoute(
        "/clients/{client_id:path}/end", ender("client", "client_id"), end_operation("an app"),
        needs=_CLIENTS, method="POST", fresh=True,
    ),
    ApiRoute(
        "/clients/{client_id:path}", put_client, put_operation(ClientChange), needs=_CLIENTS,
        method="PUT", fresh=True,
    ),
    ApiRoute(
        "/purposes/{key}", put_purpose, put_operation(PurposeChange), needs=_CONSENT, method="PUT"
    ),
    ApiRoute(
        "/purposes/{key}/end", ender("purpose", "key"), end_operation("a purpose"), needs=_CONSENT,
        method="POST",
    ),
    ApiRoute(
        "/notices/{key}", put_notice, put_operation(NoticeChange), needs=_CONSENT, method="PUT"
    ),
    ApiRoute(
        "/notices/{key}/end", ender("notice", "key"), end_operation("a notice"), needs=_CONSENT,
        method="POST",
    ),
]  # fmt: skip
