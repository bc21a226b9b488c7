"""ciam: a customer identity server.

OpenID Connect on the outside, one customer ID on the inside, consent in between. `ciam.app` wires
everything together; the layers are drawn in README.md and held by import-linter.
"""

__version__ = "0.1.0"
