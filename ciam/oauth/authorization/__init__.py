"""The authorization endpoint: what a client asks, what that needs, and the answer.

    steps.py          the table: every check of a request, in its order
    load_client.py    who asks
    check_*.py        one module for each thing that is checked
    keeping.py        a request is kept while a person signs in and decides
    interaction.py    what is still needed: sign in, step up, or consent
    respond.py        the code; or, in response.py, an error on its way back to the client

A request is frozen; a step gives a copy that knows more. It says what must be proven and never how:
`ciam.authentication` is not known here.
"""
