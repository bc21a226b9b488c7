"""What is issued: one module for each kind, and `state` for whether a token still counts."""
