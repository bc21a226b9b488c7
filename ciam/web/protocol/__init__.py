"""Endpoints of the protocol: one module each, plain Starlette; all routes are listed here."""

from ciam.web.protocol import (
    authorize,
    discovery,
    end_session,
    introspection,
    jwks,
    revocation,
    token,
    userinfo,
)

routes = [
    *authorize.routes,
    *token.routes,
    *introspection.routes,
    *revocation.routes,
    *userinfo.routes,
    *end_session.routes,
    *discovery.routes,
    *jwks.routes,
]
