"""Send one short message; a second try carries the same id."""

from ciam.jobs.job import JobParts
from ciam.storage.stores.outbox import OutboxJob
from ciam.texts import Text


async def send_sms(parts: JobParts, job: OutboxJob) -> None:
    """Say the sentence in the reader's language and deliver it."""
    payload = job.payload
    sentence = payload["text"]
    text = parts.renderer.say(Text(sentence, **payload["params"]), payload["language"])
    await parts.sms.deliver(to=payload["to"], text=text, name=str(job.id))
