"""Enrolled authenticators; the stored password is one."""

from ciam.storage.stores.store import Store


class AuthenticatorStore(Store):
    """Enrolled authenticators; the stored password is one."""
