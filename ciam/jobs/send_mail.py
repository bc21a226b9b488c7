"""Send one mail; a second try carries the same bytes under the same Message-ID."""

from urllib.parse import urlsplit

from ciam.jobs.job import Hopeless, JobParts
from ciam.messaging.mail import write_mail
from ciam.messaging.messages import to_context
from ciam.messaging.transports import Undeliverable
from ciam.storage.stores.outbox import OutboxJob


async def send_mail(parts: JobParts, job: OutboxJob) -> None:
    """Render and deliver; nothing is read or held in a transaction meanwhile."""
    payload, issuer = job.payload, parts.settings.issuer
    context = to_context(payload["message"], issuer)
    expires_at = context.get("expires_at")
    if expires_at is not None and expires_at <= parts.database.clock.now():
        cause = "what the mail carries has expired"
        raise Hopeless(cause)
    async with parts.database.read() as transaction:
        brand = await transaction.brands.get(payload["brand"] or "default")
    mail = parts.renderer.render_mail(
        payload["template"],
        payload["language"],
        brand,
        {**context, "recipient_name": payload["recipient_name"]},
    )
    message = write_mail(
        mail,
        job=job.id,
        sender=parts.settings.mail_from,
        to=payload["to"],
        language=payload["language"],
        host=urlsplit(issuer).hostname or "localhost",
        created_at=job.created_at,
    )
    if payload.get("withheld"):
        return
    try:
        await parts.mail.deliver(message, str(job.id))
    except Undeliverable as error:
        raise Hopeless(error.cause) from error
