"""The catalogue of stores: `transaction.clients`, `transaction.customers` and so on.

Each is made at its first use, bound to the connection of the unit of work. This module is the only
list of them; a new store is one import and one property.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from ciam.rendering.brands import Brand
from ciam.storage.stores.access_tokens import AccessTokenStore
from ciam.storage.stores.attempts import AttemptStore
from ciam.storage.stores.attribute_definitions import AttributeDefinitionStore
from ciam.storage.stores.attributes import AttributeStore
from ciam.storage.stores.audit_events import AuditEventStore
from ciam.storage.stores.audit_log import AuditLogStore
from ciam.storage.stores.authenticators import AuthenticatorStore
from ciam.storage.stores.authorization_codes import AuthorizationCodeStore
from ciam.storage.stores.authorization_requests import AuthorizationRequestStore
from ciam.storage.stores.authorizations import AuthorizationStore
from ciam.storage.stores.brands import BrandStore
from ciam.storage.stores.client_grants import ClientGrantStore
from ciam.storage.stores.client_subjects import ClientSubjectStore
from ciam.storage.stores.clients import ClientStore
from ciam.storage.stores.config import ConfigStore
from ciam.storage.stores.connections import ConnectionStore
from ciam.storage.stores.contact_changes import EmailChangeStore, PhoneChangeStore
from ciam.storage.stores.customer_invitations import CustomerInvitationStore
from ciam.storage.stores.customer_keys import CustomerKeyStore
from ciam.storage.stores.customers import CustomerStore
from ciam.storage.stores.disclosures import DisclosureStore
from ciam.storage.stores.expiry import ExpiryStore
from ciam.storage.stores.external_identities import ExternalIdentityStore
from ciam.storage.stores.factor_recoveries import FactorRecoveryStore
from ciam.storage.stores.federation_states import FederationStateStore
from ciam.storage.stores.first_logins import FirstLoginStore
from ciam.storage.stores.idempotent_replies import IdempotentReplyStore
from ciam.storage.stores.identifiers import IdentifierStore
from ciam.storage.stores.journeys import JourneyStore
from ciam.storage.stores.known_devices import KnownDeviceStore
from ciam.storage.stores.link_proofs import LinkProofStore
from ciam.storage.stores.link_undos import LinkUndoStore
from ciam.storage.stores.notices import NoticeStore
from ciam.storage.stores.operator_sessions import OperatorSessionStore
from ciam.storage.stores.operators import OperatorStore
from ciam.storage.stores.outbox import OutboxStore
from ciam.storage.stores.ownership import OwnershipStore
from ciam.storage.stores.passkeys import PasskeyStore
from ciam.storage.stores.policies import PolicyStore
from ciam.storage.stores.profile_questions import ProfileQuestionStore
from ciam.storage.stores.proofs import ProofStore
from ciam.storage.stores.provider_tokens import ProviderTokenStore
from ciam.storage.stores.purposes import PurposeStore
from ciam.storage.stores.receipts import ReceiptStore
from ciam.storage.stores.reconciliation import ReconciliationStore
from ciam.storage.stores.recovery_codes import RecoveryCodeStore
from ciam.storage.stores.refresh_tokens import RefreshTokenStore
from ciam.storage.stores.restored import RestoredStore
from ciam.storage.stores.risk_assessments import RiskAssessmentStore
from ciam.storage.stores.schedule import ScheduleStore
from ciam.storage.stores.sealed_rows import SealedRowStore
from ciam.storage.stores.server_keys import ServerKeyStore
from ciam.storage.stores.sessions import SessionStore
from ciam.storage.stores.sign_in_disputes import SignInDisputeStore
from ciam.storage.stores.signing_keys import SigningKeyStore
from ciam.storage.stores.single_uses import SingleUseStore
from ciam.storage.stores.sms_sending import SmsSendingStore
from ciam.storage.stores.trusted_devices import TrustedDeviceStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from ciam.clock import Clock
    from ciam.sealing import ServerKeys
    from ciam.storage.lazy_connection import LazyConnection


T = TypeVar("T")


class ConfigCache:
    """What operators configure, kept in the process for one generation of it."""

    def __init__(self) -> None:
        """Begin empty."""
        self.generation = -1
        self.entries: dict[Hashable, Any] = {}

    def last_known_brand(self) -> Brand:
        """Give the installation's own look as this process has seen it last, or the usual one."""
        known: Brand | None = self.entries.get(("brands",), {}).get("default")
        return known or Brand()


