"""A user agent in words: "Chrome on Windows", as far as it tells the truth."""

from typing import Final

from ua_parser import parse

from ciam.texts import Text

_BROWSERS: Final = {
    "Mobile Safari": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Edge Mobile": "Edge",
    "Chrome Mobile WebView": "Android",
}
_SYSTEMS: Final = {"Mac OS X": "Mac", "iOS": "iPhone", "Chrome OS": "Chromebook"}


def describe_device(user_agent: str) -> Text:
    """Give the browser and the system it runs on."""
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if system == "iOS" and found.device and found.device.family.startswith("iPad"):
        system = "iPad"
    browser, system = _BROWSERS.get(browser, browser), _SYSTEMS.get(system, system)
    if browser and system:
        return Text("{browser} on {system}", browser=browser, system=system)
    if browser or system:
        return Text("{name}", name=browser or system)
    return Text("Unknown device")
