"""The worker: each job carried out, tried again, given up; nothing holds back anything else."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from ciam.audit.events import EventKind
from ciam.audit.late_events import late_events
from ciam.audit.verify import verify_log
from ciam.errors import Unavailable
from ciam.jobs import JOBS
from ciam.jobs import worker as module
from ciam.jobs.job import JobParts
from ciam.jobs.worker import CLAIM, MOST_ATTEMPTS, wait_after
from ciam.keys.server import load_server_keys
from ciam.keys.signing import ensure_signing_keys
from ciam.messaging import outgoing
from ciam.messaging.messages import PasswordChanged, VerifyAddress
from ciam.messaging.short_messages import SignInCode
from ciam.messaging.sms_webhook import NotTaken
from ciam.messaging.transports import Undeliverable
from ciam.storage import Database
from ciam.storage.stores.outbox import OutboxJob
from ciam.storage.tables.outbox import outbox
from tests.jobs.parts import Mailbox, make_worker, wait_until
from tests.parts.clock import FakeClock

CLIENT = "batch-client"


async def _send(database: Database, number: int = 1, language: str = "ja") -> None:
    async with database.write() as transaction:
        for _ in range(number):
            await outgoing.send(
                transaction,
                PasswordChanged(transaction.clock.now()),
                to="hanako@example.jp",
                language=language,
                recipient_name="山田花子",
            )


async def _states(database: Database) -> Counter[str]:
    columns = outbox.c
    async with database.read() as transaction:
        rows = await transaction.connection.execute(
            select(columns.done_at, columns.failed_at, columns.last_error)
        )
    return Counter(
        "done" if row.done_at else f"failed {row.last_error}" if row.failed_at else "waiting"
        for row in rows
    )


async def test_a_mail_goes_out_once_and_its_payload_is_dropped(
    database: Database, tmp_path: Path
) -> None:
    mailbox = Mailbox()
    await _send(database)
    worker = make_worker(database, tmp_path, mailbox)
    assert await worker.work_once() == 1
    assert await worker.work_once() == 0
    ((name, mail),) = mailbox.mails.items()
    assert str(UUID(name)) == name
    assert b"To: hanako@example.jp" in mail
    assert b"https://id.example.jp/recover" in mail
    async with database.read() as transaction:
        assert await transaction.connection.scalar(select(outbox.c.sealed_payload)) == b""


async def test_what_is_withheld_is_made_and_goes_nowhere(
    database: Database, tmp_path: Path
) -> None:
    mailbox = Mailbox()
    expires_at = database.clock.now() + timedelta(minutes=10)
    async with database.write() as transaction:
        mail = VerifyAddress("123456", "/verify/link?token=t", expires_at)
        await outgoing.send(transaction, mail, to="a@example.jp", language="en", withheld=True)
        text = SignInCode("123456", expires_at)
        await outgoing.send_sms(transaction, text, to="+819012345678", language="ja", withheld=True)
    assert await make_worker(database, tmp_path, mailbox).work_once() == 2
    assert await _states(database) == {"done": 2}
    assert mailbox.deliveries == 0
    assert not (tmp_path / "sms").exists()
    async with database.read() as transaction:
        assert (await transaction.sms_sending.find_today()).messages == 0, "nothing is paid for"


async def test_a_refused_mail_is_tried_again_later_with_the_same_bytes(
    database: Database, tmp_path: Path, clock: FakeClock
) -> None:
    mailbox = Mailbox()
    mailbox.errors = [Unavailable("mail: no server"), RuntimeError("anything")]
    await _send(database)
    worker = make_worker(database, tmp_path, mailbox)
    for attempt in (1, 2):
        assert await worker.work_once() == 1
        assert await worker.work_once() == 0  # not before its time
        clock.advance(wait_after(attempt))
    assert await worker.work_once() == 1
    assert mailbox.deliveries == 3
    assert await _states(database) == {"done": 1}


async def test_what_is_refused_for_good_is_given_up_at_once(
    database: Database, tmp_path: Path
) -> None:
    mailbox = Mailbox()
    mailbox.errors = [Undeliverable("mail: SMTPRecipientsRefused")]
    await _send(database)
    await make_worker(database, tmp_path, mailbox).work_once()
    assert await _states(database) == {"failed Hopeless": 1}


async def test_a_code_that_has_expired_is_not_sent(
    database: Database, tmp_path: Path, clock: FakeClock
) -> None:
    mailbox = Mailbox()
    async with database.write() as transaction:
        expires_at = clock.now() + timedelta(minutes=10)
        message = VerifyAddress("123456", "/verify/link?token=t", expires_at)
        await outgoing.send(transaction, message, to="hanako@example.jp", language="en")
    clock.advance(timedelta(minutes=10))
    await make_worker(database, tmp_path, mailbox).work_once()
    assert mailbox.deliveries == 0
    assert await _states(database) == {"failed Hopeless": 1}


async def test_a_job_that_never_succeeds_is_given_up_after_days(
    database: Database, tmp_path: Path, clock: FakeClock
) -> None:
    mailbox = Mailbox()
    mailbox.errors = [Unavailable("mail: no server")] * (MOST_ATTEMPTS + 1)
    await _send(database)
    worker = make_worker(database, tmp_path, mailbox)
    began = clock.now()
    while await worker.work_once():
        clock.advance(timedelta(hours=4))
    assert mailbox.deliveries == MOST_ATTEMPTS
    assert await _states(database) == {"failed Unavailable": 1}
    assert clock.now() - began > timedelta(days=3)


async def test_a_payload_that_does_not_open_holds_back_nothing(
    database: Database, tmp_path: Path
) -> None:
    mailbox = Mailbox()
    await _send(database, 3)
    async with database.write() as transaction:
        first = await transaction.connection.scalar(select(outbox.c.id).order_by(outbox.c.id))
        await transaction.connection.execute(
            update(outbox).where(outbox.c.id == first).values(sealed_payload=b"broken")
        )
    await make_worker(database, tmp_path, mailbox).work_once()
    assert len(mailbox.mails) == 2
    assert await _states(database) == {"done": 2, "failed SealBroken": 1}


async def test_a_kind_of_a_newer_version_is_left_to_a_newer_node(
    database: Database, tmp_path: Path
) -> None:
    async with database.write() as transaction:
        await transaction.outbox.put("not_known_here", {})
    assert await make_worker(database, tmp_path).work_once() == 0
    async with database.read() as transaction:
        assert await transaction.connection.scalar(select(outbox.c.attempts)) == 0


async def test_a_claim_of_a_dead_worker_runs_out(
    database: Database, tmp_path: Path, clock: FakeClock
) -> None:
    await _send(database)
    async with database.write() as transaction:
        assert await transaction.outbox.claim("dead", limit=1, duration=CLAIM)
    mailbox = Mailbox()
    worker = make_worker(database, tmp_path, mailbox)
    assert await worker.work_once() == 0
    clock.advance(CLAIM)
    assert await worker.work_once() == 1
    assert len(mailbox.mails) == 1


async def test_a_job_ends_before_its_claim(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(seconds=module.JOB_SECONDS) < CLAIM
    monkeypatch.setattr(module, "JOB_SECONDS", 0.05)
    mailbox = Mailbox()
    mailbox.gate = asyncio.Event()  # never opened
    await _send(database)
    await make_worker(database, tmp_path, mailbox).work_once()
    async with database.read() as transaction:
        assert await transaction.connection.scalar(select(outbox.c.last_error)) == "TimeoutError"


async def test_workers_side_by_side_send_each_mail_once(database: Database, tmp_path: Path) -> None:
    mailbox = Mailbox()
    await _send(database, 40)
    workers = [make_worker(database, tmp_path, mailbox) for _ in range(4)]
    while sum(await asyncio.gather(*(worker.work_once() for worker in workers))):
        pass
    assert (mailbox.deliveries, len(mailbox.mails)) == (40, 40)


async def test_a_slow_job_holds_back_no_other(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried: list[str] = []
    slow = asyncio.Event()

    async def job(_parts: JobParts, claimed: OutboxJob) -> None:
        if claimed.payload["slow"]:
            await slow.wait()
        carried.append(claimed.payload["name"])

    monkeypatch.setitem(JOBS, "test", job)
    async with database.write() as transaction:
        for index in range(module.AT_ONCE - 1):
            await transaction.outbox.put("test", {"slow": True, "name": f"slow-{index}"})
        for index in range(25):
            await transaction.outbox.put("test", {"slow": False, "name": f"quick-{index}"})

    def all_quick() -> bool:
        if len(carried) == 25:
            slow.set()
        return len(carried) == 25 + module.AT_ONCE - 1

    worker = make_worker(database, tmp_path)
    task = asyncio.create_task(worker.run())
    await wait_until(all_quick)
    worker.stop()
    await task
    assert all(name.startswith("quick") for name in carried[:25])


async def test_a_commit_wakes_the_worker_at_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_EVERY", 600)  # it does not look by itself
    mailbox = Mailbox()
    worker = make_worker(database, tmp_path, mailbox)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.3)
    await _send(database)
    await wait_until(lambda: bool(mailbox.mails))
    worker.stop()
    await task
    assert len(mailbox.mails) == 1


async def test_the_worker_outlives_a_database_that_is_away(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_EVERY", 0.05)
    mailbox = Mailbox()
    worker = make_worker(database, tmp_path, mailbox)
    await _send(database)
    good, database.engines = database.engines, None  # type: ignore[assignment]  # it is gone
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.3)
    database.engines = good
    await wait_until(lambda: bool(mailbox.mails))
    assert not task.done()
    worker.stop()
    await task


async def test_stopping_lets_a_job_finish_and_writes_what_waits(
    database: Database, tmp_path: Path
) -> None:
    await load_server_keys(database)
    await ensure_signing_keys(database)
    mailbox = Mailbox()
    mailbox.gate = asyncio.Event()
    await _send(database)
    worker = make_worker(database, tmp_path, mailbox)
    task = asyncio.create_task(worker.run())
    await wait_until(lambda: mailbox.deliveries > 0)
    late_events.add(database, EventKind.TOKEN_ISSUED, CLIENT)
    worker.stop()
    await asyncio.sleep(0.05)
    assert not task.done()
    mailbox.gate.set()
    await task
    assert await _states(database) == {"done": 1}
    report = await verify_log(database, tmp_path / "checkpoints")
    assert (report.leaves, report.pending, report.problems) == (1, 0, [])
    assert report.checkpoints == 1


async def test_a_short_message_is_said_in_the_language_of_the_reader(
    database: Database, tmp_path: Path
) -> None:
    async with database.write() as transaction:
        message = SignInCode("123456", transaction.clock.now() + timedelta(minutes=10))
        await outgoing.send_sms(transaction, message, to="+819012345678", language="ja")
    await make_worker(database, tmp_path).work_once()
    (path,) = _files(tmp_path / "sms")
    written = json.loads(path.read_text())
    assert written["to"] == "+819012345678"
    assert "ログインのコード" in written["text"]
    assert written["text"].endswith("\n\n@id.example.jp #123456")


async def test_a_code_that_has_expired_does_not_leave(
    database: Database, tmp_path: Path, clock: FakeClock
) -> None:
    async with database.write() as transaction:
        message = SignInCode("123456", transaction.clock.now() + timedelta(minutes=10))
        await outgoing.send_sms(transaction, message, to="+819012345678", language="ja")
    clock.advance(timedelta(minutes=10))
    await make_worker(database, tmp_path).work_once()
    assert not (tmp_path / "sms").exists()
    async with database.read() as transaction:
        assert (await transaction.sms_sending.find_today()).messages == 0


class Carrier:
    """Takes a text message, or raises what the test has put there."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.taken: list[str] = []

    async def deliver(self, *, to: str, text: str, name: str) -> None:
        assert to
        assert text
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(name)


@pytest.mark.parametrize(
    ("error", "state", "messages"),
    [
        (NotTaken("answered 503"), {"waiting": 1}, 0),
        (Unavailable("no answer"), {"waiting": 1}, 1),
        (Undeliverable("answered 400"), {"failed Hopeless": 1}, 0),
    ],
)
async def test_only_what_may_have_left_is_paid_for(
    database: Database, tmp_path: Path, error: Exception, state: dict[str, int], messages: int
) -> None:
    async with database.write() as transaction:
        message = SignInCode("123456", transaction.clock.now() + timedelta(minutes=10))
        await outgoing.send_sms(transaction, message, to="+819012345678", language="ja")
    worker = make_worker(database, tmp_path)
    carrier = Carrier(error)
    worker.parts = replace(worker.parts, sms=carrier)
    await worker.work_once()
    assert await _states(database) == state
    assert carrier.taken == []
    async with database.read() as transaction:
        assert (await transaction.sms_sending.find_today()).messages == messages


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_the_wait_doubles_up_to_four_hours() -> None:
    waits = [wait_after(attempt) for attempt in range(1, MOST_ATTEMPTS)]
    assert waits[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=4)
