"""Social providers: one small file each, found at start, never imported by name."""
