"""Being a client of social providers: who a person is there, proven by an exchange of ours.

A provider is one declaration in `providers/`; a connection is its switched-on configuration. The
key of an identity is (issuer, subject); an e-mail address is an attribute with a level of trust.
"""
