"""What the script of the page does: find the number behind a hash."""

import base64
import json
from dataclasses import asdict
from hashlib import sha256

from ciam.protection.proof_of_work import Challenge


def solve(challenge: Challenge) -> str:
    """Give the answer that the page sends."""
    number = next(
        number
        for number in range(challenge.maxnumber + 1)
        if sha256(f"{challenge.salt}{number}".encode()).hexdigest() == challenge.challenge
    )
    return base64.b64encode(json.dumps(asdict(challenge) | {"number": number}).encode()).decode()
