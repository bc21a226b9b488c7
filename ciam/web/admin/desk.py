"""What every page of the console shows: who is signed in, the menu, what was just done."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ciam.administration.roles import TITLES, Permission
from ciam.administration.sign_in import Desk
from ciam.texts import Text
from ciam.web.rendering import render_page

MENU: Final = (
    ("home", "/admin", "home", Text("Overview"), Permission.SIGNED_IN),
    ("customers", "/admin/customers", "person", Text("Customers"), Permission.CUSTOMERS_SEE),
    ("clients", "/admin/clients", "apps", Text("Apps"), Permission.CLIENTS_SEE),
    ("purposes", "/admin/purposes", "consent", Text("Purposes"), Permission.CONSENT_SEE),
    ("notices", "/admin/notices", "receipt", Text("Notices"), Permission.CONSENT_SEE),
    ("attributes", "/admin/attributes", "person", Text("Attributes"), Permission.CONSENT_SEE),
    ("audit", "/admin/audit", "list", Text("Audit log"), Permission.AUDIT_SEE),
    ("operators", "/admin/operators", "key", Text("Operators"), Permission.OPERATORS_SEE),
)
DONE: Final[Mapping[str, Text]] = {
    "disabled": Text("The customer was disabled and signed out everywhere."),
    "enabled": Text("The customer can sign in again."),
    "session": Text("The session was ended."),
    "recovery_cancelled": Text("The request was cancelled."),
    "sessions": Text("All sessions were ended."),
    "mailed": Text("A mail with the way to a new password is on its way."),
    "saved": Text("The change was saved and counts from now on."),
    "ended": Text("It was ended. What was decided and granted stays recorded."),
    "customer_invited": Text("The mail is on its way."),
    "invited": Text("The invitation is on its way by mail."),
    "operator_disabled": Text("The operator was disabled and signed out."),
    "operator_enabled": Text("The operator can sign in again."),
}
"""What a page says after a form was carried out; the address holds only the key."""


async def render_console(
    request: Request,
    name: str,
    desk: Desk,
    *,
    status: int = 200,
    **context: Any,  # noqa: ANN401 - whatever the template states
) -> Response:
    """Render `admin/<name>.html` with the menu of this operator's roles."""
    message = DONE.get(request.query_params.get("done", "")) if request.method == "GET" else None
    return await render_page(
        request,
        f"admin/{name}",
        status=status,
        operator={
            "name": desk.operator.name,
            "roles": [TITLES[role] for role in sorted(desk.operator.roles) if role in TITLES],
        },
        menu=menu_of(desk.permissions),
        may=desk.permissions,
        **({"message": message} | context),
    )


def menu_of(permissions: frozenset[Permission]) -> list[dict[str, Any]]:
    """Give the entries of the menu that lead somewhere for these permissions."""
    return [
        {"key": key, "href": href, "icon": icon, "label": label}
        for key, href, icon, label, needs in MENU
        if needs in permissions
    ]


def back_to(path: str, done: str) -> RedirectResponse:
    """Answer a form that was carried out: a GET, so that loading again repeats nothing."""
    return RedirectResponse(f"{path}?done={done}", status_code=303)
