"""What a user agent is called: as people call it, and nothing where it says nothing."""

import pytest

from ciam.authentication.user_agent import find_names, name_device

_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15"
_IPAD = "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15"
_SAFARI = "(KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "names"),
    [
        (f"{_IPHONE} {_SAFARI}", ("Safari", "iPhone")),
        (f"{_IPAD} {_SAFARI}", ("Safari", "iPad")),
        (f"Mozilla/5.0 (Windows NT 10.0) {_CHROME} Safari/537.36", ("Chrome", "Windows")),
        (
            f"Mozilla/5.0 (Linux; Android 14; K) {_CHROME} Mobile Safari/537.36",
            ("Chrome", "Android"),
        ),
        ("curl/8.5.0", ("curl", "")),
        ("", ("", "")),
        ("\x00 nobody's", ("", "")),
    ],
)
def test_a_user_agent_is_called_as_people_call_it(user_agent: str, names: tuple[str, str]) -> None:
    assert find_names(user_agent) == names
    assert name_device(user_agent) == " / ".join(name for name in names if name)
