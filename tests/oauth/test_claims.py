"""What a kept claims parameter asks for (OIDC Core §5.5)."""

from typing import Any

import pytest

from ciam.oauth.claims import requested_claims

KEPT = {"userinfo": {"email": None}, "id_token": {"acr": {"essential": True}}}


def test_each_way_out_has_its_own_claims() -> None:
    assert requested_claims(KEPT, "userinfo") == {"email": None}
    assert requested_claims(KEPT, "id_token") == {"acr": {"essential": True}}


@pytest.mark.parametrize("claims", [None, {}, {"userinfo": None}, {"id_token": {"acr": None}}])
def test_nothing_asked_is_nothing(claims: dict[str, Any] | None) -> None:
    assert requested_claims(claims, "userinfo") == {}
