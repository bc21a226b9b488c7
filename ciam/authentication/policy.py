"""What must be proven: the policies and what the customer has set up, in one place.

The level (`acr`) and the methods (`amr`, RFC 8176) of a session come from the proofs that were
noted in the journey, never from what was asked for. Whether that is enough for a client is judged
by who asked (`ciam.oauth.authorization.interaction`).

    proofs so far             second factor set up      then
    none                      -                         a first method
    one                       no                        done, level 1
    one                       yes                       the second factor
    one that is two (mfa)     either                    done, level 2
    two                       -                         done, level 2
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from ciam.authentication.method import SecondFactor
from ciam.authentication.methods import SECOND_FACTORS, recovery_code
from ciam.authentication.state import NotedProof, State, Step
from ciam.sessions.session import ACR_ONE, ACR_TWO
from ciam.storage import UnitOfWork

MULTI_FACTOR: Final = "mfa"
"""RFC 8176: several factors; a proof that has it is two by itself (a passkey with a PIN)."""

_STAND_IN: Final = recovery_code.METHOD


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
    wanted = state.requirement.acr_values
    if is_trusted and not risk_asks and not (ACR_TWO in wanted and ACR_ONE not in wanted):
        return None
    return Step.SECOND_FACTOR if await list_second_factors(transaction, customer) else None


async def list_second_factors(transaction: UnitOfWork, customer: UUID) -> tuple[SecondFactor, ...]:
    """Give the ways in which the customer can prove a second factor; none where none is asked."""
    policy = (await transaction.policies.get()).methods
    if policy.second_factor == "off":
        return ()
    allowed = [one for one in SECOND_FACTORS if getattr(policy, one.METHOD) != "off"]
    enrolled = [one for one in allowed if await one.is_enrolled(transaction, customer)]
    # Recovery codes stand in for a factor; without one they ask nothing of anybody.
    return tuple(enrolled) if any(one.METHOD != _STAND_IN for one in enrolled) else ()


def acr_of(proofs: Sequence[NotedProof]) -> str:
    """Give the level that the proofs reach."""
    several = len(proofs) > 1 or any(MULTI_FACTOR in one.amr for one in proofs)
    return ACR_TWO if several else ACR_ONE


def amr_of(proofs: Iterable[NotedProof]) -> tuple[str, ...]:
    """Give the methods of the proofs, each once, in order; `mfa` when there were several."""
    listed = list(proofs)
    values = [value for one in listed for value in one.amr]
    return tuple(dict.fromkeys([*values, MULTI_FACTOR] if len(listed) > 1 else values))
