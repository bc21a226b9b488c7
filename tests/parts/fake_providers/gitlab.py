"""GitLab.com, as its documents have it."""

from typing import Any

from tests.parts.fake_providers.protocol import Endpoint, OpenIdProvider, Person


class GitLab(OpenIdProvider):
    """GitLab: plain OpenID Connect; groups come along unasked."""

    key = "gitlab"
    issuer = "https://gitlab.com"
    authorization = "gitlab.com/oauth/authorize"
    token = "gitlab.com/oauth/token"
    jwks = "gitlab.com/oauth/discovery/keys"

    def further(self) -> dict[str, Endpoint]:
        """Add userinfo."""
        return {"gitlab.com/oauth/userinfo": self.userinfo}

    def profile(self, person: Person) -> dict[str, Any]:
        """Say the groups too."""
        groups = {"groups_direct": ["a-group", "another"]}
        return {**super().profile(person), **groups, "nickname": "hanako"}
