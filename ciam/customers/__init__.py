"""The customer: what points at them, what is known of them, and how they prove who they are."""
