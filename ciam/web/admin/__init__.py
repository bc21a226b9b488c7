"""The console of operators: one module for each entry of its menu, and its JSON twin in `api/`."""

from ciam.web.admin import (
    api,
    attributes,
    audit,
    clients,
    consent,
    customers,
    editing,
    home,
    join,
    operators,
    sign_in,
)

routes = [
    *api.routes,
    *sign_in.routes,
    *join.routes,
    *home.routes,
    *customers.routes,
    *editing.routes,
    *clients.routes,
    *consent.routes,
    *attributes.routes,
    *audit.routes,
    *operators.routes,
]
