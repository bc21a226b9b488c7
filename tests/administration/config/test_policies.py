"""Policies in config files: every section that the server knows can be written in one."""

from ciam.administration.config.documents import PoliciesConfig
from ciam.policies import Policies


def test_every_section_can_be_configured() -> None:
    assert set(PoliciesConfig.model_fields) == set(Policies.model_fields)
    for name, field in Policies.model_fields.items():
        assert PoliciesConfig.model_fields[name].annotation == field.annotation | None  # type: ignore[operator]  # a class
