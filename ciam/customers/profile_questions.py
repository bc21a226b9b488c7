"""What a customer is asked next when they sign in: one thing of the profile that is not known.

Required attributes come first, and all that are due; of the others one at a sign-in, and one that
was put off only after its time. With nothing to be asked at sign-ins nothing is read.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ciam.customers.definitions import load_schema

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from ciam.customers.attributes import Attribute
    from ciam.storage import UnitOfWork


async def find_question(
    transaction: UnitOfWork,
    customer: UUID,
    *,
    asked: Collection[str] = (),
    is_in_session: bool = False,
) -> Attribute | None:
    """Give the attribute that is to be asked now, None when there is none.

    `asked` are those that this sign-in has asked before. In a session, which the last sign-in
    began, only what is required is found: what that sign-in would have asked.
    """
    due = [one for one in (await load_schema(transaction)).at_sign_in if one.name not in asked]
    if is_in_session or asked:
        due = [one for one in due if one.is_required_at_sign_in]
    if not due:
        return None
    found = await transaction.customers.find(customer)
    if found is None:
        return None
    current = await transaction.attributes.list_current(customer)
    known = {one.attribute for one in current if not one.language}
    skipped = await transaction.profile_questions.list_skipped(customer)
    before = await transaction.profile_questions.find_count(customer) - is_in_session
    now = transaction.clock.now()
    for attribute in due:
        asking = attribute.rules.sign_in
        assert asking is not None  # noqa: S101 - all of `at_sign_in` have it
        put_off = None if asking.required else skipped.get(attribute.name)
        if (
            attribute.name not in known
            and max(before, 0) >= asking.after_sign_ins
            and now - found.created_at >= timedelta(days=asking.after_days)
            and (put_off is None or now - put_off >= asking.ask_again)
        ):
            return attribute
    return None


async def count_sign_in(transaction: UnitOfWork, customer: UUID) -> None:
    """Count a sign-in that is complete, where anything is asked at sign-ins."""
    if (await load_schema(transaction)).at_sign_in:
        await transaction.profile_questions.count_sign_in(customer)
