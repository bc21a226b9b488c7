"""Real parts for tests: databases, Redis, a browser, a server in processes of its own, a clock."""
