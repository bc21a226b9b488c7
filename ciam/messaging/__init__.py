"""Messages to customers: one dataclass for each, put into the outbox, sent by a transport."""
