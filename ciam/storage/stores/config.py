"""The generation counter: it rises with every change of what operators configure."""

from sqlalchemy import select

from ciam.storage.stores.store import Store
from ciam.storage.tables.config import config_generation


class ConfigStore(Store):
    """The generation counter of what operators configure."""

    async def get_generation(self) -> int:
        """Give the present generation; 0 before the first change."""
        generation = await self.connection.scalar(select(config_generation.c.generation))
        return generation or 0

    async def raise_generation(self) -> None:
        """Tell every node to drop what it cached, with this commit."""
        self.stores.is_changing_config = True
        await self.connection.execute(
            self.insert(config_generation)
            .values(id=1, generation=1)
            .on_conflict_do_update(
                index_elements=["id"], set_={"generation": config_generation.c.generation + 1}
            )
        )
