"""Rights over one's data: a copy of it, and leaving."""
