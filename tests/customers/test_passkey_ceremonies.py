"""Both ceremonies against an authenticator in software: the honest passes, nothing else does."""

import json
from typing import Any

import pytest

from ciam.customers.passkey_ceremonies import (
    CeremonyRefused,
    RelyingParty,
    read_assertion,
    register,
    verify_assertion,
)
from ciam.customers.passkey_challenges import ChallengeRefused
from ciam.customers.passkey_providers import name_provider
from ciam.sealing import ServerKeys
from tests.customers.ceremonies import (
    HANDLE,
    NOW,
    PARTY,
    REGISTERING,
    SIGNING_IN,
    ask,
    enrolled,
    new_options,
)
from tests.factories.software_authenticator import SoftwareAuthenticator, encode

ORIGIN = "https://id.example.jp"
REFUSED = (CeremonyRefused, ChallengeRefused)
MALFORMED = ["", "{}", "null", "[]", "a" * 9000, '{"id": 1}', '{"id":"AA","rawId":"AA"}']


@pytest.fixture
def authenticator() -> SoftwareAuthenticator:
    return SoftwareAuthenticator(ORIGIN)


def test_the_relying_party_is_the_host_of_the_issuer() -> None:
    here = RelyingParty.of("http://localhost:8000")
    assert here == RelyingParty("localhost", "http://localhost:8000")
    assert here.can_have_passkeys
    for address in ("http://127.0.0.1:8000", "http://[::1]:8000"):  # browsers take domains alone
        assert not RelyingParty.of(address).can_have_passkeys


def test_options_ask_for_a_discoverable_credential_and_a_verified_owner(keys: ServerKeys) -> None:
    asked = json.loads(new_options(keys))
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["attestation"] == "none"
    assert asked["user"]["id"] == encode(HANDLE)
    assert asked["rp"]["id"] == "id.example.jp"
    assert 0 not in {one["alg"] for one in asked["pubKeyCredParams"]}
    signing = json.loads(ask(keys))
    assert signing.get("allowCredentials", []) == []
    assert signing["userVerification"] == "required"


@pytest.mark.parametrize("is_synced", [True, False])
def test_an_honest_credential_registers_and_signs(keys: ServerKeys, *, is_synced: bool) -> None:
    authenticator = SoftwareAuthenticator(ORIGIN, is_synced=is_synced)
    credential = enrolled(keys, authenticator).credential
    assert credential.id == authenticator.credential_id
    assert credential.is_backup_eligible is is_synced
    assert credential.transports == ("internal", "hybrid")
    answer = read_assertion(keys, SIGNING_IN, authenticator.sign(ask(keys)), NOW)
    assert answer.handle == HANDLE
    asserted = verify_assertion(PARTY, answer, credential, is_verification_required=True)
    assert asserted.is_user_verified
    assert asserted.is_backed_up is is_synced


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://id.example.jp.evil.example"},
        {"origin": "http://id.example.jp"},
        {"origin": "https://id.example.jp:8443"},
        {"rp_id": "example.jp"},
        {"type": "webauthn.get"},
        {"crossOrigin": True},
        {"algorithm": 0},
        {"algorithm": -65535},  # RS1: SHA-1
        {"challenge": encode(b"\0" * 56)},
        {"challenge": ""},
        {"credential_id": b"another id than the attested one, but as long"},
    ],
    ids=str,
)
def test_a_registration_that_lies_is_refused(
    keys: ServerKeys, authenticator: SoftwareAuthenticator, changes: dict[str, Any]
) -> None:
    answer = authenticator.create(new_options(keys), **changes)
    if "credential_id" in changes:  # only what is attested counts
        registered = register(keys, PARTY, REGISTERING, answer, NOW)
        assert registered.credential.id == authenticator.credential_id
        return
    with pytest.raises(REFUSED):
        register(keys, PARTY, REGISTERING, answer, NOW)


