"""Config as code: files say what clients, purposes, notices, brands and policies there are.

`reader` turns files into values and keeps where each stood, `documents` says what is allowed,
`kind` and `kinds/` know what is special of each kind of entry, `apply` brings the database to what
the files say in one transaction, `plan` does so and keeps nothing, `export` writes a file back.
"""
