"""Logs: whatever a line holds, no secret and no address leaves (P-16, D-14)."""

import io
import json
import logging
import sys

import pytest
import structlog

from ciam.identifiers import SECRET_KINDS, new_secret
from ciam.logs import configure_logs, redact_text
from ciam.settings import Settings

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize("kind", sorted(SECRET_KINDS))
def test_every_kind_of_secret_is_replaced(kind: str) -> None:
    secret = new_secret(kind)
    assert redact_text(f"token={secret}&x=1") == "token=[redacted]&x=1"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"Bearer {JWT}", "Bearer [redacted]"),
        ("<hanako.yamada+shop@mail.example.co.jp> refused", "<[redacted]> refused"),
        ("to +819012345678.", "to [redacted]."),
        ("2026-11-30T09:00:00+09:00 +1", "2026-11-30T09:00:00+09:00 +1"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_tokens_and_addresses_are_replaced_and_the_rest_is_kept(text: str, left: str) -> None:
    assert redact_text(text) == left


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_line_of_the_process_holds_a_secret(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    secret = new_secret("rt")
    try:
        configure_logs(Settings(log_format=form))
        log = structlog.get_logger("test")
        log.warning("refused hanako@example.jp", token=secret, jwt=JWT)
        logging.getLogger("library").warning("failed for %s with %s", "hanako@example.jp", secret)
        log.warning("deep", seen=[{"to": "hanako@example.jp"}], error=ValueError(secret))
        try:
            int(secret)
        except ValueError:
            log.exception("broken")
    finally:
        structlog.reset_defaults()
        logging.basicConfig(force=True)
    written = stream.getvalue()
    assert written.count("[redacted]") >= 7
    assert secret not in written
    assert "hanako" not in written
    if form == "json":
        assert all(json.loads(line) for line in written.splitlines())
