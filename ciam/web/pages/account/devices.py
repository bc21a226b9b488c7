"""A user agent in words: "Chrome on Windows", as far as it tells the truth."""

from ciam.authentication.user_agent import find_names
from ciam.texts import Text


def describe_device(user_agent: str) -> Text:
    """Give the browser and the system it runs on."""
    browser, system = find_names(user_agent)
    if browser and system:
        return Text("{browser} on {system}", browser=browser, system=system)
    if browser or system:
        return Text("{name}", name=browser or system)
    return Text("Unknown device")
