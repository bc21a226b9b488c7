"""What can be set, as pages for people, written from the models: `python -m` this package docs.

`words` says kinds, bounds and values in words; `settings`, `policies` and `config_files` are one
page each. A test compares them with what stands in docs/, so they cannot grow old.
"""

from collections.abc import Callable
from typing import Final

from ciam.administration.reference.config_files import write_config_files
from ciam.administration.reference.policies import write_policies
from ciam.administration.reference.settings import write_settings

PAGES: Final[dict[str, Callable[[], str]]] = {
    "settings.md": write_settings,
    "policies.md": write_policies,
    "config.md": write_config_files,
}
