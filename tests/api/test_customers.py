"""Services: customers by ID and by exact identifier, their choices, what may leave to whom."""

import pytest

from tests.api.world import ApiWorld

ADDRESS = {"kind": "email", "value": "HANAKO@example.jp"}


async def test_a_customer_is_created_once_and_found_by_the_address(world: ApiWorld) -> None:
    token = await world.service_token()
    new = {"email": "Taro@Example.jp", "claims": {"family_name": "山田"}, "language": "ja"}
    made = await world.ask("POST", "/customers", token, new)
    assert made.status_code == 201
    document = made.json()
    assert made.headers["location"].endswith(document["customer_id"])
    assert document["claims"]["email"] == "Taro@example.jp"
    assert document["claims"]["email_verified"] is False
    again = await world.ask("POST", "/customers", token, new)
    assert again.status_code == 409
    wanted = {"kind": "email", "value": "taro@example.jp"}
    found = (await world.ask("POST", "/customers/search", token, wanted)).json()["items"]
    assert [one["customer_id"] for one in found] == [document["customer_id"]]
    read = await world.ask("GET", f"/customers/{document['customer_id']}", token)
    assert read.json() == document
    assert read.headers["etag"] == made.headers["etag"]


async def test_a_customer_is_found_by_the_number_however_it_is_written(world: ApiWorld) -> None:
    token = await world.service_token()
    made = await world.ask("POST", "/customers", token, {"phone": "０９０ー１２３４ー５６７８"})
    assert made.status_code == 201
    claims = made.json()["claims"]
    assert (claims["phone_number"], claims["phone_number_verified"]) == ("+819012345678", False)
    for written in ("090-1234-5678", "+81 90 1234 5678", "+819012345678"):
        wanted = {"kind": "phone", "value": written}
        found = (await world.ask("POST", "/customers/search", token, wanted)).json()["items"]
        assert [one["customer_id"] for one in found] == [made.json()["customer_id"]]
    for wrong in ({"kind": "email", "value": "+819012345678"}, {"kind": "phone", "value": "090"}):
        assert (await world.ask("POST", "/customers/search", token, wrong)).json()["items"] == []
    again = await world.ask("POST", "/customers", token, {"phone": "+819012345678"})
    assert again.status_code == 409
    assert (await world.ask("POST", "/customers", token, {"phone": "03-1234-5678"})).is_error
    agency = await world.service_token("agency")
    wanted = {"kind": "phone", "value": "+819012345678"}
    assert (await world.ask("POST", "/customers/search", agency, wanted)).json()["items"] == []


async def test_a_service_changes_what_it_has_read(world: ApiWorld) -> None:
    token, path = await world.service_token(), f"/customers/{world.customer.customer_id}"
    etag = (await world.ask("GET", path, token)).headers["etag"]
    assert (await world.ask("PATCH", path, token, {"nickname": "はな"})).status_code == 428
    changed = await world.ask("PATCH", path, token, {"nickname": "はな"}, if_match=etag)
    assert changed.json()["claims"]["nickname"] == "はな"
    late = await world.ask("PATCH", path, token, {"nickname": "別"}, if_match=etag)
    assert late.status_code == 412


async def test_what_rests_on_nothing_does_not_leave_to_another_company(world: ApiWorld) -> None:
    token = await world.service_token("agency")
    document = (await world.ask("GET", f"/customers/{world.customer.customer_id}", token)).json()
    assert document["claims"] == {}
    path = f"/customers/{world.customer.customer_id}/identifiers"
    assert (await world.ask("GET", path, token)).json() == {"items": []}
    found = await world.ask("POST", "/customers/search", token, ADDRESS)
    assert found.json() == {"items": []}, "who may not have an address finds nobody by it"


async def test_what_a_service_receives_stands_in_the_ledger(world: ApiWorld) -> None:
    token, found = await world.service_token(), world.customer.customer_id
    await world.ask("POST", "/customers/search", token, ADDRESS)
    (entry,) = (await world.ask("GET", f"/customers/{found}/identifiers", token)).json()["items"]
    assert (entry["kind"], entry["value"], entry["signs_in"]) == (
        "email", "hanako@example.jp", True
    )  # fmt: skip
    async with world.app.state.parts.database.read() as transaction:
        client = await transaction.clients.find("crm")
        rows = await transaction.disclosures.list_for(world.customer.id, client.id)
    assert {item for row in rows for item in row.items} >= {"email", "given_name"}
    assert {row.basis for row in rows} == {client.id}


async def test_an_erased_customer_is_gone_for_ever(world: ApiWorld) -> None:
    token, found = await world.service_token(), world.customer.customer_id
    async with world.app.state.parts.database.write() as transaction:
        await transaction.customers.set_state(world.customer.id, "erased", was="active")
    for path in (f"/customers/{found}", f"/customers/{found}/consents"):
        answer = await world.ask("GET", path, token)
        assert answer.status_code == 410
        assert answer.json()["type"] == "urn:ciam:problem:customer_erased"
    search = await world.ask("POST", "/customers/search", token, ADDRESS)
    assert search.json() == {"items": []}


@pytest.mark.parametrize("made_up", ["cus_" + "0" * 24, "cus_" + "z" * 24])
async def test_an_id_of_nobody_is_not_found(world: ApiWorld, made_up: str) -> None:
    token = await world.service_token()
    assert (await world.ask("GET", f"/customers/{made_up}", token)).status_code == 404


async def test_a_decision_on_paper_is_recorded_with_its_day(world: ApiWorld) -> None:
    token, found = await world.service_token(), world.customer.customer_id
    path = f"/customers/{found}/consents"
    agree = {"decision": "give", "version": 1, "decided_at": "2020-01-01T09:00:00+09:00"}
    given = await world.ask("PUT", f"{path}/newsletter", token, agree)
    assert given.status_code == 200, given.text
    assert given.json()["since"].startswith("2020-01-01T00:00:00")
    later = agree | {"decided_at": "2999-01-01T00:00:00Z"}
    assert (await world.ask("PUT", f"{path}/newsletter", token, later)).status_code == 422
    states = {
        item["purpose"]: item["state"]
        for item in (await world.ask("GET", path, token)).json()["items"]
    }
    assert states["newsletter"] == "given"


async def test_a_scope_that_the_registration_lost_counts_no_more(world: ApiWorld) -> None:
    token = await world.service_token()
    async with world.app.state.parts.database.write() as transaction:
        documents = await transaction.clients.list_documents()
        document = documents["crm"][0] | {"scope": "stock"}
        await transaction.clients.put(
            "crm", document, secret_hash=b"x", brand=None, managed_by="file"
        )
        await transaction.config.raise_generation()
    path = f"/customers/{world.customer.customer_id}"
    assert (await world.ask("GET", path, token)).status_code == 403
