"""auth_session: what an app without a browser holds in place of cookies (First-Party Apps §5.3.1).

Everything true stays in the database: journeys and kept requests are bound to the secret in it,
sessions and known devices end there. What the app holds is sealed, so it is opaque to it, and is
given anew with every answer, as cookies are.

It is bound to the client, and to a key of the device where the app proves one (§9.6.1, DPoP). It
lives as long as a journey may until somebody signs in; from then on as the policy says, longer
where it is bound to a key.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from ciam.identifiers import hash_secret, new_secret
from ciam.oauth.errors import InvalidSession
from ciam.sealing import SealBroken, place, seal, unseal
from ciam.storage.stores.store import from_json, to_json

if TYPE_CHECKING:
    from datetime import timedelta

    from ciam.policies import Policies
    from ciam.storage import Database

_PREFIX: Final = "ciam_as_"
_MOST_CHARACTERS: Final = 4096
_PLACE: Final = place("auth_session", "content", "app")


@dataclass(frozen=True, slots=True)
class AuthSession:
    """One installed app at one person.

    client_id  whose it is
    secret     what journeys and kept requests are bound to; the cookie of a browser elsewhere
    device     where customers signed in before (`ciam.sessions.devices`)
    session    the session that was begun
    trusted    where no second factor is asked for (`ciam.sessions.trusted_devices`)
    request    handle of the authorization request under way
    journey    handle of the journey that was begun for it
    key        thumbprint of the key of the device that it is bound to (RFC 7638)
    """

    client_id: str
    secret: str = field(repr=False)
    device: str | None = field(default=None, repr=False)
    session: str | None = field(default=None, repr=False)
    trusted: str | None = field(default=None, repr=False)
    request: str = ""
    journey: str = ""
    key: str | None = None

    @property
    def browser_hash(self) -> bytes:
        """What journeys and requests of this app are bound to."""
        return hash_secret(self.secret)

    def going_on(self, *, request: str, journey: str) -> AuthSession:
        """Give it with what is under way from now on."""
        return replace(self, request=request, journey=journey)

    def bound_to(self, key: str) -> AuthSession:
        """Give it bound to a key of the device."""
        return replace(self, key=key)

    def lifetime(self, policies: Policies) -> timedelta:
        """Give how long it may be used after the answer that it came with."""
        if self.session is None:
            return policies.sign_in.sign_up_lifetime
        return policies.sessions.app if self.key is None else policies.sessions.app_bound

    def signed_in(self, *, session: str, device: str, trusted: str | None = None) -> AuthSession:
        """Give it with the session that was begun; `trusted` is None when nothing changed."""
        kept = self.trusted if trusted is None else trusted
        return replace(self, session=session, device=device, trusted=kept)


def new_auth_session(client_id: str) -> AuthSession:
    """Begin with a client that holds none yet; 256 random bits."""
    return AuthSession(client_id, new_secret("as"))


def seal_auth_session(database: Database, found: AuthSession) -> str:
    """Give what the app keeps until the next answer."""
    content = asdict(found) | {"at": int(database.clock.now().timestamp())}
    sealed = seal(database.keys.records.newest, to_json(content), _PLACE)
    return _PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_auth_session(database: Database, policies: Policies, sent: str) -> AuthSession:
    """Read what an app sends; raise InvalidSession for anything that is not ours and young."""
    body = sent.removeprefix(_PREFIX)
    if body == sent or len(sent) > _MOST_CHARACTERS:
        raise InvalidSession(cause="not an auth_session of ours")
    try:
        sealed = base64.b64decode(body + "=" * (-len(body) % 4), b"-_", validate=True)
        content: dict[str, Any] = from_json(unseal(database.keys.records, sealed, _PLACE))
    except (SealBroken, binascii.Error, ValueError) as error:
        raise InvalidSession(cause="an auth_session that does not open") from error
    age = database.clock.now().timestamp() - content.pop("at")
    found = AuthSession(**content)
    if age > found.lifetime(policies).total_seconds():
        raise InvalidSession(cause="an auth_session that is too old")
    return found
