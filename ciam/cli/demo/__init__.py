"""The demo: the server, a shop that uses it, a mailbox and sample customers, by one command.

The shop and the mailbox are programs of their own. The shop knows of the server only what
discovery says; take it as an example of a relying party.
"""
