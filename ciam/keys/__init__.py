"""Keys: the master key outside the database, the others sealed inside it."""
