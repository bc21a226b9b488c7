"""Config as code: files say what clients, purposes, notices, brands and policies there are.

`reader` turns files into values and keeps where each stood, `documents` says what is allowed,
`apply` brings the database to what the files say, in one transaction.
"""
