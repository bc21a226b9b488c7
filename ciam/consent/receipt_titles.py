"""What a receipt is called in the reader's language: its purpose, notice or app."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from ciam.consent.notices import NoticeDocument
from ciam.consent.parties import in_language
from ciam.consent.purposes import PurposeDocument
from ciam.storage import UnitOfWork
from ciam.storage.stores.receipts import Receipt


@dataclass(frozen=True, slots=True)
class ReceiptTitle:
    """How a receipt is listed; `href` leads to the full text where there is one."""

    key: str
    title: str
    version: str | None
    href: str | None


async def titles_of(
    transaction: UnitOfWork, receipts: Iterable[Receipt], language: str
) -> dict[UUID, ReceiptTitle]:
    """Give the title of each receipt, in the words of the version it is about."""
    purposes = {item.id: item for item in await transaction.purposes.list_versions()}
    notices = {item.id: item for item in await transaction.notices.list_versions()}
    titles = {}
    for receipt in receipts:
        if receipt.purpose_version is not None:
            purpose = purposes[receipt.purpose_version]
            document = PurposeDocument.model_validate(purpose.document)
            title = ReceiptTitle(
                purpose.key,
                document.texts_in(language).title,
                str(purpose.version),
                f"/purposes/{purpose.key}",
            )
        elif receipt.notice_version is not None:
            notice = notices[receipt.notice_version]
            texts = NoticeDocument.model_validate(notice.document).texts
            title = ReceiptTitle(
                notice.key,
                in_language(texts, language)[1].title,
                notice.version,
                f"/notices/{notice.key}/{notice.version}",
            )
        else:
            title = await _of_client(transaction, receipt, language)
        titles[receipt.id] = title
    return titles


async def _of_client(transaction: UnitOfWork, receipt: Receipt, language: str) -> ReceiptTitle:
    if receipt.client is None:
        raise LookupError("a receipt is about a purpose, a notice or a client")
    client = await transaction.clients.get(receipt.client)
    return ReceiptTitle(client.client_id, client.name_in(language), None, None)
