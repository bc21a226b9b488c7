"""Broken twins: each module replaces one function by the version that everybody writes first.

`install()` does it, in whatever process it is called. Twins exist so that a race that finds nothing
can be shown to be able to find something; no product code knows of them.
"""
