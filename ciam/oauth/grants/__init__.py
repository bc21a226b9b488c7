"""The grants: one module for each `grant_type`; `GRANTS` is the visible list."""

from ciam.oauth.grant import Grant
from ciam.oauth.grants.authorization_code import redeem_code
from ciam.oauth.grants.client_credentials import issue_own_token
from ciam.oauth.grants.refresh_token import refresh

GRANTS: dict[str, Grant] = {
    "authorization_code": redeem_code,
    "refresh_token": refresh,
    "client_credentials": issue_own_token,
}
