"""Endpoints of the protocol: one module each, plain Starlette; all routes are listed here."""

from ciam.web.protocol import (
    authorize,
    authorize_challenge,
    discovery,
    end_session,
    introspection,
    jwks,
    related_origins,
    revocation,
    token,
    userinfo,
)

routes = [
    *authorize.routes,
    *authorize_challenge.routes,
    *token.routes,
    *introspection.routes,
    *revocation.routes,
    *userinfo.routes,
    *end_session.routes,
    *discovery.routes,
    *jwks.routes,
    *related_origins.routes,
]
