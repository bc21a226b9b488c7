"""The endpoints of the protocol: one module for each; `routes` is the visible list."""

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []
