"""Redirect URIs: character by character; the loopback port alone may differ (A-15)."""

from dataclasses import replace

import pytest

from ciam.oauth.redirect_uris import add_query, form_action, is_registered, is_registered_for_logout
from ciam.oauth.registration import ClientMetadata
from tests.oauth.clients import make_client
from tests.oauth.redirect_corpus import corpus

REGISTERED = "https://shop.example.com/callback"
LOOPBACK_LOOKALIKES = (
    "http://127.0.0.1:0/cb",
    "http://127.0.0.1:01/cb",
    "http://127.0.0.1:65536/cb",
    "http://127.0.0.1:99999/cb",
    "http://127.0.0.1:123456/cb",
    "http://127.0.0.1:-1/cb",
    "http://127.0.0.1:/cb",
    "http://127.0.0.1:80:80/cb",
    "http://127.0.0.1:8080/cb/",
    "http://127.0.0.1:8080/cb?x=1",
    "http://127.0.0.1:8080/cb#x",
    "http://127.0.0.1:8080\\@evil.example/cb",
    "http://127.0.0.1:8080@evil.example/cb",
    "http://user@127.0.0.1:8080/cb",
    "http://127.0.0.1.evil.example:8080/cb",
    "http://127.0.0.2:8080/cb",
    "http://127.1:8080/cb",
    "http://127.0.0.01:8080/cb",
    "http://0x7f000001:8080/cb",
    "http://localhost:8080/cb",
    "http://[::1]:8080/cb",
    "http://[::ffff:127.0.0.1]:8080/cb",
    "https://127.0.0.1:8080/cb",
    "HTTP://127.0.0.1:8080/cb",
    "http://127.0.0.1:8080/CB",
    "http://127.0.0.1:8080/cb\n",
    "http://127.0.0.1:٣/cb",
    "http://127.0.0.1:8080",
)


def test_nothing_but_the_registered_uri_matches() -> None:
    client = make_client(redirect_uris=(REGISTERED,), post_logout_redirect_uris=(REGISTERED,))
    variants = corpus(REGISTERED)
    assert len(variants) >= 180
    native = replace(client, application_type="native")
    let_through = [
        uri
        for uri in variants
        if is_registered(client, uri)
        or is_registered(native, uri)
        or is_registered_for_logout(client, uri)
    ]
    assert let_through == []
    assert is_registered(client, REGISTERED)
    assert is_registered(native, REGISTERED)
    assert is_registered_for_logout(client, REGISTERED)


@pytest.mark.parametrize("port", ["", ":1", ":80", ":8080", ":51004", ":65535"])
@pytest.mark.parametrize("registered", ["http://127.0.0.1/cb", "http://127.0.0.1:3000/cb"])
def test_a_native_app_on_loopback_may_have_any_port(registered: str, port: str) -> None:
    client = make_client(redirect_uris=(registered,), application_type="native")
    assert is_registered(client, f"http://127.0.0.1{port}/cb")


def test_the_loopback_address_of_ipv6_may_have_any_port() -> None:
    client = make_client(redirect_uris=("http://[::1]/cb",), application_type="native")
    assert is_registered(client, "http://[::1]:49152/cb")
    assert not is_registered(client, "http://127.0.0.1:49152/cb")


@pytest.mark.parametrize("uri", LOOPBACK_LOOKALIKES)
def test_what_looks_like_the_loopback_uri_is_refused(uri: str) -> None:
    client = make_client(redirect_uris=("http://127.0.0.1:3000/cb",), application_type="native")
    assert not is_registered(client, uri)


def test_the_name_localhost_has_no_free_port() -> None:
    client = make_client(redirect_uris=("http://localhost:3000/cb",), application_type="native")
    assert is_registered(client, "http://localhost:3000/cb")
    assert not is_registered(client, "http://localhost:3001/cb")


def test_a_web_app_on_loopback_has_no_free_port() -> None:
    client = make_client(redirect_uris=("http://127.0.0.1:3000/cb",), application_type="web")
    assert not is_registered(client, "http://127.0.0.1:3001/cb")


def test_a_private_use_scheme_is_compared_exactly() -> None:
    client = make_client(redirect_uris=("com.example.app:/cb",), application_type="native")
    assert is_registered(client, "com.example.app:/cb")
    for other in (
        "com.example.app:/cb/",
        "com.example.app://cb",
        "com.example.ap:/cb",
        "COM.example.app:/cb",
    ):
        assert not is_registered(client, other)


def test_parameters_are_added_and_the_registered_query_stays() -> None:
    parameters = {"code": "a b&c=d#é", "iss": "https://id.example.com"}
    tail = "code=a+b%26c%3Dd%23%C3%A9&iss=https%3A%2F%2Fid.example.com"
    assert add_query("https://a.example/cb", parameters) == f"https://a.example/cb?{tail}"
    assert add_query("https://a.example/cb?x=1", parameters) == f"https://a.example/cb?x=1&{tail}"
    assert add_query("https://a.example/cb?", parameters) == f"https://a.example/cb?{tail}"
    assert add_query("com.example.app:/cb", parameters) == f"com.example.app:/cb?{tail}"
    assert add_query("https://a.example/cb", {}) == "https://a.example/cb"


def test_a_page_lets_its_form_end_at_the_origin_or_scheme() -> None:
    assert form_action("https://a.example:8443/cb?x=1") == "https://a.example:8443"
    assert form_action("http://127.0.0.1:51004/cb") == "http://127.0.0.1:51004"
    assert form_action("com.example.app:/cb") == "com.example.app:"


@pytest.mark.parametrize(
    "uri",
    [
        "https://a;b.example/cb",
        "https://a'b.example/cb",
        "https://a,b.example/cb",
        "https://a.example:port/cb",
        "https://a.example:/cb",
        "https:///cb",
    ],
)
def test_a_host_that_would_change_a_page_policy_cannot_be_registered(uri: str) -> None:
    with pytest.raises(ValueError, match="plain host"):
        ClientMetadata(client_name="x", redirect_uris=(uri,))
