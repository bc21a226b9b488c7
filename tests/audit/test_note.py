"""Signed notes: the example of the specification verifies, and nothing that was changed does."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ciam.audit.note import Body, NoteKey, NoteRefused, open_note, sign_note

BODY = Body("id.example.jp/audit", 42, bytes(range(32)))


def new_key(name: str = "id.example.jp/audit") -> NoteKey:
    private = Ed25519PrivateKey.generate()
    return NoteKey(name, private.public_key().public_bytes_raw(), private.private_bytes_raw())


def test_a_verifier_of_the_go_checksum_database_reads_our_keys() -> None:
    vkey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert NoteKey.from_vkey(vkey).vkey == vkey


def test_a_note_has_the_form_of_the_specification() -> None:
    key = new_key()
    text, signature = sign_note(BODY, key).split("\n\n")
    assert text.split("\n") == [
        "id.example.jp/audit",
        "42",
        base64.b64encode(bytes(range(32))).decode(),
    ]
    dash, name, encoded = signature.removesuffix("\n").split(" ")
    raw = base64.b64decode(encoded)
    assert (dash, name, raw[:4]) == ("—", key.name, key.key_id)
    Ed25519PrivateKey.from_private_bytes(key.private or b"").public_key().verify(
        raw[4:], (text + "\n").encode()
    )


def test_a_signed_note_opens_with_the_public_key_alone() -> None:
    key = new_key()
    assert open_note(sign_note(BODY, key), [NoteKey.from_vkey(key.vkey)]) == BODY


def test_a_signature_of_an_unknown_witness_is_ignored() -> None:
    key, witness = new_key(), new_key("witness.example.com")
    cosigned = sign_note(BODY, key) + sign_note(BODY, witness).split("\n\n")[1]
    assert open_note(cosigned, [key]) == BODY
    assert open_note(cosigned, [witness]) == BODY


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("42", "41"),
        lambda note: note.replace("id.example.jp", "id.example.com", 1),
        lambda note: note.replace("\n\n", "\nextension\n\n"),
        lambda note: note.replace("—", "-"),
        lambda note: note.replace("— ", "— other+"),
        lambda note: note.partition("\n\n")[0] + "\n",
        lambda note: note.partition("\n\n")[0] + "\n\n— id.example.jp/audit !!!\n",
        lambda note: note[:-8] + "AAAA" + note[-4:],
        lambda _: "",
        lambda _: "\n\n",
    ],
)
def test_a_changed_note_is_refused(change: object) -> None:
    key = new_key()
    with pytest.raises(NoteRefused):
        open_note(change(sign_note(BODY, key)), [key])  # type: ignore[operator]  # a lambda


def test_a_note_of_another_key_is_refused() -> None:
    with pytest.raises(NoteRefused):
        open_note(sign_note(BODY, new_key()), [new_key()])


@pytest.mark.parametrize(
    "vkey", ["", "a+b", "name+00000000+AQ==", "name+zz+!!", "sum.golang.org+033de0ae+Ac4zctda"]
)
def test_a_malformed_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteRefused):
        NoteKey.from_vkey(vkey)
