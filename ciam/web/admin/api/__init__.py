"""The admin API, `/api/admin/v1`: what the console does, as JSON, by the same rules.

A bearer token is a session of an operator, begun with password and code: behind every call stands
a person with roles, and the audit log names them. A client's token opens nothing here.
"""

from ciam.web.admin.api import (
    attributes,
    audit,
    clients,
    consent,
    customers,
    editing,
    operators,
    session,
)
from ciam.web.admin.api.contract import contract_route, make_openapi
from ciam.web.admin.api.operation import ApiRoute, OpenRoute

_operations: list[ApiRoute | OpenRoute] = [
    *session.routes,
    *customers.routes,
    *editing.routes,
    *clients.routes,
    *consent.routes,
    *attributes.routes,
    *audit.routes,
    *operators.routes,
]

document = make_openapi(_operations)
"""The contract."""

routes = [*_operations, contract_route(document)]
