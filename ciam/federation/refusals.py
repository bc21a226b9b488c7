"""Why an exchange with a provider ends without an identity, in words for the person."""

from __future__ import annotations

from ciam.errors import PageRefusal
from ciam.texts import Text


class ProviderDown(PageRefusal):
    """The provider did not answer, or says itself that it cannot."""

    def __init__(self, name: str, cause: str) -> None:
        """Take what people call the provider."""
        super().__init__(
            f"provider: {cause}",
            title=Text("{name} cannot be reached right now", name=name),
            text=Text(
                "{name} did not answer. Please try again in a few minutes, or sign in another way.",
                name=name,
            ),
            status=503,
            code="provider_down",
        )


class ProviderRefused(PageRefusal):
    """The answer is not one that proves anything: foreign, expired, forged or an error."""

    def __init__(self, name: str, cause: str) -> None:
        """Take what people call the provider; the cause is for the log alone."""
        super().__init__(
            f"provider: {cause}",
            title=Text("Signing in with {name} did not work", name=name),
            text=Text("It took too long, or it was begun in another browser. Please begin again."),
            code="provider_refused",
        )


class NoSuchConnection(PageRefusal):
    """There is no connection of this name, or it is switched off."""

    def __init__(self) -> None:
        """Say nothing about which of the two it is."""
        super().__init__(
            "no such connection",
            title=Text("Page not found"),
            text=Text("The address may be mistyped, or the page has moved."),
            status=404,
            code="no_such_connection",
        )