class Stores:
    """What every store shares, and the stores themselves."""

    def __init__(
        self, connection: LazyConnection, clock: Clock, keys: ServerKeys, cache: ConfigCache
    ) -> None:
        """Take the connection, the clock, the keys to seal with and the process's cache."""
        self.connection = connection
        self.clock = clock
        self.keys = keys
        self.has_filled_outbox = False
        self.events: list[tuple[str, str]] = []
        self._cache = cache
        self._generation: int | None = None
        self.is_changing_config = False

    async def cached(self, key: Hashable, load: Callable[[], Awaitable[T]]) -> T:
        """Give what `load` gives, from the process's cache while the generation stays the same.

        The generation is read once in a unit of work, so no node answers from a stale copy. A unit
        of work that changes the configuration itself always loads.
        """
        if self.is_changing_config:
            return await load()
        if self._generation is None:
            self._generation = await self.read_generation()
        cache = self._cache
        if cache.generation < self._generation:
            cache.generation, cache.entries = self._generation, {}
        if cache.generation != self._generation:  # a newer request already moved the cache on
            return await load()
        entries = cache.entries
        if key not in entries:
            entries[key] = await load()
        found: T = entries[key]
        return found

    async def read_generation(self) -> int:
        """Give the generation of the configuration."""
        return await self.config.get_generation()

    @property
    def is_sqlite(self) -> bool:
        """Whether the statements run on SQLite."""
        return self.connection.dialect.name == "sqlite"

    @cached_property
    def access_tokens(self) -> AccessTokenStore:
        """Access tokens, opaque and JWT."""
        return AccessTokenStore(self)

    @cached_property
    def attempts(self) -> AttemptStore:
        """Counters of attempts, exact over nodes."""
        return AttemptStore(self)

    @cached_property
    def attribute_definitions(self) -> AttributeDefinitionStore:
        """Definitions of attributes."""
        return AttributeDefinitionStore(self)

    @cached_property
    def attributes(self) -> AttributeStore:
        """Attribute values with their provenance."""
        return AttributeStore(self)

    @cached_property
    def audit_events(self) -> AuditEventStore:
        """Audit events as they were written."""
        return AuditEventStore(self)

    @cached_property
    def audit_log(self) -> AuditLogStore:
        """The Merkle log the events are ordered into, and its checkpoints."""
        return AuditLogStore(self)

    @cached_property
    def authenticators(self) -> AuthenticatorStore:
        """Enrolled authenticators; the stored password is one."""
        return AuthenticatorStore(self)

    @cached_property
    def authorization_codes(self) -> AuthorizationCodeStore:
        """Authorization codes, each claimed once."""
        return AuthorizationCodeStore(self)

    @cached_property
    def authorization_requests(self) -> AuthorizationRequestStore:
        """Authorization requests kept while a person signs in or decides."""
        return AuthorizationRequestStore(self)

    @cached_property
    def authorizations(self) -> AuthorizationStore:
        """Token families and how they end."""
        return AuthorizationStore(self)

    @cached_property
    def brands(self) -> BrandStore:
        """Brands: how the pages of a client look."""
        return BrandStore(self)

    @cached_property
    def ownership(self) -> OwnershipStore:
        """Who owns what is configured."""
        return OwnershipStore(self)

    @cached_property
    def restored(self) -> RestoredStore:
        """What must not come back with a backup."""
        return RestoredStore(self)

    @cached_property
    def client_grants(self) -> ClientGrantStore:
        """What customers allow clients, standing."""
        return ClientGrantStore(self)

    @cached_property
    def client_subjects(self) -> ClientSubjectStore:
        """Under which subject each client knows a customer."""
        return ClientSubjectStore(self)

    @cached_property
    def clients(self) -> ClientStore:
        """Clients and the subjects they know customers by."""
        return ClientStore(self)

    @cached_property
    def config(self) -> ConfigStore:
        """The generation counter of what operators configure."""
        return ConfigStore(self)

    @cached_property
    def connections(self) -> ConnectionStore:
        """Connections: switched-on providers."""
        return ConnectionStore(self)

    @cached_property
    def customer_keys(self) -> CustomerKeyStore:
        """Data keys of customers, wrapped by the master key."""
        return CustomerKeyStore(self)

    @cached_property
    def customers(self) -> CustomerStore:
        """Customers and their states."""
        return CustomerStore(self)

    @cached_property
    def disclosures(self) -> DisclosureStore:
        """The ledger of what was released to whom."""
        return DisclosureStore(self)

    @cached_property
    def email_changes(self) -> EmailChangeStore:
        """Changes of the address one signs in with."""
        return EmailChangeStore(self)

    @cached_property
    def expiry(self) -> ExpiryStore:
        """Tables whose rows end by themselves."""
        return ExpiryStore(self)

    @cached_property
    def external_identities(self) -> ExternalIdentityStore:
        """(issuer, subject) at social providers."""
        return ExternalIdentityStore(self)

    @cached_property
    def factor_recoveries(self) -> FactorRecoveryStore:
        """Requests to go on without a lost second factor."""
        return FactorRecoveryStore(self)

    @cached_property
    def idempotent_replies(self) -> IdempotentReplyStore:
        """Replies of writes by their Idempotency-Key."""
        return IdempotentReplyStore(self)

    @cached_property
    def federation_states(self) -> FederationStateStore:
        """Exchanges with providers under way."""
        return FederationStateStore(self)

    @cached_property
    def first_logins(self) -> FirstLoginStore:
        """What a provider says only at the first login."""
        return FirstLoginStore(self)

    @cached_property
    def identifiers(self) -> IdentifierStore:
        """What points at customers; uniqueness in the blind index."""
        return IdentifierStore(self)

    @cached_property
    def journeys(self) -> JourneyStore:
        """Journeys under way, their state sealed."""
        return JourneyStore(self)

    @cached_property
    def known_devices(self) -> KnownDeviceStore:
        """Devices on which a customer has signed in before."""
        return KnownDeviceStore(self)

    @cached_property
    def link_proofs(self) -> LinkProofStore:
        """Proofs that both sides of a link were shown."""
        return LinkProofStore(self)

    @cached_property
    def link_undos(self) -> LinkUndoStore:
        """Links and unlinks that may be undone."""
        return LinkUndoStore(self)

    @cached_property
    def notices(self) -> NoticeStore:
        """Notices and their versions."""
        return NoticeStore(self)

    @cached_property
    def operator_sessions(self) -> OperatorSessionStore:
        """Sessions of operators."""
        return OperatorSessionStore(self)

    @cached_property
    def customer_invitations(self) -> CustomerInvitationStore:
        """Invitations of customers."""
        return CustomerInvitationStore(self)

    @cached_property
    def operators(self) -> OperatorStore:
        """Operators and their invitations."""
        return OperatorStore(self)

    @cached_property
    def outbox(self) -> OutboxStore:
        """Background work, put here by the transaction that causes it."""
        return OutboxStore(self)

    @cached_property
    def passkeys(self) -> PasskeyStore:
        """Passkeys: whose a credential is, its counter, the customer's handle."""
        return PasskeyStore(self)

    @cached_property
    def phone_changes(self) -> PhoneChangeStore:
        """Numbers added, changed or removed, and their undo."""
        return PhoneChangeStore(self)

    @cached_property
    def policies(self) -> PolicyStore:
        """Policies: lifetimes, limits, password rules."""
        return PolicyStore(self)

    @cached_property
    def profile_questions(self) -> ProfileQuestionStore:
        """What customers were asked at sign-ins."""
        return ProfileQuestionStore(self)

    @cached_property
    def proofs(self) -> ProofStore:
        """Codes and links mailed to prove an address."""
        return ProofStore(self)

    @cached_property
    def provider_tokens(self) -> ProviderTokenStore:
        """Tokens of providers, where a connection keeps them."""
        return ProviderTokenStore(self)

    @cached_property
    def purposes(self) -> PurposeStore:
        """Purposes and their versions."""
        return PurposeStore(self)

    @cached_property
    def receipts(self) -> ReceiptStore:
        """Receipts, screens and the state that follows from them."""
        return ReceiptStore(self)

    @cached_property
    def reconciliation(self) -> ReconciliationStore:
        """What must stand side by side because one commit wrote it."""
        return ReconciliationStore(self)

    @cached_property
    def recovery_codes(self) -> RecoveryCodeStore:
        """Recovery codes: hashed, each used once."""
        return RecoveryCodeStore(self)

    @cached_property
    def refresh_tokens(self) -> RefreshTokenStore:
        """Refresh tokens, a chain of generations for each family."""
        return RefreshTokenStore(self)

    @cached_property
    def risk_assessments(self) -> RiskAssessmentStore:
        """How sign-ins were judged."""
        return RiskAssessmentStore(self)

    @cached_property
    def schedule(self) -> ScheduleStore:
        """Claims of scheduled jobs, and leases."""
        return ScheduleStore(self)

    @cached_property
    def sealed_rows(self) -> SealedRowStore:
        """What lies sealed under the keys of the server."""
        return SealedRowStore(self)

    @cached_property
    def server_keys(self) -> ServerKeyStore:
        """Symmetric keys of the installation."""
        return ServerKeyStore(self)

    @cached_property
    def sessions(self) -> SessionStore:
        """Customer sessions and client sessions."""
        return SessionStore(self)

    @cached_property
    def sign_in_disputes(self) -> SignInDisputeStore:
        """Links by which a sign-in is disowned."""
        return SignInDisputeStore(self)

    @cached_property
    def signing_keys(self) -> SigningKeyStore:
        """Keys that sign, and when each is published, used and retired."""
        return SigningKeyStore(self)

    @cached_property
    def single_uses(self) -> SingleUseStore:
        """Values that may be used once, each claimed by one insert."""
        return SingleUseStore(self)

    @cached_property
    def trusted_devices(self) -> TrustedDeviceStore:
        """Devices that a customer trusts."""
        return TrustedDeviceStore(self)

    @cached_property
    def sms_sending(self) -> SmsSendingStore:
        """What text messages cost, and whether their codes come back."""
        return SmsSendingStore(self)
