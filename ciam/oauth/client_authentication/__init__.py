"""How a client proves who it is: one module for each `token_endpoint_auth_method` (RFC 7591 §2).

`METHODS` is the visible list. Each module reads what the request presents, or gives None.
"""

from collections.abc import Callable, Mapping

from ciam.oauth.client_authentication import client_secret_basic, client_secret_post, none
from ciam.oauth.client_authentication.presented import Presented

Read = Callable[[str | None, Mapping[str, str]], Presented | None]

METHODS: dict[str, Read] = {
    "client_secret_basic": client_secret_basic.read,
    "client_secret_post": client_secret_post.read,
    "none": none.read,
}
