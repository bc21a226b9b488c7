"""Journeys as JSON, for apps of ours with screens of their own: what is asked now, and answering.

    holder.py       who holds a journey: a browser by its cookie, an app by its auth_session
    device_key.py   the key of the device that an auth_session is bound to
    beginning.py    from an authorization request to a journey
    steps.py        the table: each step, what it asks, what answers it
    asking*.py      fields and choices of a step, as asked.py writes them
    acting*.py      what an answer does: one call of the rules that the pages call
    passkeys.py     what a passkey may do in a step, and on which origin
    answering.py    take an answer: check its fields, act, give the step that follows
    document.py     a journey as it is written

Nothing is decided here that `ciam.authentication` does not decide for the pages. A step without a
row in the table is done on its page.
"""
