"""The way to a provider and back: begin, receive, finish (RFC 6749 §4.1, RFC 7636, RFC 9207).

What was begun lies in a row of the server, bound to the browser and claimed by one statement; the
address holds only a random `state`. Each connection has a callback of its own, so an answer of one
provider cannot be passed off as another's (mix-up, RFC 9207 §2.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ciam.errors import PageRefusal
from ciam.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ciam.federation.identity import ProvenIdentity
    from ciam.outbound import Outbound
    from ciam.storage import Database

Purpose = Literal["sign_in", "link"]


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of it: the identity, or None when the person declined at the provider."""

    identity: ProvenIdentity | None
    purpose: Purpose
    journey: str


class AlreadyFinished(PageRefusal):
    """The same callback was loaded again in the same browser: go on where the journey now is."""

    def __init__(self, purpose: Purpose, journey: str) -> None:
        """Take what the row says, so that the page can lead on."""
        super().__init__(
            "a callback was loaded twice",
            text=Text("This sign-in has been finished already."),
            code="federation_finished",
        )
        self.purpose = purpose
        self.journey = journey


def callback_path(connection_name: str) -> str:
    """Give the path of a connection's own callback; it is registered at the provider."""
    return f"/federation/{connection_name}/callback"


async def begin(
    database: Database,
    outbound: Outbound,
    connection_name: str,
    *,
    redirect_uri: str,
    browser_hash: bytes,
    purpose: Purpose,
    journey: str,
    prompt_login: bool = False,
) -> str:
    """Make the row and give the provider's address to send the browser to.

    `redirect_uri` is the issuer of this server followed by `callback_path`. `prompt_login` asks for
    a fresh sign-in at the provider, where it can do that. Raise PageRefusal: there is no such
    connection, or the provider cannot be reached.
    """
    raise NotImplementedError


async def receive(database: Database, connection_name: str, parameters: Mapping[str, str]) -> str:
    """Keep what a provider POSTed (form_post, without our cookies); give the path to GET next.

    What the provider says only once is kept in the same transaction, before anything can fail.
    """
    raise NotImplementedError


async def finish(
    database: Database,
    outbound: Outbound,
    connection_name: str,
    parameters: Mapping[str, str],
    *,
    browser_hash: bytes,
) -> Finished:
    """Claim the row, exchange the code, verify, and give who it is.

    `parameters` are those of the GET. Raise AlreadyFinished for the same callback again, and
    PageRefusal for a foreign, expired or forged answer and for a provider that does not answer.
    """
    raise NotImplementedError
