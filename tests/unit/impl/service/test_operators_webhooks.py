"""Endpoints that an operator registers."""

from __future__ import annotations

import pytest

from tests.unit.impl.service.conftest import Command


def test_the_secret_is_shown_once_and_alone(
    command: Command, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEINVOICE_WEBHOOK_NETWORKS", "10.0.0.0/8")
    added = command("webhooks", "add", organisation, "http://10.1.2.3:8099/hook", "--events", "quote.sent,invoice.paid")
    assert added.exit_code == 0, added.stderr
    secret = added.stdout.strip()
    assert secret.startswith("whsec_")
    assert secret not in added.stderr
    listed = command("webhooks", "list", organisation).stdout
    assert listed.endswith("active  invoice.paid,quote.sent  http://10.1.2.3:8099/hook\n")
    again = command("webhooks", "add", organisation, "http://10.1.2.3:8099/hook")
    assert again.exit_code == 2
    assert again.stderr == "Error: This URL is registered already, and active.\n"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("http://10.1.2.3/hook",), "set ONEINVOICE_WEBHOOK_NETWORKS"),
        (("http://93.184.215.14:8099/hook",), "port 8099 is not allowed"),
        (("ftp://93.184.215.14/hook",), "must begin with https:// or http://"),
        (("https://93.184.215.14/hook", "--events", "invoice.lost"), "no event 'invoice.lost'"),
    ],
)
def test_where_none_may_go_is_told(command: Command, organisation: str, words: tuple[str, ...], part: str) -> None:
    refused = command("webhooks", "add", organisation, *words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert part in refused.stderr
    assert command("webhooks", "list", organisation).stdout == ""
