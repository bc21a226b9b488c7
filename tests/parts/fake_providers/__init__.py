"""Fake providers: one server that answers as each real one does, quirks included.

What stands here is written from the providers' documents, not from our declarations of them: a
wrong address or parameter in `providers/` is answered with 404 or an error. Every class with a
`key`, in any module of this folder, is one.
"""

import importlib
import inspect
import pkgutil

from tests.parts.fake_providers.protocol import FakeClient, FakeProvider, Person
from tests.parts.fake_providers.server import FakeProviders

__all__ = ["ALL", "FakeClient", "FakeProvider", "FakeProviders", "Person"]


def _find_all() -> dict[str, type[FakeProvider]]:
    found: dict[str, type[FakeProvider]] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, FakeProvider) and "key" in vars(kind):
                found[kind.key] = kind
    return found


ALL = _find_all()
