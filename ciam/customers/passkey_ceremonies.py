"""The two ceremonies of Web Authentication Level 3 (§7.1, §7.2), without storage and without pages.

What a browser sends is hostile until both have passed. No attestation is asked for: whose make an
authenticator is says nothing about a customer, and the AAGUID is only shown to them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_authenticator_data,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ciam.customers.passkey_challenges import Challenge, Scope, check
from ciam.errors import Refusal
from ciam.sealing import ServerKeys
from ciam.storage.stores.passkeys import Credential

TIMEOUT: Final = timedelta(minutes=5)
"""How long a browser's own dialog waits (§13.1 recommends 5 to 10 minutes)."""

_ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_LONGEST_ANSWER: Final = 8 * 1024
_LONGEST_ID: Final = 1023  # §5.8.3


class CeremonyRefused(Refusal):
    """The answer of an authenticator does not prove what it should."""

    code = "ceremony_refused"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Us, as authenticators know us: one for the whole installation.

    id           our host, which a passkey belongs to
    origin       of our own pages
    app_origins  where an app of ours holds the ceremony, on a screen of its own, instead
    """

    id: str
    origin: str
    app_origins: tuple[str, ...] = ()

    @property
    def origins(self) -> list[str]:
        """Where the ceremony has to be held (§7.1, 9 and §7.2, 12)."""
        return list(self.app_origins) or [self.origin]

    @property
    def can_have_passkeys(self) -> bool:
        """Whether browsers take our host as relying party: a domain, never an address (§5.1.3)."""
        host = self.id.strip("[]")
        return not (":" in host or host.replace(".", "").isdigit())

    @classmethod
    def of(cls, issuer: str) -> Self:
        """Give the relying party of an issuer: its host, and the one origin of our pages."""
        parsed = urlsplit(issuer)
        return cls(parsed.hostname or "", f"{parsed.scheme}://{parsed.netloc}")

    def held_at(self, *origins: str) -> Self:
        """Give it for ceremonies on screens of one app, and nowhere else."""
        return replace(self, app_origins=origins)


@dataclass(frozen=True, slots=True)
class Owner:
    """What an authenticator keeps and shows of its owner: `handle` is random and says nothing."""

    handle: bytes = field(repr=False)
    name: str = field(repr=False)
    display_name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registered:
    """A new credential, and the challenge to claim with it."""

    credential: Credential
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class Answer:
    """An assertion as it was read: nothing but its challenge is checked yet."""

    text: str = field(repr=False)
    credential_id: bytes = field(repr=False)
    handle: bytes | None = field(repr=False)
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class Asserted:
    """What an assertion says after its signature was verified."""

    sign_count: int
    is_backed_up: bool
    is_user_verified: bool


def registration_options(
    party: RelyingParty, owner: Owner, challenge: bytes, *, shown_name: str,
    existing: Iterable[Credential],
) -> str:  # fmt: skip
    """Give what `navigator.credentials.create()` takes, as JSON (§5.4)."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=shown_name,
        user_id=owner.handle,
        user_name=owner.name,
        user_display_name=owner.display_name,
        challenge=challenge,
        timeout=int(TIMEOUT.total_seconds() * 1000),
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_describe(existing),
        supported_pub_key_algs=_ALGORITHMS,
    )
    return webauthn.options_to_json(options)


def assertion_options(
    party: RelyingParty,
    challenge: bytes,
    *,
    allowed: Sequence[Credential] = (),
    is_verification_required: bool,
) -> str:
    """Give what `navigator.credentials.get()` takes, as JSON (§5.5); none allowed means any."""
    wanted = UserVerificationRequirement.REQUIRED
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=int(TIMEOUT.total_seconds() * 1000),
        allow_credentials=_describe(allowed),
        user_verification=wanted
        if is_verification_required
        else UserVerificationRequirement.PREFERRED,
    )
    return webauthn.options_to_json(options)


def register(
    keys: ServerKeys, party: RelyingParty, scope: Scope, text: str, now: datetime
) -> Registered:
    """Verify a registration (§7.1); raise CeremonyRefused or ChallengeRefused."""
    _check_length(text)
    try:
        answer = parse_registration_credential_json(text)
        client_data = parse_client_data_json(answer.response.client_data_json)
    except Exception as error:  # the parser meets hostile input and raises what it likes
        raise CeremonyRefused("a malformed registration") from error
    challenge = check(keys, scope, client_data.challenge, now)
    _check_frame(answer.response.client_data_json)
    try:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge.value,
            expected_rp_id=party.id,
            expected_origin=party.origins,
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
    except Exception as error:
        raise CeremonyRefused(f"registration: {error}") from error
    if len(verified.credential_id) > _LONGEST_ID:
        raise CeremonyRefused("a credential id longer than 1023 bytes")
    transports = answer.response.transports or []
    credential = Credential(
        id=verified.credential_id,
        public_key=verified.credential_public_key,
        aaguid=verified.aaguid,
        sign_count=verified.sign_count,
        is_backup_eligible=verified.credential_device_type == "multi_device",
        is_backed_up=verified.credential_backed_up,
        transports=tuple(one.value for one in transports),
    )
    return Registered(credential, challenge)


def read_assertion(keys: ServerKeys, scope: Scope, text: str, now: datetime) -> Answer:
    """Read an assertion and check its challenge; raise CeremonyRefused or ChallengeRefused."""
    _check_length(text)
    try:
        answer = parse_authentication_credential_json(text)
        client_data = parse_client_data_json(answer.response.client_data_json)
    except Exception as error:
        raise CeremonyRefused("a malformed assertion") from error
    challenge = check(keys, scope, client_data.challenge, now)
    _check_frame(answer.response.client_data_json)
    return Answer(text, answer.raw_id, answer.response.user_handle, challenge)


def verify_assertion(
    party: RelyingParty, answer: Answer, credential: Credential, *, is_verification_required: bool
) -> Asserted:
    """Verify an assertion of a known credential (§7.2), all but its counter."""
    try:
        parsed = parse_authentication_credential_json(answer.text)
        verified = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=answer.challenge.value,
            expected_rp_id=party.id,
            expected_origin=party.origins,
            credential_public_key=credential.public_key,
            credential_current_sign_count=0,  # compared and raised by one statement, later
            require_user_verification=is_verification_required,
        )
        flags = parse_authenticator_data(parsed.response.authenticator_data).flags
    except Exception as error:
        raise CeremonyRefused(f"assertion: {error}") from error
    if verified.credential_id != credential.id:
        raise CeremonyRefused("the assertion is of another credential")
    if flags.be != credential.is_backup_eligible:  # §7.2, 19: it never changes
        raise CeremonyRefused("backup eligibility differs from the registration")
    return Asserted(verified.new_sign_count, verified.credential_backed_up, verified.user_verified)


def _check_length(text: str) -> None:
    if len(text) > _LONGEST_ANSWER:
        raise CeremonyRefused("longer than any authenticator answers")


def _check_frame(client_data: bytes) -> None:
    """Refuse an answer made inside another site's frame (§13.4.9): our pages are never framed."""
    if json.loads(client_data).get("crossOrigin") not in {None, False}:
        raise CeremonyRefused("made inside a frame of another origin")


def _describe(credentials: Iterable[Credential]) -> list[PublicKeyCredentialDescriptor]:
    known = {one.value: one for one in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=one.id,
            transports=[known[name] for name in one.transports if name in known] or None,
        )
        for one in credentials
    ]
