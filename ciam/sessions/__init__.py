"""Sessions: who is signed in in which browser, and on which devices a customer is known.

A session begins with a sign-in and has a new secret after each one; what ends it ends the client
sessions under it, and with them every token that was not allowed to outlive it.
"""
