"""Keys: the master key outside the database, the server's keys and signing keys sealed inside it."""
