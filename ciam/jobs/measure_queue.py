"""Note how long the queue is: a mail that is late is what people notice first."""

from ciam.jobs.job import JobParts
from ciam.metrics import QUEUE_AGE, QUEUE_DUE, QUEUE_FAILED


async def measure_queue(parts: JobParts) -> None:
    """Read the state of the outbox into the metrics of this process."""
    async with parts.database.read() as transaction:
        state = await transaction.outbox.describe()
    now = parts.database.clock.now()
    late = 0.0 if state.oldest_due_at is None else (now - state.oldest_due_at).total_seconds()
    QUEUE_DUE.set(state.waiting)
    QUEUE_AGE.set(max(0.0, late))
    QUEUE_FAILED.set(sum(state.failed.values()))
