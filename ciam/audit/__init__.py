"""Audit: what happened, written with the act itself and ordered into a log that shows tampering."""
