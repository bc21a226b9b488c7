"""Every kind of write that the kills make: absent before it is made, whole once acknowledged."""

import pytest

from tests.factories.live_node import live_node
from tests.faults.kill_acknowledged_writes import register_apps
from tests.faults.writes import Stock


@pytest.mark.faults
def test_each_kind_is_absent_and_then_whole(database_url: str) -> None:
    with live_node(database_url, workers=1) as node, node.http() as http:
        register_apps(node)
        world, stock = node.run(node.world()), Stock()
        node.run(stock.fill(node, world))

        async def look() -> list[set[bool]]:
            async with node.database.read() as transaction:
                return [
                    set((await kind.find(transaction, item)).values())
                    for kind, item in stock.made.values()
                ]

        for number in range(len(stock.kinds)):
            stock.take(str(number))
        assert len({type(kind) for kind, _item in stock.made.values()}) == len(stock.kinds)
        assert node.run(look()) == [{False}] * len(stock.kinds)
        for kind, item in stock.made.values():
            http.cookies.clear()
            item.reply = kind.make(http, item)
            assert item.reply, type(kind).__name__
        assert node.run(look()) == [{True}] * len(stock.kinds)
