"""Receipts: signed, verifiable without us, complete (ISO/IEC TS 27560), tied to exact words."""

import json
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwk, jwt

from ciam.consent import client_grants
from ciam.consent.receipt_document import TYP, ReceiptDocument
from ciam.consent.verify import ReceiptBroken, verify_receipt, verify_screen
from ciam.keys import signing
from ciam.storage.stores.receipts import Receipt
from tests.consent.conftest import ORIGIN, World

MANDATORY = {
    "header": {"schema_version", "record_id", "pii_principal_id"},
    "processing": {"privacy_notice", "language", "purposes"},
    "purpose": {
        "purpose",
        "pii_information",
        "pii_controllers",
        "storage_locations",
        "retention_period",
        "jurisdiction",
        "recipient_third_parties",
        "withdrawal_method",
    },
    "pii": {"pii_type"},
    "party": {"party_id", "party_address", "party_name", "party_contact", "party_type"},
    "event": {"event_time", "validity_duration", "entity_id", "event_type", "event_state"},
}


async def _published(world: World) -> dict[str, Any]:
    async with world.database.read() as transaction:
        return await signing.list_jwks(transaction, "receipts")


async def _every_kind(world: World) -> list[Receipt]:
    """Make a receipt of each act and subject."""
    made = []
    for agrees in (False, True, False):
        made += await world.answer("partner-offers", agrees=agrees)
    async with world.database.write() as transaction:
        await client_grants.give_grant(
            transaction, world.customer, world.partner, {"profile"}, screen=world.screen()
        )
        await client_grants.remove_grant(
            transaction, world.customer, world.partner, screen=world.screen()
        )
        listed = await transaction.receipts.list_for(world.customer)
        found = [await transaction.receipts.find(world.customer, item.id) for item in listed]
    assert {(item.subject_kind, item.act) for item in found if item} == {
        ("purpose", "refused"),
        ("purpose", "given"),
        ("purpose", "withdrawn"),
        ("client", "given"),
        ("client", "withdrawn"),
    }
    return [item for item in found if item]


async def test_every_receipt_verifies_with_the_published_keys_alone(world: World) -> None:
    keys = await _published(world)
    assert "d" not in json.dumps([sorted(key) for key in keys["keys"]]).split('"')
    for receipt in await _every_kind(world):
        document = verify_receipt(receipt.jws, keys, issuer=ORIGIN)
        assert document.receipt_id == str(receipt.id)
        assert document.sub.startswith("cus_")


async def test_every_receipt_has_the_mandatory_fields_of_the_specification(world: World) -> None:
    keys = await _published(world)
    for receipt in await _every_kind(world):
        record = verify_receipt(receipt.jws, keys, issuer=ORIGIN).record.model_dump(mode="json")
        processing = record["pii_processing"]
        assert set(record["header"]) >= MANDATORY["header"]
        assert set(processing) >= MANDATORY["processing"]
        assert set(record["event"]) >= MANDATORY["event"]
        parties = {party["party_id"] for party in record["party_identification"]}
        for party in record["party_identification"]:
            assert set(party) >= MANDATORY["party"]
        for purpose in processing["purposes"]:
            assert set(purpose) >= MANDATORY["purpose"]
            assert all(set(item) >= MANDATORY["pii"] for item in purpose["pii_information"])
            assert set(purpose["pii_controllers"]) <= parties
            assert set(purpose["recipient_third_parties"]) <= parties
            assert purpose["withdrawal_method"] == f"{ORIGIN}/account/consents"
    assert (
        sum(len(names) for names in MANDATORY.values()) - 1 + 1 == 25
    )  # `purposes` for receipt id


async def test_the_exact_screen_can_be_rebuilt(world: World) -> None:
    [receipt] = await world.answer("newsletter", agrees=True)
    document = verify_receipt(receipt.jws, await _published(world), issuer=ORIGIN)
    async with world.database.read() as transaction:
        content = await transaction.receipts.find_screen(receipt.screen)
    assert content is not None
    assert verify_screen(document, content.encode())
    assert not verify_screen(document, content.replace("choice", "voice").encode())
    assert json.loads(content)["content"] == {"title": "Your choice"}


