"""Rows that end by themselves: which table, when a row may go, and in which order (R-18).

What was issued under an authorization stays as long as it lives, or a replay would no longer be
recognised; then all of it goes at once. A session stays while an authorization points at it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, exists, select, tuple_

from ciam.storage.stores.store import Store
from ciam.storage.tables.api import idempotent_reply
from ciam.storage.tables.email_changes import email_change
from ciam.storage.tables.factor_recoveries import factor_recovery
from ciam.storage.tables.federation import federation_state, first_login, provider_token
from ciam.storage.tables.grants import (
    access_token,
    authorization,
    authorization_code,
    authorization_request,
    refresh_token,
    single_use,
)
from ciam.storage.tables.invitations import customer_invitation
from ciam.storage.tables.journeys import journey, proof
from ciam.storage.tables.linking import link_proof, link_undo
from ciam.storage.tables.operators import operator_invitation, operator_session
from ciam.storage.tables.phone_changes import phone_change
from ciam.storage.tables.protection import attempt_counter
from ciam.storage.tables.risk import risk_assessment, sign_in_dispute
from ciam.storage.tables.sessions import (
    client_session,
    customer_session,
    known_device,
    trusted_device,
)
from ciam.storage.tables.sms import sms_block, sms_day

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table

    Condition = Callable[[datetime], ColumnElement[bool]]

CHANGES_KEPT: Final = timedelta(days=7)
"""After their own undo is too late; `ciam.authentication.disown` may still put them back."""


def _by_itself(table: Table) -> Condition:
    return lambda before: table.c.expires_at < before


def _with_authorization(table: Table) -> Condition:
    """Go when the authorization goes."""
    return lambda before: table.c.authorization.in_(
        select(authorization.c.id).where(authorization.c.expires_at < before)
    )


def _contact_changes(table: Table) -> Condition:
    """Stay longer than its own link: who disowns a sign-in takes back what was changed since."""
    return lambda before: table.c.expires_at < before - CHANGES_KEPT


def _codes(before: datetime) -> ColumnElement[bool]:
    unused = authorization_code.c.used_at.is_(None)
    return (unused & (authorization_code.c.expires_at < before)) | _with_authorization(
        authorization_code
    )(before)


def _access_tokens(before: datetime) -> ColumnElement[bool]:
    return _by_itself(access_token)(before) | _with_authorization(access_token)(before)


def _client_sessions(before: datetime) -> ColumnElement[bool]:
    over = select(customer_session.c.id).where(customer_session.c.expires_at < before)
    held = exists().where(authorization.c.client_session == client_session.c.id)
    return client_session.c.session.in_(over) & ~held


def _customer_sessions(before: datetime) -> ColumnElement[bool]:
    held = exists().where(client_session.c.session == customer_session.c.id)
    return (customer_session.c.expires_at < before) & ~held


_ORDER: Final[tuple[tuple[Table, Condition], ...]] = (
    (proof, _by_itself(proof)),
    (link_proof, _by_itself(link_proof)),
    (link_undo, _by_itself(link_undo)),
    (journey, _by_itself(journey)),
    (authorization_request, _by_itself(authorization_request)),
    (authorization_code, _codes),
    (refresh_token, _with_authorization(refresh_token)),
    (access_token, _access_tokens),
    (authorization, _by_itself(authorization)),
    (client_session, _client_sessions),
    (customer_session, _customer_sessions),
    (known_device, _by_itself(known_device)),
    (trusted_device, _by_itself(trusted_device)),
    (sign_in_dispute, _by_itself(sign_in_dispute)),
    (risk_assessment, _by_itself(risk_assessment)),
    (first_login, _by_itself(first_login)),
    (federation_state, _by_itself(federation_state)),
    (provider_token, _by_itself(provider_token)),
    (operator_session, _by_itself(operator_session)),
    (operator_invitation, _by_itself(operator_invitation)),
    (customer_invitation, _by_itself(customer_invitation)),
    (single_use, _by_itself(single_use)),
    (attempt_counter, _by_itself(attempt_counter)),
    (idempotent_reply, _by_itself(idempotent_reply)),
    (email_change, _contact_changes(email_change)),
    (phone_change, _contact_changes(phone_change)),
    (factor_recovery, _by_itself(factor_recovery)),
    (sms_block, _by_itself(sms_block)),
    (sms_day, _by_itself(sms_day)),
)
_CONDITIONS: Final = {table.name: (table, condition) for table, condition in _ORDER}


class ExpiryStore(Store):
    """Rows that end by themselves."""

    names = tuple(_CONDITIONS)
    """The tables, in the order in which they may be purged."""

    async def purge(self, name: str, before: datetime, *, limit: int) -> int:
        """Delete at most `limit` rows of a table that ended before then; gives how many."""
        table, condition = _CONDITIONS[name]
        key = list(table.primary_key.columns)
        some = select(*key).where(condition(before)).limit(limit)
        deleted = await self.connection.execute(delete(table).where(tuple_(*key).in_(some)))
        return deleted.rowcount
