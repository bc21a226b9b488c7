"""What races can do its work when nothing comes between: else nothing has raced."""

import pytest

from ciam.clock import SystemClock
from ciam.keys.signing import ensure_signing_keys
from ciam.sealing import KeyRing, new_key
from ciam.storage import Database
from ciam.storage.stores.authenticators import TOTP
from tests.races.account import make_account, switch_on
from tests.races.race_credential_event import EVENTS
from tests.races.race_first_proof import ATTACK
from tests.races.single_uses import put_app
from tests.races.traffic import carry_out


@pytest.mark.races
async def test_every_act_alone_is_carried_out(sqlite_url: str) -> None:
    database = Database.open(sqlite_url, SystemClock(), KeyRing.of(new_key()))
    await ensure_signing_keys(database)
    async with database.write() as transaction:
        await switch_on(transaction)
        client = await put_app(transaction)
    acts = {name: event for name, (event, _keeps) in EVENTS.items()} | ATTACK
    outcomes = {}
    for number, (name, act) in enumerate(acts.items()):
        async with database.write() as transaction:
            account = await make_account(transaction, client, number, is_proven=True)
            if name == "app removed":
                await transaction.authenticators.add(account.customer, TOTP, secret=b"A" * 32)
        outcomes[name] = await carry_out(act, database, account)
    await database.close()
    assert set(outcomes.values()) == {"done"}, outcomes
