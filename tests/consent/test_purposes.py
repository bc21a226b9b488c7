"""Purposes and notices: a changed document is a new version, and none is carried over silently."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from ciam.consent.notices import list_notices, list_versions, put_notice, retire_notice
from ciam.consent.purposes import find_purpose, list_purposes, put_purpose, retire_purpose
from ciam.errors import Misconfigured
from tests.consent.conftest import World
from tests.consent.documents import CONTROLLER, PARTNER, newsletter, sharing, terms


async def test_the_same_document_again_changes_nothing(world: World) -> None:
    async with world.database.write() as transaction:
        generation = await transaction.config.get_generation()
        assert await put_purpose(transaction, newsletter()) is None
        assert await put_notice(transaction, terms()) is None
        assert await transaction.config.get_generation() == generation
        assert len(await transaction.purposes.list_versions("newsletter")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"recipients": [{"kind": "ourselves"}, {"kind": "processor", "party": PARTNER}]},
        {"attributes": ["email"]},
        {"scopes": ["purchases"]},
        {"retention_days": 30},
        {"lawful_basis": "legitimate_interests"},
        {"storage_locations": ["US"]},
        {"jurisdiction": "US"},
        {"controller": CONTROLLER | {"contact": "dpo@example.jp"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_what_matters_cannot_change_without_asking_again(
    world: World, changes: dict[str, object]
) -> None:
    async with world.database.write() as transaction:
        with pytest.raises(Misconfigured, match="asks_again may not be false"):
            await put_purpose(transaction, newsletter(asks_again=False, **changes))
        version = await put_purpose(transaction, newsletter(**changes))
        assert version is not None
        assert (version.version, version.asks_again) == (2, True)


async def test_a_mended_word_does_not_ask_again(world: World) -> None:
    texts = newsletter().model_dump()["texts"]
    texts["en"]["title"] = "Our newsletter"
    async with world.database.write() as transaction:
        before = await find_purpose(transaction, "newsletter")
        version = await put_purpose(transaction, newsletter(texts=texts))
        after = await find_purpose(transaction, "newsletter")
    assert version is not None
    assert not version.asks_again
    assert before is not None
    assert after is not None
    assert before.id in after.accepted_versions


async def test_another_reason_asks_again_unless_the_operator_says_it_is_wording(
    world: World,
) -> None:
    texts = newsletter().model_dump()["texts"]
    texts["en"]["why"] = "So that we can sell more."
    async with world.database.write() as transaction:
        version = await put_purpose(transaction, newsletter(texts=texts))
        assert version is not None
        assert version.asks_again
        texts["en"]["why"] = "So that we can sell more goods."
        version = await put_purpose(transaction, newsletter(texts=texts, asks_again=False))
        assert version is not None
        assert not version.asks_again


async def test_a_version_to_come_is_not_in_force(world: World) -> None:
    later = world.clock.now() + timedelta(days=30)
    async with world.database.write() as transaction:
        await put_notice(transaction, terms("2030-02", effective_from=later))
        await put_purpose(transaction, sharing(retention_days=30, effective_from=later))
    async with world.database.read() as transaction:
        assert [item.version for item in await list_notices(transaction)] == ["2030-01"] * 2
        assert [item.version for item in await list_purposes(transaction)] == [1, 1]
    world.clock.advance(timedelta(days=31))
    async with world.database.read() as transaction:
        assert [item.version for item in await list_notices(transaction)] == ["2030-02", "2030-01"]
        assert [item.version for item in await list_purposes(transaction)] == [1, 2]
        found = [item.version for item in await list_versions(transaction, "terms")]
        assert found == ["2030-02", "2030-01"]


async def test_a_published_version_never_gets_other_words(world: World) -> None:
    other = terms().model_copy(update={"texts": terms("2031-01").texts})
    async with world.database.write() as transaction:
        with pytest.raises(Misconfigured, match="give the new text a new version"):
            await put_notice(transaction, other)


async def test_what_is_retired_is_not_asked_and_may_come_back(world: World) -> None:
    async with world.database.write() as transaction:
        assert await retire_purpose(transaction, "newsletter")
        assert await retire_notice(transaction, "terms")
        assert not await retire_notice(transaction, "terms")
    async with world.database.read() as transaction:
        assert [item.key for item in await list_purposes(transaction)] == ["partner-offers"]
        assert [item.key for item in await list_notices(transaction)] == ["privacy"]
    async with world.database.write() as transaction:
        await put_purpose(transaction, newsletter())
        await put_notice(transaction, terms())
    async with world.database.read() as transaction:
        assert len(await list_purposes(transaction)) == 2
        assert len(await list_notices(transaction)) == 2


@pytest.mark.parametrize("key", ["", "UPPER", "a b", "x" * 65, "../etc"])
def test_a_key_is_a_short_name(key: str) -> None:
    with pytest.raises(ValidationError):
        newsletter(key=key)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra"):
        newsletter(lawfulbasis="consent")
