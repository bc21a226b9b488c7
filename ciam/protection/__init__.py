"""Protection: how often something may be tried, from where, and how many mails it may cause."""
