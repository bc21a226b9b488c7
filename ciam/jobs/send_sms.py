"""Send one text message; it is counted and paid for, in a commit of its own, before it leaves.

What has expired or may not leave is dropped without a further try: a code that comes late is of no
use to anybody, and each try may be paid for.
"""

from typing import Final

import structlog

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.phones import PhoneNumber
from ciam.jobs.job import Hopeless, JobParts
from ciam.messaging.messages import to_context
from ciam.messaging.short_messages import SHORT_MESSAGES
from ciam.messaging.sms_text import count_parts, write_sms
from ciam.messaging.sms_webhook import NotTaken
from ciam.messaging.transports import Undeliverable
from ciam.metrics import SMS_HELD_BACK, SMS_PARTS
from ciam.protection.sms_caps import Leaving, claim_leaving, give_back
from ciam.storage.stores.outbox import OutboxJob

log = structlog.get_logger("ciam.jobs")

_MOST_TRIES: Final = 10


async def send_sms(parts: JobParts, job: OutboxJob) -> None:
    """Write the text in the reader's language, have it counted, and deliver it."""
    payload, issuer = job.payload, parts.settings.issuer
    message = SHORT_MESSAGES[payload["kind"]]
    expires_at = to_context(payload["message"], issuer).get("expires_at")
    is_late = expires_at is not None and expires_at <= parts.database.clock.now()
    if is_late or job.attempts > _MOST_TRIES:
        cause = "what the text message carries has expired, or nobody takes it"
        raise Hopeless(cause)
    async with parts.database.read() as transaction:
        brand = await transaction.brands.get(payload["brand"] or "default")
    text = write_sms(
        message.sentence,
        payload["message"],
        brand=brand.name_in(payload["language"]),
        issuer=issuer,
        say=lambda sentence: parts.renderer.say(sentence, payload["language"]),
    )
    if payload.get("withheld"):
        return
    number, needed = PhoneNumber(payload["to"]), count_parts(text)
    leaving = await claim_leaving(parts.database, number.block, needed, is_capped=message.is_capped)
    if leaving is not Leaving.ALLOWED:
        await _note_held_back(parts, leaving, number)
        return
    try:
        await parts.sms.deliver(to=payload["to"], text=text, name=str(job.id))
    except (NotTaken, Undeliverable) as error:
        capped = message.is_capped
        await give_back(parts.database, number.block, needed, is_capped=capped)
        if isinstance(error, Undeliverable):
            raise Hopeless(error.cause) from error
        raise
    SMS_PARTS.inc(needed)


async def _note_held_back(parts: JobParts, leaving: Leaving, number: PhoneNumber) -> None:
    """Count it, and tell the audit log once for each stop of a block; no number is told."""
    SMS_HELD_BACK.labels(leaving).inc()
    log.warning("text message held back", reason=leaving, country=number.country)
    if leaving is Leaving.BLOCK_STOPPED_NOW:
        async with parts.database.write() as transaction:
            await record(
                transaction, EventKind.SMS_STOPPED, actor=Actor.server(), country=number.country
            )
