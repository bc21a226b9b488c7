"""The parts a request may use, made once by `ciam.app` and hung on the application."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from ciam.clock import Clock
from ciam.customers.passwords import PasswordHasher
from ciam.outbound import Outbound
from ciam.protection.places import Places
from ciam.rendering import Renderer
from ciam.settings import Settings
from ciam.storage import Database
from ciam.web.static import StaticFiles


@dataclass(frozen=True)
class Parts:
    """Everything that lives as long as the process."""

    settings: Settings
    clock: Clock
    database: Database
    renderer: Renderer
    static: StaticFiles
    hasher: PasswordHasher
    outbound: Outbound
    places: Places


def parts(request: HTTPConnection) -> Parts:
    """Give the parts of the application that answers this request."""
    found: Parts = request.app.state.parts
    return found
