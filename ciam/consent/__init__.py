"""Consent: purposes, notices, signed receipts, and the one door a claim may leave by.

A *purpose* says what data is used for, why and by whom; a *notice* is a text people accept; a
*receipt* is the signed record of one decision; a *client grant* is what a customer allows an app.
`release.py` is the only way out for a claim.
"""
