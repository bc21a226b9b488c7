"""What must not come back to life with a backup: access that may have been ended since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from ciam.storage.stores.store import Store
from ciam.storage.tables.federation import federation_state
from ciam.storage.tables.grants import access_token, authorization, authorization_code
from ciam.storage.tables.journeys import journey, proof
from ciam.storage.tables.operators import operator_invitation, operator_session
from ciam.storage.tables.sessions import client_session, customer_session, known_device

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

_REASON = "restored"


class RestoredStore(Store):
    """Ends all access at once; who had it signs in again."""

    async def end_all_access(self) -> dict[str, int]:
        """End sessions, token families, codes, journeys and mailed proofs; give how many."""
        now = self.now
        ended = {"ended_at": now, "end_reason": _REASON}
        return {
            "sessions": await self._end(customer_session, customer_session.c.ended_at, ended),
            "client_sessions": await self._end(client_session, client_session.c.ended_at),
            "devices": await self._end(known_device, known_device.c.revoked_at),
            "token_families": await self._end(
                authorization,
                authorization.c.revoked_at,
                {"revoked_at": now, "revoke_reason": _REASON},
            ),
            "access_tokens": await self._end(access_token, access_token.c.revoked_at),
            "codes": await self._end(authorization_code, authorization_code.c.used_at),
            "journeys": await self._end(journey, journey.c.finished_at, {"expires_at": now}),
            "operator_sessions": await self._end(
                operator_session, operator_session.c.ended_at, ended
            ),
            "invitations": await self._end(operator_invitation, operator_invitation.c.void_at),
            "provider_exchanges": await self._end(federation_state, federation_state.c.claimed_at),
            "proofs": await self._end(proof, proof.c.void_at),
        }

    async def _end(
        self, table: Table, open_while_null: Column[Any], values: dict[str, Any] | None = None
    ) -> int:
        ended = await self.connection.execute(
            update(table)
            .where(open_while_null.is_(None))
            .values(values or {open_while_null.name: self.now})
        )
        return ended.rowcount
