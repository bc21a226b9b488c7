"""Endpoints of the protocol: one module each, plain Starlette; all routes are listed here."""

from ciam.web.protocol import authorize, discovery, end_session, jwks

routes = [
    *authorize.routes,
    *end_session.routes,
    *discovery.routes,
    *jwks.routes,
]
