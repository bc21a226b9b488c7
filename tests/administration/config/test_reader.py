"""Reading config files: every error names file and line, nothing is read in two ways."""

from pathlib import Path

import pytest

from ciam.administration.config.documents import ConfigDocument
from ciam.administration.config.loading import load_config
from ciam.administration.config.reader import read_config
from ciam.errors import Misconfigured


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ciam.yaml"


def refusal(file: Path, text: str | bytes) -> str:
    """Write a file, and give the refusal without its folder."""
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Misconfigured) as refused:
        load_config([file])
    return refused.value.cause.replace(f"{file.parent}/", "")


CLIENT = """\
clients:
  - client_id: shop
    client_name: Shop
    token_endpoint_auth_method: none
    redirect_uris:
      - https://shop.example.jp/callback
"""


def test_a_file_is_read_with_the_line_of_every_value(file: Path) -> None:
    file.write_text(CLIENT)
    read = read_config(file)
    assert read.values["clients"][0]["client_name"] == "Shop"
    assert read.place("clients", 0, "client_name") == f"{file}:3"
    assert read.place("clients", 0, "redirect_uris", 0) == f"{file}:6"
    assert read.place("clients", 0, "nowhere") == f"{file}:2"


def test_an_empty_file_says_nothing(file: Path) -> None:
    file.write_text("# nothing yet\n")
    assert load_config([file])[0].document == ConfigDocument()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CLIENT + "    colour: red\n", "ciam.yaml:7: unknown key clients.0.colour"),
        (CLIENT + "    colour:\n      - red\n", "ciam.yaml:7: unknown key clients.0.colour"),
        ("pages: []\n", "ciam.yaml:1: unknown key pages"),
        (CLIENT + "    client_name: Two\n", "ciam.yaml:7: the key 'client_name' stands here twice"),
        ("clients:\n  - client_id: shop\n", "ciam.yaml:2: clients.0: client_name is missing"),
        (CLIENT + "    brand: [a]\n", "ciam.yaml:7: clients.0.brand: Input should be a valid str"),
        (CLIENT + "    client_uri: http://localhost.evil.example\n", "ciam.yaml:7: clients.0.clie"),
        (CLIENT + "      - http://shop.example.jp/\n", "ciam.yaml:7: clients.0.redirect_uris.1: h"),
        (CLIENT + "    require_pkce: false\n", "ciam.yaml:2: clients.0: a public client cannot do"),
        (
            CLIENT + "  - client_id: shop\n    state: absent\n",
            "ciam.yaml:7: clients: shop stands a",
        ),
        (
            "policies:\n  risk:\n    weights: {new_moon: 5}\n",
            "ciam.yaml:2: policies.risk: no such signal: new_moon",
        ),
        ("policies:\n  tokens:\n    codes: x\n", "ciam.yaml:3: unknown key policies.tokens.codes"),
        ("brands: [\n", "ciam.yaml:2: expected the node content"),
        ("brands: []\n---\nbrands: []\n", "ciam.yaml:2: but found another document"),
        ("brands: !!python/object:os.system []\n", "ciam.yaml:1: the tag "),
        ("clients: 2026-13-45\n", "ciam.yaml:1: month must be in 1..12"),
        ("? [a]\n: b\n", "ciam.yaml:1: a key is a word"),
        ("a: &a\n  <<: *a\n", "ciam.yaml:2: merge keys"),
        ("brands: &a\n  - *a\n", "ciam.yaml:1: an alias points at what it stands in"),
        ("- a\n", "ciam.yaml:1: a config file is a mapping"),
        (b"brands: \xff\n", "ciam.yaml: not UTF-8"),
        ("brands: \x01\n", "ciam.yaml:1: special characters are not allowed"),
        ("brands:\n  - key: ${env:CIAM_TEST_NO_SUCH}\n", "ciam.yaml:2: the variable CIAM_TEST_NO_"),
        ("brands:\n  - key: ${file:nowhere}\n", "ciam.yaml:2: nowhere: No such file or directory"),
    ],
)
def test_a_mistake_is_refused_with_its_line(file: Path, text: str | bytes, said: str) -> None:
    assert refusal(file, text).startswith(said)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"none\.yaml: No such file or directory"):
        load_config([tmp_path / "none.yaml"])


def test_aliases_that_grow_without_end_are_refused(file: Path) -> None:
    lines = ["a: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"b{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than 100000 values" in refusal(file, "\n".join(lines))


def test_an_alias_is_what_it_points_at(file: Path) -> None:
    file.write_text("a: &a {b: 1}\nc:\n  d: *a\n")
    assert read_config(file).values == {"a": {"b": 1}, "c": {"d": {"b": 1}}}


def test_every_mistake_of_a_file_is_said_at_once(file: Path) -> None:
    said = refusal(file, CLIENT + "    colour: red\n    size: 3\n")
    assert (
        said == "ciam.yaml:7: unknown key clients.0.colour; ciam.yaml:8: unknown key clients.0.size"
    )


def test_a_secret_comes_from_a_variable_or_a_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIAM_TEST_SECRET", "from-the-environment")
    (file.parent / "secret").write_text("from-a-file\n")
    file.write_text("a: ${env:CIAM_TEST_SECRET}\nb: x-${file:secret}\n")
    assert read_config(file).values == {"a": "from-the-environment", "b": "x-from-a-file"}


def test_a_refused_secret_is_not_in_the_refusal(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIAM_TEST_SECRET", "too-short-secret")
    text = CLIENT.replace("none", "client_secret_basic")
    said = refusal(file, text + "    client_secret: ${env:CIAM_TEST_SECRET}\n")
    assert "client_secret must be random" in said
    assert "too-short" not in said


def test_a_key_in_two_files_is_refused(file: Path) -> None:
    other = file.with_name("other.yaml")
    for path in (file, other):
        path.write_text("policies:\n  tokens: {}\n")
    with pytest.raises(
        Misconfigured, match=r"other\.yaml:2: policies: tokens stands at .*ciam\.ya"
    ):
        load_config([file, other])
