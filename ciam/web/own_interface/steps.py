"""The table: each step with what it asks, and each action with what it takes and does.

A step that is not here is done on its page; `document.py` answers with the page's address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ciam.authentication.state import Step
from ciam.customers.attributes import ATTRIBUTES
from ciam.web.own_interface import acting, acting_passkeys, asking
from ciam.web.own_interface.asking_attributes import ask_question
from ciam.web.own_interface.asking_second_factor import ask_second_factor
from ciam.web.own_interface.asking_set_up import ask_set_up

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ciam.web.own_interface.acting import Submission
    from ciam.web.own_interface.asked import Asked
    from ciam.web.own_interface.scene import Scene

    Ask = Callable[[Scene], Awaitable[Asked | None]]
    Act = Callable[[Submission], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Action:
    """What may be sent: in which steps, the fields by name, or by how their names begin.

    needs_browser  it leads through a browser; an app is told to use one
    """

    act: Act
    steps: frozenset[str]
    fields: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    needs_browser: bool = False

    def takes(self, name: str) -> bool:
        """Tell whether a field is one of this action's."""
        return name in self.fields or (bool(self.prefixes) and name.startswith(self.prefixes))


def _steps(*steps: Step) -> frozenset[str]:
    return frozenset(str(one) for one in steps)


STEPS: Final[dict[Step, Ask]] = {
    Step.PASSWORD: asking.ask_password,
    Step.SIGN_UP_ADDRESS: asking.ask_address,
    Step.RECOVERY_ADDRESS: asking.ask_address,
    Step.CODE: asking.ask_code,
    Step.DETAILS: asking.ask_details,
    Step.NEW_PASSWORD: asking.ask_new_password,
    Step.SECOND_FACTOR: ask_second_factor,
    Step.QUESTION: ask_question,
    Step.SET_UP: ask_set_up,
}

WRITING_STEPS: Final = frozenset({Step.SET_UP})
"""Where asking writes: who is offered a passkey for the first time gets their handle."""

ACTIONS: Final[dict[str, Action]] = {
    "sign_in": Action(
        acting.sign_in, _steps(Step.PASSWORD), frozenset({"identifier", "password", "work"})
    ),
    "identify": Action(
        acting.identify, _steps(Step.PASSWORD, Step.CODE), frozenset({"identifier"})
    ),
    "ask_for_code": Action(
        acting.ask_for_code, _steps(Step.PASSWORD), frozenset({"identifier", "work"})
    ),
    "give_address": Action(
        acting.give_address,
        _steps(Step.SIGN_UP_ADDRESS, Step.RECOVERY_ADDRESS, Step.CODE),
        frozenset({"email", "phone", "work"}),
    ),
    "enter_code": Action(acting.enter_code, _steps(Step.CODE), frozenset({"code"})),
    "resend_code": Action(acting.resend_code, _steps(Step.CODE)),
    "finish_sign_up": Action(
        acting.finish_sign_up,
        _steps(Step.DETAILS),
        frozenset({"username", "password", "credential"}) | ATTRIBUTES.keys(),
        ("notice_", "purpose_", "shown_", "attribute_"),
    ),
    "set_password": Action(acting.set_password, _steps(Step.NEW_PASSWORD), frozenset({"password"})),
    "second_factor": Action(
        acting.second_factor, _steps(Step.SECOND_FACTOR), frozenset({"way", "code", "trust_device"})
    ),
    "send_second_factor": Action(
        acting.send_second_factor, _steps(Step.SECOND_FACTOR), frozenset({"way"})
    ),
    "answer_question": Action(
        acting.answer_question,
        _steps(Step.QUESTION),
        frozenset({"ticket"}) | ATTRIBUTES.keys(),
        ("attribute_",),
    ),
    "skip_question": Action(acting.skip_question, _steps(Step.QUESTION), frozenset({"ticket"})),
    "sign_in_with_passkey": Action(
        acting_passkeys.sign_in_with_passkey,
        _steps(Step.PASSWORD, Step.CODE),
        frozenset({"credential"}),
    ),
    "second_passkey": Action(
        acting_passkeys.second_passkey,
        _steps(Step.SECOND_FACTOR),
        frozenset({"credential", "trust_device"}),
    ),
    "set_up_passkey": Action(
        acting_passkeys.set_up_passkey, _steps(Step.SET_UP), frozenset({"credential"})
    ),
    "set_up_app": Action(
        acting_passkeys.set_up_app, _steps(Step.SET_UP), frozenset({"offer", "code"})
    ),
    "send_lost_factor_code": Action(acting.send_lost_factor_code, _steps(Step.SECOND_FACTOR)),
    "lost_second_factor": Action(
        acting.lost_second_factor, _steps(Step.SECOND_FACTOR), frozenset({"code"})
    ),
    "go_to_provider": Action(
        acting.go_to_provider,
        _steps(Step.PASSWORD, Step.SIGN_UP_ADDRESS),
        frozenset({"provider"}),
        needs_browser=True,
    ),
}
