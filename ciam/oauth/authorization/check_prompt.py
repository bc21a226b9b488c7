"""prompt: which pages the client wants, or none (OIDC Core §3.1.2.1).

`create` is Initiating User Registration via OpenID Connect 1.0 §4.1, which has an unknown value
answered with invalid_request.
"""

from dataclasses import replace
from typing import Final

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest
from ciam.storage import UnitOfWork

PROMPT_VALUES: Final = ("none", "login", "consent", "select_account", "create")


async def check_prompt(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the prompts; raise InvalidRequest for unknown ones and for `none` beside another."""
    prompt = frozenset((request.parameters.get("prompt") or "").split())
    if not prompt <= set(PROMPT_VALUES):
        raise InvalidRequest(f"prompt must be of {', '.join(PROMPT_VALUES)}")
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequest("prompt none must stand alone")
    return replace(request, prompt=prompt)
