"""Commands: what they say, their exit codes, one line for each error, what is audited."""

import asyncio
import json
from pathlib import Path

import pytest

from ciam.cli.opening import opened_database, read_settings
from ciam.storage.stores.audit_events import AuditEvent
from tests.cli.conftest import Cli

MAIL = "taro.yamada@example.jp"
CONFIG = """\
clients:
  - client_id: shop
    client_name: Shop
    token_endpoint_auth_method: none
    redirect_uris: [https://shop.example.jp/callback]
"""


def create(cli: Cli, *more: str, stdin: str = "") -> str:
    """Make a customer; give the customer ID."""
    names = ("--family-name", "山田", "--given-name", "太郎")
    answer = cli(
        *("customers", "create", "--email", MAIL, "--reason", "moved by phone", "--json"),
        *(*names, *more),
        stdin=stdin,
    )
    assert answer.code == 0, answer.err
    return str(json.loads(answer.out)["customer_id"])


def read_events(kind: str) -> list[AuditEvent]:
    """Give the events of a kind, from the installation that the commands use."""

    async def read() -> list[AuditEvent]:
        async with opened_database(read_settings()) as database, database.read() as transaction:
            return await transaction.audit_events.list_pending(100)

    return [event for event in asyncio.run(read()) if event.kind == kind]


def expect_one_line(answer_err: str) -> None:
    assert answer_err.startswith("ciam: ")
    assert answer_err.count("\n") == 1


