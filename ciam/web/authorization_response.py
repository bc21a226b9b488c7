"""Send the answer of an authorization request: a redirect, or a page that posts a form.

303 and never 307: a browser must not send on what it posted to us (RFC 9700 §4.12).
"""

from starlette.requests import Request
from starlette.responses import Response

from ciam.oauth.authorization.response import AuthorizationResponse
from ciam.oauth.redirect_uris import form_action
from ciam.web.rendering import render_page


async def send_authorization_response(
    request: Request, response: AuthorizationResponse
) -> Response:
    """Answer in the response mode of the request."""
    if response.response_mode == "form_post":
        return await render_page(
            request,
            "form_post",
            brand=response.brand,
            form_action=[form_action(response.redirect_uri)],
            action=response.redirect_uri,
            fields=dict(response.parameters),
        )
    # Not RedirectResponse, which would quote again what is already quoted.
    return Response(status_code=303, headers={"Location": response.location})
