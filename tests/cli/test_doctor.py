"""The doctor finds what is wrong, says how to mend it, and changes nothing."""

import base64
import hashlib
import json
import socket
from pathlib import Path

from tests.cli.conftest import Answer, Cli


def levels(answer: Answer) -> dict[str, str]:
    """Give the worst level of each check."""
    found: dict[str, str] = {}
    for finding in json.loads(answer.out)["findings"]:
        if found.get(finding["check"]) != "problem":
            found[finding["check"]] = finding["level"]
    return found


def test_a_new_installation_has_no_problem(cli: Cli) -> None:
    answer = cli("doctor", "--json")
    assert answer.code == 0
    assert levels(answer) | {"configuration": "-"} == {
        "exposure": "good",
        "home": "good",
        "master key": "good",
        "port": "good",
        "mail": "good",
        "database": "good",
        "clock": "good",
        "server keys": "good",
        "signing keys": "good",
        "background work": "good",
        "configuration": "-",
    }


def test_a_redis_that_is_away_is_worth_knowing(cli: Cli) -> None:
    answer = cli("doctor", "--json", env={"CIAM_REDIS_URL": "redis://127.0.0.1:1/0"})
    assert (answer.code, levels(answer)["redis"]) == (0, "warning")
    assert cli("doctor", env={"CIAM_REDIS_URL": "no URL"}).code == 1


def test_it_makes_nothing(bare_cli: Cli, tmp_path: Path) -> None:
    assert bare_cli("doctor").code == 0
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_others_may_read_is_worth_knowing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "home").chmod(0o755)
    assert levels(cli("doctor", "--json"))["home"] == "warning"


def test_a_master_key_that_others_may_read_is_a_problem(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "home" / "master.key").chmod(0o644)
    answer = cli("doctor")
    assert answer.code == 1
    assert "WRONG master key" in answer.out
    assert "chmod 600" in answer.out


def test_a_master_key_of_another_installation_does_not_fit(cli: Cli) -> None:
    other = base64.urlsafe_b64encode(hashlib.sha256(b"another key").digest()).decode()
    answer = cli("doctor", "--json", env={"CIAM_MASTER_KEY": other})
    assert answer.code == 1
    assert levels(answer)["server keys"] == "problem"
    assert other not in answer.out


def test_a_port_held_by_another_program_is_a_problem(cli: Cli) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        holder.settimeout(1)
        port = str(holder.getsockname()[1])
        # The holder never answers; a refused address keeps the look short.
        holder.close()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", int(port)))
        assert levels(cli("doctor", "--json", env={"CIAM_PORT": port}))["port"] == "problem"


def test_a_mail_server_that_is_not_there_is_a_problem(cli: Cli) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"smtp://user:hidden@localhost:{unused.getsockname()[1]}"
    answer = cli("doctor", "--json", env={"CIAM_MAIL_URL": url})
    assert levels(answer)["mail"] == "problem"
    assert "hidden" not in answer.out


def test_a_public_server_needs_https_a_key_and_real_mail(cli: Cli) -> None:
    answer = cli("doctor", "--json", env={"CIAM_ISSUER": "http://id.example.jp"})
    assert levels(answer)["exposure"] == "problem"
    assert levels(answer)["mail"] == "problem"


def test_a_database_that_is_not_there_is_a_problem(cli: Cli) -> None:
    url = "postgresql+asyncpg://ciam:hidden@localhost:1/ciam"
    answer = cli("doctor", "--json", env={"CIAM_DATABASE_URL": url})
    assert levels(answer)["database"] == "problem"
    assert "hidden" not in answer.out


def test_a_purpose_for_an_app_that_is_not_registered_is_worth_knowing(
    cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "ciam.yaml"
    file.write_text(
        "clients:\n"
        "  - {client_id: shop, client_name: Shop, token_endpoint_auth_method: none,"
        " redirect_uris: [https://shop.example.jp/cb]}\n"
        "purposes:\n"
        "  - key: news\n"
        "    texts: {en: {title: News, what: We write., why: To tell., recipient: Shop}}\n"
        "    controller: {id: x, name: S, address: T, contact: a@example.jp, country: JP}\n"
        "    recipients: [{kind: third_party, clients: [partner]}]\n"
        "    storage_locations: [JP]\n"
        "    jurisdiction: JP\n"
    )
    assert cli("config", "apply", str(file)).code == 0
    answer = cli("doctor")
    assert answer.code == 0
    assert "purpose news names the app partner" in answer.out
