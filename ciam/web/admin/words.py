"""What the console calls things: kinds of identifiers, ways to sign in, states."""

from typing import Final

from ciam.texts import Text

IDENTIFIER_KINDS: Final = {
    "email": Text("E-mail address"),
    "phone": Text("Phone number"),
    "username": Text("User name"),
    "member_card": Text("Member card"),
}
METHODS: Final = {
    "password": Text("Password"),
    "passkey": Text("Passkey"),
    "totp": Text("Authenticator app"),
    "recovery_code": Text("Recovery codes"),
    "federated": Text("Linked login"),
}
STATES: Final = {
    "active": Text("Active"),
    "disabled": Text("Disabled"),
    "merged": Text("Merged"),
    "erased": Text("Erased"),
}
VERDICTS: Final = {
    "allow": Text("Nothing to do"),
    "ask": Text("Ask for a second step"),
    "refuse": Text("Refuse"),
}
ACTORS: Final = {
    "customer": Text("Customer"),
    "client": Text("App"),
    "operator": Text("Operator"),
    "server": Text("Server"),
    "anyone": Text("Somebody unknown"),
}


def name_of(words: dict[str, Text], key: str) -> Text:
    """Give the word for a key, or the key itself where there is none yet."""
    return words.get(key) or Text("{name}", name=key)