@pytest.mark.parametrize("missing", ["is_user_verified", "is_user_present"])
def test_nobody_registers_without_having_been_there(
    keys: ServerKeys, authenticator: SoftwareAuthenticator, missing: str
) -> None:
    setattr(authenticator, missing, False)
    with pytest.raises(CeremonyRefused):
        enrolled(keys, authenticator)


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://evil.id.example.jp"},
        {"rp_id": "example.jp"},
        {"type": "webauthn.create"},
        {"crossOrigin": True},
        {"challenge": encode(b"\0" * 56)},
        {"signature": b"\0" * 70},
        {"signature": b"none"},
        {"credential_id": b"a credential of somebody else, not the one signed with"},
    ],
    ids=str,
)
def test_an_assertion_that_lies_is_refused(
    keys: ServerKeys, authenticator: SoftwareAuthenticator, changes: dict[str, Any]
) -> None:
    credential = enrolled(keys, authenticator).credential
    with pytest.raises(REFUSED):
        answer = read_assertion(keys, SIGNING_IN, authenticator.sign(ask(keys), **changes), NOW)
        verify_assertion(PARTY, answer, credential, is_verification_required=True)


def test_another_key_does_not_sign_for_a_credential(
    keys: ServerKeys, authenticator: SoftwareAuthenticator
) -> None:
    credential = enrolled(keys, authenticator).credential
    thief = SoftwareAuthenticator(
        ORIGIN, credential_id=credential.id, handle=HANDLE, rp_id=PARTY.id
    )
    answer = read_assertion(keys, SIGNING_IN, thief.sign(ask(keys)), NOW)
    with pytest.raises(CeremonyRefused):
        verify_assertion(PARTY, answer, credential, is_verification_required=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [("is_user_present", False), ("is_user_verified", False), ("is_synced", False)],
)
def test_flags_that_changed_are_refused(
    keys: ServerKeys, authenticator: SoftwareAuthenticator, field: str, *, value: bool
) -> None:
    credential = enrolled(keys, authenticator).credential
    setattr(authenticator, field, value)
    answer = read_assertion(keys, SIGNING_IN, authenticator.sign(ask(keys)), NOW)
    with pytest.raises(CeremonyRefused):
        verify_assertion(PARTY, answer, credential, is_verification_required=True)


def test_a_second_factor_need_not_verify_its_owner(
    keys: ServerKeys, authenticator: SoftwareAuthenticator
) -> None:
    credential = enrolled(keys, authenticator).credential
    authenticator.is_user_verified = False
    answer = read_assertion(keys, SIGNING_IN, authenticator.sign(ask(keys)), NOW)
    asserted = verify_assertion(PARTY, answer, credential, is_verification_required=False)
    assert not asserted.is_user_verified


def test_a_challenge_of_the_other_ceremony_is_refused(
    keys: ServerKeys, authenticator: SoftwareAuthenticator
) -> None:
    enrolled(keys, authenticator)
    with pytest.raises(ChallengeRefused):
        read_assertion(keys, SIGNING_IN, authenticator.sign(new_options(keys)), NOW)


@pytest.mark.parametrize("text", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_no_answer_at_all_is_refused(keys: ServerKeys, text: str) -> None:
    with pytest.raises(CeremonyRefused):
        register(keys, PARTY, REGISTERING, text, NOW)
    with pytest.raises(CeremonyRefused):
        read_assertion(keys, SIGNING_IN, text, NOW)


def test_every_cut_of_an_honest_answer_is_refused(
    keys: ServerKeys, authenticator: SoftwareAuthenticator
) -> None:
    credential = enrolled(keys, authenticator).credential
    whole = json.loads(authenticator.sign(ask(keys)))
    for field in ("clientDataJSON", "authenticatorData", "signature"):
        for end in range(0, len(whole["response"][field]), 7):
            cut = whole | {"response": whole["response"] | {field: whole["response"][field][:end]}}
            with pytest.raises(REFUSED):
                answer = read_assertion(keys, SIGNING_IN, json.dumps(cut), NOW)
                verify_assertion(PARTY, answer, credential, is_verification_required=True)


def test_a_provider_is_named_and_an_unknown_one_is_not() -> None:
    assert name_provider("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4") == "Google Password Manager"
    assert name_provider("00000000-0000-0000-0000-000000000000") is None
