"""The two pages on which a contact is changed: a form, then the code from the new one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.authentication.contact_change import ContactKind, load_change
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import StepTaken, path_of
from ciam.errors import FormRefused, TooManyAttempts
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.sessions import Session
from ciam.web.browser import browser_context
from ciam.web.forms import FormState
from ciam.web.pages.account.signed_in import SignedIn, back_to, render_account_page
from ciam.web.parts import parts
from ciam.web.read_form import read_form

AFTER: Final = "/account/profile"

_Shown = Awaitable[Mapping[str, object]]


@dataclass(frozen=True)
class ContactPages:
    """The pages of one kind of contact."""

    kind: ContactKind
    name: str
    """Of the field and the templates, and of what was done."""
    begin: Callable[[Database, Session, BrowserContext, str], Awaitable[str]]
    finish: Callable[[Database, Session, BrowserContext, str, str], Awaitable[None]]
    find_fresh: Callable[[Request], Awaitable[SignedIn | Response]]
    show_present: Callable[[UnitOfWork, SignedIn], _Shown]
    """What the form says of the present contact."""
    show_new: Callable[[UnitOfWork, SignedIn, str], _Shown]
    """What the page of the code says of the new contact."""

    async def change(self, request: Request) -> Response:
        """Ask for the new contact, or take it and send a code there."""
        form = await read_form(request) if request.method == "POST" else {}
        signed_in = await self.find_fresh(request)
        if isinstance(signed_in, Response):
            return signed_in
        if request.method == "GET":
            return await self._ask(request, signed_in, FormState())
        typed = form.get(self.name, "")
        found, values = parts(request), {self.name: typed}
        try:
            handle = await self.begin(
                found.database, signed_in.session, browser_context(request), typed
            )
        except FormRefused as refused:
            state = FormState(values, refused.errors, refused.alert)
            return await self._ask(request, signed_in, state)
        except TooManyAttempts as refused:
            return await self._ask(request, signed_in, FormState(values, alert=refused.text))
        return RedirectResponse(path_of(self.kind.step, handle), status_code=303)

    async def code(self, request: Request) -> Response:
        """Ask for the code, or take it and the new contact with it."""
        form = await read_form(request) if request.method == "POST" else {}
        signed_in = await self.find_fresh(request)
        if isinstance(signed_in, Response):
            return signed_in
        handle = request.query_params.get("journey", "")
        try:
            if request.method == "GET":
                return await self._ask_code(request, signed_in, handle, FormState())
            return await self._give_code(request, signed_in, handle, form.get("code", ""))
        except StepTaken:  # over, perhaps by the same form a moment ago
            return RedirectResponse(AFTER, status_code=303)

    @property
    def routes(self) -> list[Route]:
        """Where the two pages are."""
        return [
            Route(self.kind.path, self.change, methods=["GET", "POST"]),
            Route(f"{self.kind.path}/code", self.code, methods=["GET", "POST"]),
        ]

    async def _give_code(
        self, request: Request, signed_in: SignedIn, handle: str, typed: str
    ) -> Response:
        database, context = parts(request).database, browser_context(request)
        try:
            await self.finish(database, signed_in.session, context, handle, typed)
        except FormRefused as refused:
            state = FormState(errors=refused.errors)
            return await self._ask_code(request, signed_in, handle, state)
        except TooManyAttempts as refused:
            state = FormState(alert=refused.text)
            return await self._ask_code(request, signed_in, handle, state)
        return back_to(AFTER, self.name)

    async def _ask(self, request: Request, signed_in: SignedIn, form: FormState) -> Response:
        async with parts(request).database.read() as transaction:
            shown = await self.show_present(transaction, signed_in)
        return await render_account_page(
            request,
            self.name,
            signed_in,
            status=422 if form.is_refused else 200,
            form=form,
            action=self.kind.path,
            **shown,
        )

    async def _ask_code(
        self, request: Request, signed_in: SignedIn, handle: str, form: FormState
    ) -> Response:
        async with parts(request).database.read() as transaction:
            journey = await load_change(
                transaction, handle, browser_context(request), signed_in.session, self.kind
            )
            shown = await self.show_new(transaction, signed_in, journey.state.address)
        return await render_account_page(
            request,
            f"{self.name}_code",
            signed_in,
            status=422 if form.is_refused else 200,
            form=form,
            action=path_of(self.kind.step, handle),
            expires_at=journey.state.code_expires_at,
            change_href=self.kind.path,
            **shown,
        )
