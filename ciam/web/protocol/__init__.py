"""Endpoints of the protocol: one module each, plain Starlette; all routes are listed here."""

from ciam.web.protocol import introspection, revocation, token, userinfo

routes = [*token.routes, *introspection.routes, *revocation.routes, *userinfo.routes]
