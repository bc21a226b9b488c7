"""One relying party, one browser and the options of both ceremonies."""

from datetime import UTC, datetime, timedelta

from ciam.customers.passkey_ceremonies import (
    Owner,
    Registered,
    RelyingParty,
    assertion_options,
    register,
    registration_options,
)
from ciam.customers.passkey_challenges import REGISTER, SIGN_IN, Scope, issue
from ciam.sealing import ServerKeys
from tests.factories.software_authenticator import SoftwareAuthenticator

NOW = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
PARTY = RelyingParty.of("https://id.example.jp")
REGISTERING = Scope(REGISTER, b"browser", "session")
SIGNING_IN = Scope(SIGN_IN, b"browser", "journey")
HANDLE = b"a handle that says nothing"


def new_options(keys: ServerKeys) -> str:
    """Give the options of a registration."""
    challenge = issue(keys, REGISTERING, NOW + timedelta(minutes=5))
    owner = Owner(HANDLE, "hanako@example.jp", "山田 花子")
    return registration_options(PARTY, owner, challenge, shown_name="つむぎ", existing=[])


def ask(keys: ServerKeys) -> str:
    """Give the options of an assertion."""
    challenge = issue(keys, SIGNING_IN, NOW + timedelta(minutes=5))
    return assertion_options(PARTY, challenge, is_verification_required=True)


def enrolled(keys: ServerKeys, authenticator: SoftwareAuthenticator) -> Registered:
    """Register a credential of an authenticator."""
    return register(keys, PARTY, REGISTERING, authenticator.create(new_options(keys)), NOW)
