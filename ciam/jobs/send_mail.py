"""Send one mail; a second try carries the same Message-ID."""

from urllib.parse import urlsplit

from ciam.jobs.job import JobParts
from ciam.messaging.mail import write_mail
from ciam.messaging.messages import to_context
from ciam.storage.stores.outbox import OutboxJob


async def send_mail(parts: JobParts, job: OutboxJob) -> None:
    """Render and deliver; nothing is read or held in a transaction meanwhile."""
    payload, issuer = job.payload, parts.settings.issuer
    async with parts.database.read() as transaction:
        brand = await transaction.brands.get(payload["brand"] or "default")
    context = to_context(payload["message"], issuer)
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
    await parts.mail.deliver(message, str(job.id))
