"""Checks of what signs people in by other services: every provider is here, none is a rehearsal."""

from typing import Final

from ciam.administration.diagnosis.finding import Finding
from ciam.federation.catalogue import load_providers
from ciam.storage import UnitOfWork
from ciam.storage.stores.connections import Connection

_CHECK: Final = "connections"


async def judge_connections(transaction: UnitOfWork) -> list[Finding]:
    """Look at each connection that is switched on; give nothing where there is none."""
    connections = await transaction.connections.list_all()
    found = [finding for one in connections if (finding := _judge(one)) is not None]
    if found or not connections:
        return found
    return [Finding.good(_CHECK, f"{len(connections)} switched on")]


def _judge(connection: Connection) -> Finding | None:
    if connection.provider not in load_providers():
        said = f"{connection.key}: this version has no provider {connection.provider}"
        return Finding.problem(_CHECK, said, "its button is not shown; add the file or end it")
    if connection.sandbox is not None:
        said = f"{connection.key} leads to a rehearsal at {connection.sandbox}"
        return Finding.warning(_CHECK, said, "take out `sandbox` before customers come")
    return None
