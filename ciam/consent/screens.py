"""What a person was shown when they decided, kept by content address.

The content is canonical JSON of the words on the page: operator's texts, versions and the fixed
sentences, in the language shown. It holds no personal data, so a thousand people share one row.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from ciam.storage import UnitOfWork
from ciam.storage.stores.store import to_json


@dataclass(frozen=True, slots=True)
class Screen:
    """One page as it was shown.

    page      the page by its name: sign_up, consent, account
    origin    the site it was shown on, i.e. our issuer; it signs the receipt
    language  BCP 47
    content   titles, sentences, versions, choices
    """

    page: str
    origin: str
    language: str
    content: Mapping[str, object] = field(default_factory=dict)

    @property
    def canonical(self) -> bytes:
        """The bytes that the address is made of."""
        return to_json(
            {
                "page": self.page,
                "origin": self.origin,
                "language": self.language,
                "content": dict(self.content),
            }
        )

    @property
    def content_hash(self) -> bytes:
        """The content address: SHA-256 of the canonical form."""
        return hashlib.sha256(self.canonical).digest()

    def with_sentences(self, *sentences: str) -> "Screen":
        """Add the fixed sentences of the page, as they were shown."""
        return Screen(
            self.page,
            self.origin,
            self.language,
            {**self.content, "sentences": list(sentences)},
        )


async def keep_screen(transaction: UnitOfWork, screen: Screen) -> bytes:
    """Keep a screen, once; give its address."""
    address = screen.content_hash
    await transaction.receipts.keep_screen(address, screen.canonical.decode(), screen.language)
    return address
