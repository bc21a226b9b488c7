"""What must be proven: whoever asks x what is allowed x what the customer has, in one place.

The level (`acr`) and the methods (`amr`, RFC 8176) of a session come from the proofs that were
noted in the journey, never from what was asked for. Which methods may be used as what is said by
the installation, the brand and the app (`ciam.sessions.levels.methods_for`).

    two factors are asked by                        the customer can prove    then
    the installation, brand or app (`required`),    a second factor           the second factor
      or the request (acr of level two)             none                      sets one up, level 2
    the risk of this sign-in (`risk_asks`)          a second factor           the second factor
                                                    none                      done, level 1
    the customer, who has switched one on           -                         the second factor;
                                                                              done where trusted
    nobody                                          -                         done, level 1

    one proof that is two (mfa), or two proofs      -                         done, level 2

`is_trusted` (a device that is remembered) spares a customer what they themselves asked for, never
what somebody else asks. A requested level that nothing here can reach asks for nothing; whether
what came of it is enough is judged by who asked (`ciam.oauth.authorization.interaction`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ciam.authentication.journey import Journey
from ciam.authentication.method import SecondFactor
from ciam.authentication.methods import SECOND_FACTORS, SENT_CODES, passkey, recovery_code
from ciam.authentication.requirement import Requirement
from ciam.authentication.state import NotedProof, State, Step
from ciam.errors import PageRefusal
from ciam.policies import MethodPolicy
from ciam.sessions.levels import can_be_reached, is_reached, least_of, methods_for
from ciam.sessions.session import ACR_ONE, ACR_TWO
from ciam.storage import UnitOfWork
from ciam.texts import Text

MULTI_FACTOR: Final = "mfa"
"""RFC 8176: several factors; a proof that has it is two by itself (a passkey with a PIN)."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How a customer can prove a second factor in one journey.

    codes   those whose code is typed, the first one offered first
    passkey whether a passkey of theirs will do
    is_own  whether they have switched a second factor on, so that it is asked unasked-for
    """

    codes: tuple[SecondFactor, ...]
    passkey: bool
    is_own: bool

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.codes) or self.passkey


async def find_missing(
    transaction: UnitOfWork,
    state: State,
    customer: UUID,
    *,
    is_trusted: bool = False,
    risk_asks: bool = False,
) -> Step | None:
    """Give the step that is still missing, or None when the journey may end."""
    if acr_of(state.proofs) == ACR_TWO:
        return None
    methods = await methods_for(transaction, state.client)
    if methods.second_factor == "off":
        return None
    ways = await find_ways(transaction, state, customer)
    if needs_two(methods, state.requirement):
        return Step.SECOND_FACTOR if ways else Step.SET_UP
    is_asked = (risk_asks and bool(ways)) or (ways.is_own and not is_trusted)
    return Step.SECOND_FACTOR if is_asked else None


def needs_two(methods: MethodPolicy, requirement: Requirement) -> bool:
    """Tell whether anybody but the customer asks for two factors."""
    wanted = requirement.acr_values
    is_requested = can_be_reached(wanted) and not is_reached(ACR_ONE, wanted)
    return is_requested or least_of(methods) == ACR_TWO


async def find_ways(transaction: UnitOfWork, state: State, customer: UUID) -> Ways:
    """Give the ways to prove a second factor: allowed here, and not proven in the journey before.

    Where a code can be sent it is, to who has switched no factor on: it comes without being set
    up. Recovery codes stand in for a factor; without one they ask nothing of anybody.
    """
    methods = await methods_for(transaction, state.client)
    used = {one.method for one in state.proofs}

    def may(method: str) -> bool:
        return methods.allows(method, "second") and method not in used

    codes = await _list_own(transaction, customer, may)
    is_own = bool(codes)
    if not is_own:
        codes = [
            one
            for one in SENT_CODES
            if may(one.METHOD) and await one.find_target(transaction, customer) is not None
        ]
    has_passkey = may(passkey.METHOD) and bool(await transaction.passkeys.list_for(customer))
    return Ways(tuple(codes), has_passkey, is_own)


async def has_own_factor(transaction: UnitOfWork, customer: UUID, client: UUID | None) -> bool:
    """Tell whether a customer has switched on a second factor that is asked where this app is."""
    methods = await methods_for(transaction, client)
    if methods.second_factor == "off":
        return False
    return bool(
        await _list_own(transaction, customer, lambda method: methods.allows(method, "second"))
    )


async def _list_own(
    transaction: UnitOfWork, customer: UUID, may: Callable[[str], bool]
) -> list[SecondFactor]:
    """Give the factors that the customer switched on, and what stands in for them; or nothing."""
    enrolled = [
        one
        for one in SECOND_FACTORS
        if may(one.METHOD) and await one.is_enrolled(transaction, customer)
    ]
    return enrolled if any(one.METHOD != recovery_code.METHOD for one in enrolled) else []


async def check_first(transaction: UnitOfWork, journey: Journey, method: str) -> None:
    """Raise PageRefusal where a method does not begin a sign-in."""
    methods = await methods_for(transaction, journey.state.client)
    if not methods.allows(method, "first"):
        raise PageRefusal(
            f"{method} is no first method here",
            status=403,
            code="way_not_offered",
            title=Text("Sign-in did not work"),
            text=Text("This way of signing in is not offered here. Please choose another one."),
        )


def acr_of(proofs: Sequence[NotedProof]) -> str:
    """Give the level that the proofs reach: two different ones, or one that is two by itself."""
    is_two = any(MULTI_FACTOR in one.amr for one in proofs)
    return ACR_TWO if is_two or _are_several(proofs) else ACR_ONE


def amr_of(proofs: Iterable[NotedProof]) -> tuple[str, ...]:
    """Give the methods of the proofs, each once, in order; `mfa` when there were several."""
    listed = list(proofs)
    values = [value for one in listed for value in one.amr]
    return tuple(dict.fromkeys([*values, MULTI_FACTOR] if _are_several(listed) else values))


def _are_several(proofs: Sequence[NotedProof]) -> bool:
    return len({one.method for one in proofs}) > 1
