"""The claims parameter (OIDC Core §5.5)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciam.oauth.claims import parse_claims, requested_claims
from ciam.oauth.errors import InvalidRequest


def test_what_is_asked_for_is_kept_by_the_way_it_goes_out() -> None:
    text = json.dumps(
        {
            "userinfo": {"email": None, "given_name": {"essential": True, "unknown": 1}},
            "id_token": {"acr": {"values": ["urn:ciam:acr:2"]}},
            "unknown": {"x": None},
        }
    )
    kept = parse_claims(text)
    assert kept == {
        "userinfo": {"email": None, "given_name": {"essential": True}},
        "id_token": {"acr": {"values": ["urn:ciam:acr:2"]}},
    }
    assert requested_claims(kept, "userinfo").keys() == {"email", "given_name"}
    assert requested_claims(None, "id_token") == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "null",
        '"userinfo"',
        '{"userinfo": []}',
        '{"id_token": "email"}',
        '{"userinfo": {"email": true}}',
        '{"userinfo": {"email": {"essential": "yes"}}}',
        '{"userinfo": {"email": {"values": "a"}}}',
        '{"userinfo": {"email": null}} trailing',
        "[" * 4000,
        " " * 9000,
    ],
)
def test_what_is_malformed_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_claims(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["userinfo", "id_token", "email"]), inner)
        ),
    )
)
def test_nothing_but_invalid_request_comes_of_any_json(document: object) -> None:
    try:
        found = parse_claims(json.dumps(document))
    except InvalidRequest:
        return
    assert set(found) <= {"userinfo", "id_token"}
