"""Grant types: one module each, all listed here."""

from collections.abc import Mapping
from typing import Final

from ciam.oauth.grant import Grant
from ciam.oauth.grants import authorization_code, client_credentials, refresh_token

_ALL: Final[tuple[Grant, ...]] = (authorization_code, refresh_token, client_credentials)

GRANTS: Final[Mapping[str, Grant]] = {grant.GRANT_TYPE: grant for grant in _ALL}
