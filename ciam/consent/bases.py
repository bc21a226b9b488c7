"""On what each claim may leave: a receipt, a grant, a purpose that needs none, a registration."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ciam.consent.client_grants import holds
from ciam.consent.known_claims import NAME_PARTS
from ciam.consent.purposes import Purpose
from ciam.customers.attributes import STANDARD, Schema, Who
from ciam.storage.stores.client_grants import ClientGrant
from ciam.storage.stores.clients import Client
from ciam.storage.stores.receipts import CLIENT, GIVEN, PURPOSE, ConsentState

OURSELVES: Final = "ourselves"
_OUR_SIDE: Final = frozenset({OURSELVES, "processor"})


def concerns(purpose: Purpose, client: Client) -> bool:
    """Tell whether a recipient has to do with a purpose; our own apps have with all."""
    return client.recipient_kind == OURSELVES or purpose.is_for(
        client.client_id, client.recipient_kind
    )


@dataclass(frozen=True, slots=True)
class Bases:
    """On which decision each claim rests, for one customer and one recipient.

    Without a grant the recipient is a service that asks for itself: what no purpose governs goes
    only to systems of our own and of those who work for us, by the operator's registration.

    A claim that an operator added was not there when people allowed apps their profile: it leaves
    for a purpose that governs it, or to systems of our own.
    """

    client: Client
    grant: ClientGrant | None
    purposes: tuple[Purpose, ...]
    states: list[ConsentState]
    schema: Schema = STANDARD

    def of(self, claim: str) -> UUID | None:
        """Give the receipt (or grant) that a claim may leave on, or None.

        One purpose that holds is enough. Without any that governs it, the grant is the basis.
        """
        who: Who = "service" if self.grant is None else "customer"
        if self.schema.is_hidden(claim, who):
            return None
        governing = [
            purpose
            for purpose in self.purposes
            if purpose.governs(claim)
            and purpose.is_for(self.client.client_id, self.client.recipient_kind)
        ]
        for purpose in governing:
            if not purpose.needs_consent:
                return self._grant_basis() if self.grant else purpose.id
            state = holds(purpose, self.states)
            if state is not None:
                return state.receipt
        if governing or (claim in self.schema.added and not self._is_our_own()):
            return None
        return self._grant_basis()

    def allows_name(self, claim: str) -> bool:
        """Refuse a full name when one of its parts may not leave."""
        return claim.partition("#")[0] != "name" or all(self.of(part) for part in NAME_PARTS)

    def consents(self) -> list[dict[str, str]]:
        """Give the states of the purposes this recipient has to do with."""
        by_purpose = {
            state.subject: state for state in self.states if state.subject_kind == PURPOSE
        }
        found = []
        for purpose in self.purposes:
            state = by_purpose.get(purpose.purpose)
            if state is None or not concerns(purpose, self.client):
                continue
            is_stale = state.state == GIVEN and state.version not in purpose.accepted_versions
            found.append(
                {
                    "purpose": purpose.key,
                    "state": "expired" if is_stale else state.state,
                    "since": state.since.isoformat(),
                }
            )
        return found

    def _is_our_own(self) -> bool:
        """Tell whether it is ours: an app that people need not allow, or a service."""
        is_service = self.grant is None
        return self.client.recipient_kind in _OUR_SIDE and (is_service or self.client.first_party)

    def _grant_basis(self) -> UUID | None:
        """Give the receipt of the grant; our own apps have none, there it is the grant itself."""
        if self.grant is None:
            return self.client.id if self.client.recipient_kind in _OUR_SIDE else None
        for state in self.states:
            is_grant = state.subject_kind == CLIENT and state.subject == self.client.id
            if is_grant and state.state == GIVEN:
                return state.receipt
        return self.grant.id
