"""Audit events, the Merkle log and its checkpoints."""

from ciam.storage.stores.store import Store


class AuditEventStore(Store):
    """Audit events, the Merkle log and its checkpoints."""
