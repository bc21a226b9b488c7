"""Administration: what operators change, by file, command line or console, and how it is recorded."""
