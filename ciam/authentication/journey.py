"""A journey: a sign-in, sign-up or recovery under way, in one tab of one browser.

The handle in the address is no secret: it counts only together with the browser's cookie. Every
step is one statement over the revision that was read, so a form posted twice moves it once; the
second answer leads to where the journey now is.
"""

from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from ciam.authentication.context import BrowserContext
from ciam.authentication.requirement import Requirement
from ciam.authentication.state import State, Step
from ciam.errors import PageRefusal, Refusal
from ciam.identifiers import new_opaque
from ciam.protection.journeys import reserve_journey
from ciam.storage import UnitOfWork
from ciam.storage.stores import journeys
from ciam.texts import Text

__all__ = [
    "CHANGE",
    "FIRST_STEPS",
    "LINK",
    "RECOVERY",
    "SIGN_IN",
    "SIGN_UP",
    "Journey",
    "Requirement",
    "StepTaken",
    "begin",
    "begin_from",
    "check_return_to",
    "finish",
    "load",
    "move",
    "path_of",
    "path_to",
]

SIGN_IN: Final = "sign_in"
SIGN_UP: Final = "sign_up"
RECOVERY: Final = "recovery"
CHANGE: Final = "change"
LINK: Final = "link"

FIRST_STEPS: Final = {
    SIGN_IN: Step.PASSWORD,
    SIGN_UP: Step.SIGN_UP_ADDRESS,
    RECOVERY: Step.RECOVERY_ADDRESS,
    LINK: Step.AT_PROVIDER,
}
_PATHS: Final = {
    Step.PASSWORD: "/sign-in",
    Step.SIGN_UP_ADDRESS: "/sign-up",
    Step.RECOVERY_ADDRESS: "/recover",
    Step.CODE: "/verify",
    Step.AT_PROVIDER: "/federation/journey",
    Step.CONFIRM_LINK: "/federation/confirm",
    Step.DETAILS: "/sign-up/details",
    Step.NEW_PASSWORD: "/recover/password",
    Step.CHANGE_CODE: "/account/email/code",
    Step.CHANGE_PHONE_CODE: "/account/phone/code",
    Step.SECOND_FACTOR: "/second-factor",
    Step.SET_UP: "/second-factor/set-up",
    Step.QUESTION: "/profile-question",
}
_ENDS: Final = ("/account", "/authorize/resume", "/consent")
_LONGEST_RETURN: Final = 2048


class StepTaken(Refusal):
    """Another request, perhaps the same form sent twice, has taken this step already."""

    code = "step_taken"


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey as it was read: its row and its opened state."""

    record: journeys.Journey
    state: State

    @property
    def id(self) -> UUID:
        """The internal id."""
        return self.record.id

    @property
    def handle(self) -> str:
        """What names it in an address."""
        return self.record.handle

    @property
    def kind(self) -> str:
        """What it is for: SIGN_IN, SIGN_UP or RECOVERY."""
        return self.record.kind

    @property
    def is_finished(self) -> bool:
        """Whether it has reached its end."""
        return self.record.finished_at is not None

    @property
    def path(self) -> str:
        """The page of its present step, or the end it has reached."""
        if self.is_finished:
            return self.state.return_to
        return path_of(self.state.step, self.handle)


async def begin(
    transaction: UnitOfWork,
    *,
    kind: str,
    requirement: Requirement,
    return_to: str,
    context: BrowserContext,
    client: UUID | None = None,
    pending: dict[str, Any] | None = None,
) -> str:
    """Begin a journey in this browser that ends at a local path; gives its handle.

    `pending` is a social identity that was proven in this browser and is nobody's yet. Raise
    TooManyAttempts when the network has begun too many.
    """
    policies = await transaction.policies.get()
    await reserve_journey(transaction, policies.limits, address=context.address)
    policy = policies.sign_in
    lifetime = policy.sign_up_lifetime if kind == SIGN_UP else policy.journey_lifetime
    state = State(
        FIRST_STEPS[kind],
        check_return_to(return_to),
        requirement,
        client,
        identifier=requirement.login_hint or "",
        pending=pending,
    )
    begun = await transaction.journeys.begin(
        new_opaque(),
        context.browser_hash,
        kind=kind,
        state=state.to_json(),
        expires_at=transaction.clock.now() + lifetime,
    )
    return begun.handle


async def begin_from(
    transaction: UnitOfWork, origin: Journey, kind: str, context: BrowserContext
) -> str:
    """Begin another kind of journey with the same end: from sign-in to sign-up, and so on.

    A pending social identity comes along: whoever turns out to have an account signs in, and links.
    """
    return await begin(
        transaction,
        kind=kind,
        requirement=replace(origin.state.requirement, create=False),
        return_to=origin.state.return_to,
        context=context,
        client=origin.state.client,
        pending=origin.state.pending,
    )


async def load(transaction: UnitOfWork, handle: str, context: BrowserContext) -> Journey:
    """Give a journey of this browser, a finished one too; raise PageRefusal for any other."""
    found = await transaction.journeys.find(handle, context.browser_hash)
    if found is None:
        raise _gone("no such journey in this browser")
    if found.finished_at is None and found.expires_at <= transaction.clock.now():
        raise _gone("the journey has expired")
    if found.finished_at is not None and found.expires_at <= found.finished_at:
        raise _gone("the journey was ended by a credential event")
    return Journey(found, State.from_json(found.state))


async def move(
    transaction: UnitOfWork, journey: Journey, state: State, *, customer: UUID | None = None
) -> None:
    """Take a step; raise StepTaken when another request was first.

    `customer` is whose journey it is from now on: a change of their credentials ends it.
    """
    if not await transaction.journeys.change(journey.record, state.to_json(), customer=customer):
        raise StepTaken("the journey has moved on")


async def finish(
    transaction: UnitOfWork, journey: Journey, state: State, *, customer: UUID
) -> None:
    """Claim the end of a journey, by one statement; raise StepTaken when it has ended before."""
    if not await transaction.journeys.finish(journey.record, state.to_json(), customer=customer):
        raise StepTaken("the journey has ended")


def path_to(page: str, handle: str) -> str:
    """Give the address of a page of a journey."""
    return f"{page}?{urlencode({'journey': handle})}"


def path_of(step: Step, handle: str) -> str:
    """Give the address where a step is asked for."""
    return path_to(_PATHS[step], handle)


def check_return_to(path: str) -> str:
    r"""Give a path back if it is one of our own pages that a journey may end at.

    Raise ValueError for anything else: another origin, a path that a browser reads as one
    (`//host`, `/\host`), control characters.
    """
    parsed = urlsplit(path)
    is_ours = any(parsed.path == end or parsed.path.startswith(f"{end}/") for end in _ENDS)
    if (
        parsed.scheme
        or parsed.netloc
        or not is_ours
        or len(path) > _LONGEST_RETURN
        or not path.isascii()
        or not path.isprintable()
        or any(sign in path for sign in '\\ "<>#')
        or "/../" in f"{parsed.path}/"
    ):
        msg = "not a page that a journey may end at"
        raise ValueError(msg)
    return path


def _gone(cause: str) -> PageRefusal:
    return PageRefusal(
        cause,
        code="journey_gone",
        text=Text(
            "It was open for too long, or was begun in another browser."
            " Please go back to where you came from and start again."
        ),
    )
