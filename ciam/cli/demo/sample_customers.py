"""The customers of the demo: obviously fake, made once, with passwords that anybody may know."""

from dataclasses import dataclass
from typing import Any, Final

from ciam.consent.decisions import Decisions, questions_for_sign_up, record_decisions
from ciam.customers.customer import AddressTaken, create_customer
from ciam.customers.passwords import PasswordHasher
from ciam.storage import Database


@dataclass(frozen=True, slots=True)
class SampleCustomer:
    """Who signs in with what; `agrees` is to which purposes, None: was never asked."""

    email: str
    password: str
    attributes: dict[str, Any]
    language: str
    agrees: frozenset[str] | None
    says: str


SAMPLE_CUSTOMERS: Final = (
    SampleCustomer(
        "hanako.sato@example.jp",
        "demo-wakatake-71",
        {
            "family_name": "佐藤",
            "given_name": "花子",
            "family_name#ja-Kana-JP": "サトウ",
            "given_name#ja-Kana-JP": "ハナコ",
        },
        "ja",
        frozenset({"newsletter", "recommendations"}),
        "agreed to everything",
    ),
    SampleCustomer(
        "taro.suzuki@example.jp",
        "demo-asayake-38",
        {"family_name": "鈴木", "given_name": "太郎"},
        "ja",
        frozenset(),
        "accepted the terms, refused both purposes",
    ),
    SampleCustomer(
        "misaki.takahashi@example.jp",
        "demo-sumiiro-54",
        {"family_name": "高橋", "given_name": "美咲"},
        "ja",
        None,
        "was never asked: the first sign-in does",
    ),
    SampleCustomer(
        "jane.doe@example.com",
        "demo-cushion-92",
        {"family_name": "Doe", "given_name": "Jane"},
        "en",
        None,
        "reads English, was never asked",
    ),
)


async def add_sample_customers(database: Database, *, origin: str) -> int:
    """Make the sample customers that are missing; gives how many."""
    hasher = PasswordHasher(1)
    try:
        return sum([await _add(database, hasher, one, origin) for one in SAMPLE_CUSTOMERS])
    finally:
        hasher.close()


async def _add(
    database: Database, hasher: PasswordHasher, sample: SampleCustomer, origin: str
) -> bool:
    async with database.read() as transaction:
        if await transaction.identifiers.find_login(sample.email) is not None:
            return False
    password_hash = await hasher.hash(sample.password, database.keys)
    async with database.write() as transaction:
        try:
            customer = await create_customer(
                transaction,
                email=sample.email,
                email_verified_at=database.clock.now(),
                password_hash=password_hash,
                attributes=sample.attributes,
                language=sample.language,
                source="demo",
            )
        except AddressTaken:
            return False
        if sample.agrees is not None:
            questions = await questions_for_sign_up(transaction, sample.language)
            decisions = Decisions(
                frozenset(notice.version_id for notice in questions.notices),
                {one.version_id: one.key in sample.agrees for one in questions.purposes},
            )
            screen = questions.shown_on("demo", origin)
            await record_decisions(transaction, customer.id, decisions, screen=screen)
    return True
