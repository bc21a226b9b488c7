"""One kind of fault: what goes away under a server, for how often, and what must hold meanwhile."""

import importlib
import pkgutil
from typing import Protocol

import tests.faults
from tests.scoreboard import Score


class Fault(Protocol):
    """One module `tests/faults/fault_<name>.py` with these names."""

    ID: str
    STATEMENT: str
    TWIN: str
    DATABASES: tuple[str, ...]
    SHOWN: int  # of what is counted, with `make faults`
    SHORT: int  # with every test run

    def run(self, database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
        """Attack the real code, or its twin until that is caught."""
        ...


def find_faults() -> dict[str, Fault]:
    """Find every fault by its module's name."""
    names = sorted(module.name for module in pkgutil.iter_modules(tests.faults.__path__))
    return {
        name.removeprefix("fault_"): importlib.import_module(f"tests.faults.{name}")
        for name in names
        if name.startswith("fault_")
    }
