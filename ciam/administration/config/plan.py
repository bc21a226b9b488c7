"""Say what applying would change: by applying, and keeping nothing of it."""

from collections.abc import Sequence

from ciam.administration.config.apply import Outcome, apply_config
from ciam.administration.config.loading import LoadedConfig
from ciam.administration.rehearsal import rehearse
from ciam.storage import Database


async def plan_config(
    database: Database,
    loaded: Sequence[LoadedConfig],
    *,
    prune: bool = False,
    take_over: bool = False,
) -> Outcome:
    """Give what `apply_config` would change; raise Misconfigured where it would."""
    return await rehearse(
        database,
        lambda transaction: apply_config(
            transaction, loaded, operator="plan", prune=prune, take_over=take_over
        ),
    )