def test_config_is_applied_once_and_then_there_is_nothing_to_change(
    cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "ciam.yaml"
    file.write_text(CONFIG)
    assert cli("config", "validate", str(file)).out.endswith(", 1 clients, 0 connections.\n")
    planned = cli("config", "plan", str(file))
    assert (planned.code, planned.out) == (3, "+ client shop: added\n")
    assert cli("config", "apply", str(file)).out == planned.out
    assert cli("config", "apply", str(file)).out == "Nothing to change.\n"
    again = cli("config", "plan", str(file), "--json")
    assert (again.code, json.loads(again.out)) == (0, {"changes": [], "left_over": []})
    file.write_text(cli("config", "export").out)
    assert cli("config", "plan", str(file)).code == 0


def test_a_mistake_in_a_config_file_is_one_line_with_file_and_line(
    bare_cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "ciam.yaml"
    file.write_text(CONFIG + "    colour: red\n")
    answer = bare_cli("config", "validate", str(file))
    assert answer.code == 2
    assert answer.err == f"ciam: {file}:6: unknown key clients.0.colour\n"


def test_the_schema_of_a_config_file_is_json(bare_cli: Cli) -> None:
    schema = json.loads(bare_cli("config", "schema").out)
    assert {"clients", "purposes", "notices", "brands", "policies"} <= set(schema["properties"])


def test_a_customer_is_masked_until_a_reason_is_given(cli: Cli) -> None:
    customer_id = create(cli)
    masked = cli("customers", "show", MAIL)
    assert customer_id in masked.out
    assert "t•••@example.jp" in masked.out
    assert "山田" not in masked.out
    assert cli("customers", "show", customer_id, "--reveal").code == 2
    assert cli("customers", "show", customer_id, "--reveal", "--reason", " ").code == 2
    revealed = cli("customers", "show", customer_id, "--reveal", "--reason", "asked by phone")
    assert MAIL in revealed.out
    assert "山田" in revealed.out


def test_a_second_customer_with_the_address_is_refused(cli: Cli) -> None:
    create(cli)
    answer = cli("customers", "create", "--email", MAIL.upper(), "--reason", "again")
    assert answer.code == 1
    expect_one_line(answer.err)
    assert MAIL not in answer.err.lower()


@pytest.mark.parametrize("password", ["short", "passwordpassword", "taro.yamada@example.jp"])
def test_a_weak_password_makes_no_customer(cli: Cli, password: str) -> None:
    arguments = ("--email", MAIL, "--reason", "x", "--password-stdin")
    answer = cli("customers", "create", *arguments, stdin=f"{password}\n")
    assert answer.code == 1
    expect_one_line(answer.err)
    assert cli("customers", "show", MAIL).code == 1


def test_a_customer_is_disabled_once_and_only_with_a_reason(cli: Cli) -> None:
    customer_id = create(cli, "--password-stdin", "--verified", stdin="wakatake-no-tenugui\n")
    assert cli("customers", "disable", customer_id, "--reason", "").code == 2
    assert "disabled: True" in cli("customers", "disable", customer_id, "--reason", "fraud").out
    assert "disabled: False" in cli("customers", "disable", customer_id, "--reason", "fraud").out
    assert "state: disabled" in cli("customers", "show", customer_id).out


def test_a_stranger_is_one_line(cli: Cli) -> None:
    answer = cli("customers", "show", "nobody@example.jp")
    assert (answer.code, answer.err) == (1, "ciam: there is no such customer\n")


def test_a_rotated_key_is_published_before_it_signs(cli: Cli) -> None:
    assert cli("keys", "rotate", "tokens").code == 0
    keys = json.loads(cli("keys", "list", "--json").out)
    states = [
        key["state"] for key in keys if (key["use"], key.get("algorithm")) == ("tokens", "ES256")
    ]
    assert states == ["signs", "published"]
    answer = cli("keys", "rotate", "tokens", "--algorithm", "HS256")
    assert answer.code == 2
    expect_one_line(answer.err)
    assert cli("keys", "rotate", "nothing").code == 2


def test_the_progress_of_a_rotation_is_listed_and_a_key_in_use_is_not_removed(cli: Cli) -> None:
    create(cli)
    assert cli("keys", "rotate", "index").out == "index: version 2\n"
    keys = json.loads(cli("keys", "list", "--json").out)
    states = {key["version"]: key["state"] for key in keys if key["use"] == "index"}
    assert states == {1: "seals", 2: "known soon"}
    assert "index 2 seals within a minute" in cli("doctor").out
    answer = cli("keys", "remove", "index", "1")
    assert answer.code == 2
    expect_one_line(answer.err)
    assert "append 2:KEY" in cli("keys", "rotate", "data").err
    assert cli("keys", "rotate", "signing").code == 0
    (event,) = [one for one in read_events("key.rotated") if one.details["use"] == "index"]
    assert event.actor_kind == "operator"


def test_the_audit_log_of_a_new_installation_is_good(cli: Cli) -> None:
    create(cli)
    facts = json.loads(cli("audit", "verify", "--json").out)
    assert facts["good"]
    assert facts["pending"] >= 1


def test_commands_before_the_first_migration_say_what_to_run(bare_cli: Cli) -> None:
    answer = bare_cli("customers", "show", MAIL)
    assert answer.code == 2
    assert "ciam migrate" in answer.err
    expect_one_line(answer.err)


def test_migrate_check_tells_what_is_pending(bare_cli: Cli) -> None:
    before = bare_cli("migrate", "--check")
    assert (before.code, before.out[:8]) == (1, "pending:")
    assert bare_cli("migrate").code == 0
    assert bare_cli("migrate", "--check").code == 0


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"CIAM_PORT": "many"}, "CIAM_PORT"),
        ({"CIAM_DATABASE_URL": "garbage"}, "CIAM_DATABASE_URL is not a database URL"),
        ({"CIAM_DATABASE_URL": "mysql://root@localhost/x"}, "neither sqlite nor postgresql"),
        ({"CIAM_DATABASE_URL": "postgresql+asyncpg://u:secret@localhost:1/x"}, "database: "),
        ({"CIAM_MASTER_KEY": "AAAA"}, "CIAM_MASTER_KEY: a master key is 32 random bytes"),
    ],
)
def test_a_wrong_setting_is_one_line_without_its_secret(
    bare_cli: Cli, env: dict[str, str], said: str
) -> None:
    answer = bare_cli("migrate", env=env)
    assert answer.code in {1, 2}
    expect_one_line(answer.err)
    assert said in answer.err
    assert "secret" not in answer.err


def test_what_an_operator_does_is_audited_with_the_reason(cli: Cli) -> None:
    customer_id = create(cli)
    cli("customers", "show", customer_id)
    assert read_events("customer.revealed") == []
    cli("customers", "show", customer_id, "--reveal", "--reason", "asked by phone")
    cli("customers", "disable", customer_id, "--reason", "fraud")
    for kind, reason in (
        ("customer.created", "moved by phone"),
        ("customer.revealed", "asked by phone"),
        ("customer.disabled", "fraud"),
    ):
        (event,) = read_events(kind)
        assert event.actor_kind == "operator"
        assert event.actor is not None
        assert event.actor.startswith("cli:")
        assert event.details["reason"] == reason
