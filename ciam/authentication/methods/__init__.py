"""The methods of signing in, one file each."""

from typing import Final

from ciam.authentication.methods import email_code, federated, passkey, password

METHODS: Final = (password, passkey, email_code, federated)
"""Every method there is; each names itself by `METHOD` and says its `AMR`."""
