"""Social providers: one small file for each, found at start and never imported by name."""
