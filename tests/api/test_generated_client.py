"""A client that a generator makes of the contract: it walks profile, consents and customers."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.world import ApiWorld
from tests.parts.openapi_client import generate

DOCS = Path(__file__).parents[2] / "docs"
NAME = "generated_client_of_ciam"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Give the modules of a freshly generated client by their names inside it."""
    folder = tmp_path_factory.mktemp("generated")
    generate(DOCS / "openapi.json", folder / NAME)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield lambda name: importlib.import_module(f"{NAME}.{name}")
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == NAME]:
        del sys.modules[name]


@pytest.fixture
def client(world: ApiWorld, generated: Callable[[str], Any]) -> Callable[[str], Any]:
    """Give a client for a token, which asks the application in this process."""

    def open_client(token: str) -> Any:  # noqa: ANN401 - of the generated package
        made = generated("client").AuthenticatedClient(
            base_url=f"{world.issuer}/api/v1",
            token=token,
            raise_on_unexpected_status=True,
            httpx_args={"transport": httpx.ASGITransport(world.app)},
        )
        return made.with_headers({"Accept-Language": "en"})

    return open_client


async def test_an_app_reads_and_changes_the_profile_of_its_customer(
    world: ApiWorld, client: Callable[[str], Any], generated: Callable[[str], Any]
) -> None:
    ours = client(await world.customer_token())
    read, change = generated("api.profile.profile_read"), generated("api.profile.profile_change")
    first = await read.asyncio_detailed(client=ours)
    assert first.status_code == 200
    assert (first.parsed.given_name, first.parsed.email) == ("花子", "hanako@example.jp")

    claims = generated("models").Claims.from_dict({"nickname": "はな", "nickname#en": "Hana"})
    changed = await change.asyncio_detailed(
        client=ours, body=claims, if_match=first.headers["etag"], idempotency_key="k-1"
    )
    assert changed.parsed.nickname == "はな"
    assert changed.parsed.additional_properties["nickname#en"] == "Hana"
    again = await change.asyncio_detailed(
        client=ours, body=claims, if_match=first.headers["etag"], idempotency_key="k-1"
    )
    assert again.content == changed.content
    late = await change.asyncio_detailed(client=ours, body=claims, if_match=first.headers["etag"])
    assert isinstance(late.parsed, generated("models").Problem)
    assert late.parsed.type_ == "urn:ciam:problem:changed_meanwhile"
    unchanged = await read.asyncio_detailed(client=ours, if_none_match=changed.headers["etag"])
    assert unchanged.status_code == 304


async def test_an_app_takes_a_consent_back_and_reads_its_receipt(
    world: ApiWorld, client: Callable[[str], Any], generated: Callable[[str], Any]
) -> None:
    models = generated("models")
    service = client(await world.service_token())
    reported = models.ReportedDecision(decision=models.ReportedDecisionDecision.GIVE, version=1)
    given = await generated("api.customers.customer_consents_put").asyncio(
        world.customer.customer_id, "newsletter", client=service, body=reported
    )
    assert (given.purpose, given.state.value) == ("newsletter", "given"), given

    ours = client(await world.customer_token())
    listed = await generated("api.consents.consents_list_all").asyncio(client=ours)
    states = {one.purpose: one.state.value for one in listed.items}
    assert states["newsletter"] == "given"
    withdrawn = models.Decision(decision=models.DecisionDecision.WITHDRAW)
    put = generated("api.consents.consents_put")
    answer = await put.asyncio("newsletter", client=ours, body=withdrawn)
    assert answer.state.value == "withdrawn", answer
    receipts = await generated("api.consents.consents_list_receipts").asyncio(client=ours)
    newest = await generated("api.consents.consents_read_receipt").asyncio(
        receipts.items[0].id, client=ours
    )
    assert (newest.key, newest.decision.value) == ("newsletter", "withdrawn")
    assert newest.jws.count(".") == 2


async def test_a_service_makes_finds_and_changes_customers(
    world: ApiWorld, client: Callable[[str], Any], generated: Callable[[str], Any]
) -> None:
    models = generated("models")
    service = client(await world.service_token())
    new = models.NewCustomer(
        claims=models.Claims(family_name="佐藤", given_name="次郎"), language="ja"
    )
    create = generated("api.customers.customers_create")
    made = await create.asyncio(client=service, body=new, idempotency_key="import-7")
    again = await create.asyncio(client=service, body=new, idempotency_key="import-7")
    assert made.customer_id == again.customer_id

    read = await generated("api.customers.customers_read").asyncio_detailed(
        made.customer_id, client=service
    )
    assert read.parsed.claims.family_name == "佐藤"
    change = generated("api.customers.customers_change")
    changed = await change.asyncio(
        made.customer_id,
        client=service,
        body=models.Claims(given_name=None),
        if_match=read.headers["etag"],
    )
    assert "given_name" not in changed.claims.to_dict()

    search = generated("api.customers.customers_search")
    wanted = models.Search(kind=models.SearchKind.EMAIL, value="hanako@example.jp")
    found = await search.asyncio(client=service, body=wanted)
    assert [one.customer_id for one in found.items] == [world.customer.customer_id]


async def test_a_token_for_another_operation_gets_a_problem_that_the_client_knows(
    world: ApiWorld, client: Callable[[str], Any], generated: Callable[[str], Any]
) -> None:
    ours = client(await world.customer_token())
    answer = await generated("api.customers.customers_read").asyncio(
        world.customer.customer_id, client=ours
    )
    assert isinstance(answer, generated("models").Problem)
    assert answer.status in {401, 403}


def test_a_client_can_be_made_of_the_contract_for_operators(tmp_path: Path) -> None:
    generate(DOCS / "admin-openapi.json", tmp_path / "operators")
    assert (tmp_path / "operators" / "api" / "customers").is_dir()
    assert (tmp_path / "operators" / "models" / "customer_view.py").is_file()
