"""From an authorization request to what is needed first: a journey, a page of ours, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ciam.authentication.journey import SIGN_UP, load
from ciam.authentication.sign_up_details import check_is_open
from ciam.errors import PageRefusal
from ciam.oauth.authorization import keeping
from ciam.oauth.authorization.interaction import Answer, Decide, SignIn, find_need
from ciam.oauth.authorization.respond import note_refusal
from ciam.oauth.authorization.response import AuthorizationRefused
from ciam.web.needed_sign_in import begin_answer, begin_sign_in, consent_path, resume_path

if TYPE_CHECKING:
    from ciam.oauth.authorization.request import AuthorizationRequest
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.sessions import Session
    from ciam.web.own_interface.holder import Holder


@dataclass(frozen=True, slots=True)
class Needed:
    """What a request needs first.

    journey  the handle of the journey; empty when there is none
    path     where a browser goes on: where the request is answered, or a page of ours
    """

    asked: AuthorizationRequest
    session: Session | None
    journey: str = ""
    path: str = ""
    is_answerable: bool = False


async def find_needed(
    transaction: UnitOfWork,
    holder: Holder,
    asked: AuthorizationRequest,
    *,
    kind: str | None = None,
    before: str = "",
) -> Needed:
    """Find what is needed, and begin the journey for it; `before` is one that may go on instead.

    Raise OAuthError when the request is over; whoever asks is told, no page and no redirect.
    """
    session = await holder.find_session(transaction)
    try:
        need = await find_need(transaction, asked, session)
    except AuthorizationRefused as refused:
        note_refusal(transaction, asked, refused.error.code)
        raise refused.error from refused
    kept = await keeping.keep(transaction, asked, holder.context.browser_hash)
    if need is None:
        return Needed(kept, session, path=resume_path(kept), is_answerable=True)
    if isinstance(need, Decide):
        return Needed(kept, session, path=consent_path(kept))
    if kind == SIGN_UP or (kind is None and isinstance(need, SignIn) and need.create):
        await check_is_open(transaction)
    if before and await _is_open(transaction, holder, before, resume_path(kept)):
        return Needed(kept, session, journey=before)
    if isinstance(need, Answer) and session is not None:
        begun = await begin_answer(transaction, kept, holder.context, session)
        return Needed(kept, session, journey=begun.handle)
    assert isinstance(need, SignIn)  # noqa: S101 - without a session there is nothing else
    begun = await begin_sign_in(transaction, kept, need, holder.context, session, kind=kind)
    return Needed(kept, session, journey=begun.handle)


async def _is_open(transaction: UnitOfWork, holder: Holder, handle: str, end: str) -> bool:
    """Tell whether a journey is under way and leads to this end."""
    try:
        journey = await load(transaction, handle, holder.context)
    except PageRefusal:
        return False
    return not journey.is_finished and journey.state.return_to == end
