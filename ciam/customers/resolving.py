"""A customer ID that another system kept: the customer it stands for now.

An ID is never used again. One that was merged away leads to the customer who lives on, however
often that one was merged itself; one that was erased stays gone for ever.
"""

from ciam.errors import ApiRefusal
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import ERASED, MERGED, Customer
from ciam.texts import Text


async def resolve_customer(transaction: UnitOfWork, customer_id: str) -> Customer:
    """Give who is meant; raise ApiRefusal, 404 for an ID of nobody, 410 for an erased one."""
    found = await transaction.customers.find_by_customer_id(customer_id)
    while found is not None and found.state == MERGED and found.merged_into is not None:
        found = await transaction.customers.find(found.merged_into)
    if found is None:
        raise ApiRefusal(404, "no_customer", Text("There is no such customer."))
    if found.state == ERASED:
        raise ApiRefusal(
            410, "customer_erased", Text("This customer was erased. The ID is never used again.")
        )
    return found
