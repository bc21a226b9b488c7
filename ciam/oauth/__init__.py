"""The protocol: OAuth 2 and OpenID Connect. No web framework, no SQL.

Says what must be proven and what is granted; how a customer proves it is `ciam.authentication`.
"""
