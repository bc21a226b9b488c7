"""Which providers there are: every file of `providers/` is one, found by its name, loaded by path.

So a provider needs no edit elsewhere, in a checkout as in an installed wheel.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ciam.bundled import bundled_path
from ciam.errors import Misconfigured
from ciam.federation.provider import Provider


@cache
def load_providers() -> Mapping[str, Provider]:
    """Give every provider by its key; raise Misconfigured for a file that declares none."""
    paths = sorted(bundled_path("providers").glob("[a-z]*.py"))
    found = [_load(path) for path in paths]
    return {provider.key: provider for provider in found}


def get_provider(key: str) -> Provider:
    """Give a provider; raise Misconfigured when there is none of that key."""
    known = load_providers()
    if key not in known:
        raise Misconfigured(f"there is no provider {key!r}: one of {', '.join(known)}")
    return known[key]


@cache
def find_mark(key: str) -> str | None:
    """Give the sign for a provider's button, an SVG beside its file, or None."""
    path = bundled_path("providers") / f"{key}.svg"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def _load(path: Path) -> Provider:
    specification = importlib.util.spec_from_file_location(f"providers.{path.stem}", path)
    if specification is None or specification.loader is None:
        raise Misconfigured(f"{path.name} cannot be loaded")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    provider = getattr(module, "PROVIDER", None)
    if not isinstance(provider, Provider) or provider.key != path.stem:
        raise Misconfigured(f"{path.name} has no PROVIDER whose key is {path.stem!r}")
    return provider
