"""A copy of what is kept of a customer, for the customer (GDPR art. 15 and 20; APPI art. 33).

Everything that is about them and readable; never a secret, since the file may end up anywhere.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, pseudonym_of, record
from ciam.consent.receipt_titles import titles_of
from ciam.customers.profile import read_profile
from ciam.storage import UnitOfWork

FORMAT: Final = "ciam-account-copy/1"
_EVENTS: Final = 1000


async def copy_account(transaction: UnitOfWork, customer: UUID, language: str) -> dict[str, Any]:
    """Give the copy as a JSON document; the audit trail remembers that it was taken."""
    await record(
        transaction, EventKind.ACCOUNT_COPIED, actor=Actor.customer(customer), customer=customer
    )
    return {
        "format": FORMAT,
        "made_at": transaction.clock.now().isoformat(),
        **await _who(transaction, customer),
        "ways_to_sign_in": await _ways_in(transaction, customer),
        "sign_ins": [
            {
                "began_at": _time(past.session.created_at),
                "last_seen_at": _time(past.session.last_seen_at),
                "ended_at": _time(past.ended_at),
                "methods": list(past.session.amr),
                "address": past.session.address,
                "user_agent": past.session.user_agent,
            }
            for past in await transaction.sessions.list_past(customer, limit=_EVENTS)
        ],
        "remembered_devices": [
            {
                "since": _time(one.created_at),
                "last_used_at": _time(one.last_used_at),
                "until": _time(one.expires_at),
                "user_agent": one.user_agent,
            }
            for one in await transaction.trusted_devices.list_for(customer)
        ],
        "judged_sign_ins": [
            {
                "when": _time(one.assessed_at),
                "country": one.country,
                "signals": sorted(one.signals),
                "verdict": one.verdict,
                "signed_in_at": _time(one.signed_in_at),
            }
            for one in await transaction.risk_assessments.list_for(customer, limit=_EVENTS)
        ],
        "decisions": await _decisions(transaction, customer, language),
        "apps": [
            {
                "client_id": (await transaction.clients.get(grant.client)).client_id,
                "scopes": sorted(grant.scopes),
                "since": _time(grant.granted_at),
            }
            for grant in await transaction.client_grants.list_for(customer)
        ],
        "disclosures": [
            {
                "client_id": (await transaction.clients.get(row.client)).client_id,
                "items": list(row.items),
                "by": row.channel,
                "first_at": _time(row.first_at),
                "last_at": _time(row.last_at),
                "times": row.count,
            }
            for row in await transaction.disclosures.list_for(customer)
        ],
        "events": await _events(transaction, customer),
    }


async def _who(transaction: UnitOfWork, customer: UUID) -> dict[str, Any]:
    profile = await read_profile(transaction, customer)
    return {
        "customer_id": profile.customer.customer_id,
        "created_at": _time(profile.customer.created_at),
        "language": profile.customer.language,
        "profile": [
            {
                "claim": value.claim,
                "value": value.value,
                "source": value.source,
                "since": _time(value.observed_at),
                "verified_at": _time(value.verified_at),
            }
            for value in profile.values
        ],
        "put_off": [
            {"claim": claim, "when": _time(when)}
            for claim, when in (await transaction.profile_questions.list_skipped(customer)).items()
        ],
        "identifiers": [
            {
                "kind": one.kind,
                "value": one.value,
                "source": one.source,
                "added_at": _time(one.added_at),
                "verified_at": _time(one.verified_at),
            }
            for one in profile.identifiers
        ],
    }


async def _ways_in(transaction: UnitOfWork, customer: UUID) -> list[dict[str, Any]]:
    ways: list[dict[str, Any]] = [
        {
            "method": one.method,
            "label": one.document.get("label"),
            "added_at": _time(one.created_at),
            "last_used_at": _time(one.last_used_at),
        }
        for one in await transaction.authenticators.list_for(customer)
    ]
    return ways + [
        {
            "method": "linked login",
            "issuer": one.issuer,
            "subject": one.subject,
            "added_at": _time(one.linked_at),
            "last_used_at": _time(one.last_used_at),
        }
        for one in await transaction.external_identities.list_for(customer)
    ]


async def _decisions(
    transaction: UnitOfWork, customer: UUID, language: str
) -> list[dict[str, Any]]:
    receipts = await transaction.receipts.list_for(customer)
    titles = await titles_of(transaction, receipts, language)
    found = []
    for receipt in receipts:
        signed = await transaction.receipts.find(customer, receipt.id)
        found.append(
            {
                "about": titles[receipt.id].title,
                "key": titles[receipt.id].key,
                "version": titles[receipt.id].version,
                "decision": receipt.act,
                "effective_at": _time(receipt.effective_at),
                "recorded_at": _time(receipt.recorded_at),
                "signed_receipt": signed.jws if signed else None,
            }
        )
    return found


async def _events(transaction: UnitOfWork, customer: UUID) -> list[dict[str, Any]]:
    pseudonym = await pseudonym_of(transaction, customer)
    return [
        {"what": event.kind, "when": _time(event.occurred_at), "app": event.client}
        for event in await transaction.audit_events.list_for_customer(pseudonym, limit=_EVENTS)
    ]


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
