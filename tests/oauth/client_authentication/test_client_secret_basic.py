"""Basic credentials are read in one way or refused (RFC 6749 §2.3.1)."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from ciam.oauth.client_authentication.client_secret_basic import read
from ciam.oauth.errors import InvalidClient
from tests.factories.token_world import basic

UTF8 = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(client_id=UTF8, secret=UTF8)
def test_any_identifier_and_secret_come_back(client_id: str, secret: str) -> None:
    presented = read(basic(client_id, secret), {})
    assert presented is not None
    assert (presented.client_id, presented.secret) == (client_id, secret)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        presented = read("Basic " + base64.b64encode(raw).decode(), {})
    except InvalidClient:
        return
    assert presented is not None


@given(st.text(max_size=60))
def test_any_header_is_read_or_refused(header: str) -> None:
    try:
        presented = read(header, {})
    except InvalidClient:
        return
    assert presented is None or presented.method == "client_secret_basic"


def test_no_header_is_no_proof_by_this_method() -> None:
    assert read(None, {"client_id": "shop", "client_secret": "x"}) is None


def test_the_secret_stands_in_no_repr() -> None:
    assert "hidden" not in repr(read(basic("shop", "hidden"), {}))