async def test_a_changed_receipt_does_not_verify(world: World) -> None:
    [receipt] = await world.answer("newsletter", agrees=False)
    keys = await _published(world)
    head, payload, signature = receipt.jws.split(".")
    for position in range(0, len(payload), 97):
        swapped = "A" if payload[position] != "A" else "B"
        broken = f"{head}.{payload[:position]}{swapped}{payload[position + 1 :]}.{signature}"
        with pytest.raises(ReceiptBroken):
            verify_receipt(broken, keys, issuer=ORIGIN)


async def test_a_foreign_key_another_issuer_or_another_kind_of_token_is_refused(
    world: World,
) -> None:
    [receipt] = await world.answer("newsletter", agrees=True)
    keys = await _published(world)
    with pytest.raises(ReceiptBroken, match="another issuer"):
        verify_receipt(receipt.jws, keys, issuer="https://other.example.com")
    stranger = jwk.ECKey.generate_key("P-256", {"kid": "x", "use": "sig"})
    foreign = {"keys": [stranger.as_dict(private=False)]}
    with pytest.raises(ReceiptBroken, match="does not verify"):
        verify_receipt(receipt.jws, foreign, issuer=ORIGIN)
    claims = ReceiptDocument.model_validate_json(
        verify_receipt(receipt.jws, keys, issuer=ORIGIN).model_dump_json()
    ).model_dump(mode="json", exclude_none=True)
    for typ, changed, reason in (
        ("at+jwt", claims, "not a consent receipt"),
        (TYP, {**deepcopy(claims), "jti": "other"}, "two records"),
        (TYP, {k: v for k, v in claims.items() if k != "record"}, "missing or unknown"),
    ):
        token = jwt.encode({"alg": "ES256", "typ": typ, "kid": "x"}, changed, stranger)
        with pytest.raises(ReceiptBroken, match=reason):
            verify_receipt(token, foreign, issuer=ORIGIN)
    unsigned = receipt.jws.rsplit(".", 1)[0] + "."
    with pytest.raises(ReceiptBroken):
        verify_receipt(unsigned, keys, issuer=ORIGIN)


async def test_another_customer_never_gets_a_receipt(world: World) -> None:
    [receipt] = await world.answer("newsletter", agrees=True)
    async with world.database.write() as transaction:
        other = await transaction.customers.insert_new(language="en")
        assert await transaction.receipts.find(other.id, receipt.id) is None
        assert await transaction.receipts.find(world.customer, receipt.id) == receipt


async def test_thousands_share_a_screen_and_a_screen_holds_nobody(world: World) -> None:
    await world.answer("newsletter", agrees=True)
    async with world.database.write() as transaction:
        other = await transaction.customers.insert_new(language="en")
    world.customer, first = other.id, world.customer
    [receipt] = await world.answer("newsletter", agrees=True)
    async with world.database.read() as transaction:
        [before] = await transaction.receipts.list_for(first)
        content = await transaction.receipts.find_screen(receipt.screen)
    assert before.screen == receipt.screen
    assert content is not None
    assert "cus_" not in content


async def test_a_receipt_still_verifies_years_after_its_key_was_rotated_away(world: World) -> None:
    [receipt] = await world.answer("newsletter", agrees=True)
    async with world.database.write() as transaction:
        await signing.rotate_signing_key(transaction, "receipts", "ES256")
    world.clock.advance(timedelta(days=10 * 365))
    async with world.database.write() as transaction:
        await transaction.config.raise_generation()
    keys = await _published(world)
    assert len(keys["keys"]) == 2
    verify_receipt(receipt.jws, keys, issuer=ORIGIN)
    [newer] = await world.answer("newsletter", agrees=False)
    verify_receipt(newer.jws, keys, issuer=ORIGIN)
