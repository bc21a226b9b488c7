"""The parameters of a request that a browser carries: in the query, or in a posted form."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from ciam.oauth.parameters import Parameters, collect_parameters
from ciam.web.read_form import read_raw_form

_MOST: Final = 100


async def read_browser_parameters(request: Request) -> Parameters:
    """Give the parameters of a GET or a POST (OIDC Core §3.1.2.1).

    Bytes that are no UTF-8 make their parameter faulty, instead of becoming a replacement sign that
    would go back to the client as if it had been sent.
    """
    if request.method == "POST":
        return collect_parameters((await read_raw_form(request)).multi_items())
    query = request.scope["query_string"].decode("latin-1")
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    return collect_parameters(pairs[: _MOST + 1])
