"""at_hash, with the example of the specification."""

from ciam.oauth.tokens.id_token import at_hash


def test_at_hash_is_that_of_the_specification() -> None:
    """OIDC Core Appendix A.3: an ID token with `at_hash` and the access token beside it."""
    assert at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"
