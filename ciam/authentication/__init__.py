"""Signing in: journeys, methods, policy. How something is proven; what must be proven is told.

Knows nothing of OAuth: a journey is begun with a `Requirement` and a local path to return to.
"""
