"""What must be proven: whoever asks x what is allowed x what the customer has."""

from collections.abc import Mapping
from typing import Any

import pytest

from ciam.authentication.journey import Requirement
from ciam.authentication.policy import acr_of, amr_of, find_missing, find_ways
from ciam.authentication.state import NotedProof, State, Step
from ciam.clock import from_epoch_seconds
from ciam.oauth.registration import ClientMetadata
from ciam.sessions.levels import methods_for
from ciam.storage import Database
from tests.authentication.passkey_people import ORIGIN, add_passkey
from tests.authentication.people import CountingHasher, make_customer
from tests.factories.software_authenticator import SoftwareAuthenticator

ONE, TWO = "urn:ciam:acr:1", "urn:ciam:acr:2"
AT = from_epoch_seconds(1_800_000_000)
PASSWORD = NotedProof("password", ("pwd",), AT)
CODE = NotedProof("email_code", ("otp",), AT)
APP = NotedProof("totp", ("otp",), AT)
PASSKEY = NotedProof("passkey", ("swk", "user", "mfa"), AT)
TOUCH = NotedProof("passkey", ("swk", "user"), AT)
NO_MAIL: Mapping[str, str] = {"email_code": "off"}
REQUIRED: Mapping[str, str] = {"second_factor": "required"}


async def _missing(
    database: Database,
    hasher: CountingHasher,
    *,
    policy: Mapping[str, str],
    has: tuple[str, ...] = (),
    proofs: tuple[NotedProof, ...] = (PASSWORD,),
    acr_values: tuple[str, ...] = (),
    **asked: bool,
) -> Step | None:
    customer = await make_customer(
        database,
        hasher,
        email_verified_at=database.clock.now() if "address" in has else None,
    )
    async with database.write() as transaction:
        await transaction.policies.put("methods", dict(policy), managed_by="test")
        await transaction.config.raise_generation()
        for method in set(has) & {"totp", "email_code"}:
            await transaction.authenticators.add(customer.id, method, secret=b"x")
        if "recovery_code" in has:
            await transaction.recovery_codes.replace_all(customer.id, ["7h3k2mp2xw"])
    if "passkey" in has:
        await add_passkey(database, customer.id, SoftwareAuthenticator(ORIGIN))
    requirement = Requirement(acr_values=acr_values)
    state = State(Step.PASSWORD, "/account", requirement, proofs=proofs)
    async with database.read() as transaction:
        return await find_missing(transaction, state, customer.id, **asked)


SECOND, SET_UP, DONE = Step.SECOND_FACTOR, Step.SET_UP, None
CELLS: list[tuple[str, dict[str, Any], Step | None]] = [
    ("nobody asks", {"policy": {}}, DONE),
    ("nobody asks of a passkey", {"policy": {}, "has": ("passkey", "address")}, DONE),
    ("an app", {"policy": {}, "has": ("totp",)}, SECOND),
    ("an app, trusted", {"policy": {}, "has": ("totp",), "is_trusted": True}, DONE),
    (
        "an app, trusted, at risk",
        {"policy": {}, "has": ("totp",), "is_trusted": True, "risk_asks": True},
        SECOND,
    ),
    ("codes switched on", {"policy": {}, "has": ("email_code", "address")}, SECOND),
    ("codes switched on, nowhere to go", {"policy": {}, "has": ("email_code",)}, DONE),
    (
        "codes switched on, the mailbox was first",
        {"policy": {}, "has": ("email_code", "address"), "proofs": (CODE,)},
        DONE,
    ),
    ("an app after a code", {"policy": {}, "has": ("totp", "address"), "proofs": (CODE,)}, SECOND),
    ("recovery codes alone", {"policy": {}, "has": ("recovery_code",)}, DONE),
    ("apps not allowed", {"policy": {"totp": "off"}, "has": ("totp",)}, DONE),
    ("risk, an address", {"policy": {}, "has": ("address",), "risk_asks": True}, SECOND),
    ("risk, nothing", {"policy": {}, "risk_asks": True}, DONE),
    ("risk, switched off", {"policy": NO_MAIL, "has": ("address",), "risk_asks": True}, DONE),
    ("required, an address", {"policy": REQUIRED, "has": ("address",)}, SECOND),
    ("required, no mails", {"policy": {**REQUIRED, **NO_MAIL}, "has": ("address",)}, SET_UP),
    ("required, nothing", {"policy": REQUIRED}, SET_UP),
    ("required, a passkey", {"policy": REQUIRED, "has": ("passkey",)}, SECOND),
    (
        "required, passkeys no second",
        {"policy": {**REQUIRED, "passkey": "first"}, "has": ("passkey",)},
        SET_UP,
    ),
    (
        "required, on a trusted device",
        {"policy": REQUIRED, "has": ("totp",), "is_trusted": True},
        SECOND,
    ),
    ("required, a passkey was first", {"policy": REQUIRED, "proofs": (PASSKEY,)}, DONE),
    ("required, two are proven", {"policy": REQUIRED, "proofs": (PASSWORD, APP)}, DONE),
    ("level two asked", {"policy": {}, "has": ("totp",), "acr_values": (TWO,)}, SECOND),
    ("level two asked of nobody", {"policy": NO_MAIL, "acr_values": (TWO,)}, SET_UP),
    (
        "level two asked on a trusted device",
        {"policy": {}, "has": ("totp",), "acr_values": (TWO,), "is_trusted": True},
        SECOND,
    ),
    ("one of two levels is enough", {"policy": NO_MAIL, "acr_values": (TWO, ONE)}, DONE),
    ("a level nobody knows", {"policy": NO_MAIL, "acr_values": ("gold",)}, DONE),
    (
        "no second factors at all",
        {"policy": {"second_factor": "off"}, "has": ("totp",), "acr_values": (TWO,)},
        DONE,
    ),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("cell", "expected"), [(cell, then) for _, cell, then in CELLS],
                         ids=[name for name, _, _ in CELLS])  # fmt: skip
