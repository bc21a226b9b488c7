"""Administration: what operators change, by file, command line or console, and its record."""