async def test_what_is_missing(
    database: Database, hasher: CountingHasher, cell: dict[str, Any], expected: Step | None
) -> None:
    assert await _missing(database, hasher, **cell) == expected


def test_the_level_comes_from_what_was_proven_and_one_method_twice_is_one() -> None:
    for proofs, acr, amr in (
        ((PASSWORD,), ONE, ("pwd",)),
        ((PASSWORD, APP), TWO, ("pwd", "otp", "mfa")),
        ((CODE, APP), TWO, ("otp", "mfa")),
        ((CODE, CODE), ONE, ("otp",)),
        ((PASSKEY,), TWO, ("swk", "user", "mfa")),
        ((PASSWORD, TOUCH), TWO, ("pwd", "swk", "user", "mfa")),
        ((TOUCH,), ONE, ("swk", "user")),
    ):
        assert (acr_of(proofs), amr_of(proofs)) == (acr, amr)


async def test_an_app_overrides_its_brand_and_the_brand_the_installation(
    database: Database,
) -> None:
    async def put_client(client_id: str, brand: str | None, **methods: str) -> None:
        metadata = ClientMetadata.model_validate(
            {"client_name": client_id, "redirect_uris": ("https://x.example.com/",)}
            | {"methods": methods}
        )
        await transaction.clients.put(
            client_id, metadata.to_document(), secret_hash=b"x", brand=brand, managed_by="file"
        )

    async with database.write() as transaction:
        await transaction.policies.put(
            "methods", {"second_factor": "off", "totp": "off"}, managed_by="file"
        )
        bank = {"name": "Bank", "methods": {"second_factor": "required", "password": "off"}}
        await transaction.brands.put("bank", bank, managed_by="file")
        await put_client("shop", None)
        await put_client("teller", "bank")
        await put_client("kiosk", "bank", second_factor="optional")
        await transaction.config.raise_generation()
    async with database.read() as transaction:
        found = {
            one.client_id: await methods_for(transaction, one.id)
            for one in await transaction.clients.list_all()
        }
        own_pages = await methods_for(transaction, None)
    said = {name: (one.second_factor, one.password, one.totp) for name, one in found.items()}
    assert said == {
        "shop": ("off", "first", "off"),
        "teller": ("required", "off", "off"),
        "kiosk": ("optional", "off", "off"),
    }
    assert own_pages.second_factor == "off"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_code_is_not_offered_to_who_has_switched_on_something_better(
    database: Database, hasher: CountingHasher
) -> None:
    customer = await make_customer(database, hasher)
    state = State(Step.PASSWORD, "/account", Requirement(), proofs=(PASSWORD,))
    async with database.write() as transaction:
        before = await find_ways(transaction, state, customer.id)
        await transaction.authenticators.add(customer.id, "totp", secret=b"x")
        after = await find_ways(transaction, state, customer.id)
    assert [one.METHOD for one in before.codes] == ["email_code"]
    assert not before.is_own
    assert [one.METHOD for one in after.codes] == ["totp"]
