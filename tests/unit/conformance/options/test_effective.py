"""Options that a reproducer is to be given again."""

from pathlib import Path

import pytest
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.command_line import from_environment, pop_options
from oneinvoice_conformance.options.effective import from_run
from oneinvoice_conformance.options.run_options import RunOptions
from oneinvoice_conformance.options.webhook_options import WebhookOptions

from tests.unit.conformance.fakes import KEYS

WAY = {
    "ONEINVOICE_CA_FILE": "authority.pem",
    "ONEINVOICE_CERT": "client.pem",
    "ONEINVOICE_CERT_KEY": "client.key",
    "ONEINVOICE_PROXY": "http://user:hunter22@proxy.example:3128",
    "ONEINVOICE_HEADER": "X-Gate: hunter22",
}


def test_what_leads_to_a_deployment_is_given_by_variables_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for name, value in {**WAY, "ONEINVOICE_KEY": KEYS["primary"]}.items():
        monkeypatch.setenv(name, value)
    given = from_environment("https://deployment.example")
    webhooks, options = pop_options(WebhookOptions, given), RunOptions(**given)
    deployment = options.deployment(None)
    effective = from_run(options, webhooks, Scope(), deployment, None)
    assert {*WAY} <= {*effective.variables}
    assert (deployment.cert, deployment.cert_key) == ("client.pem", "client.key")
    assert "hunter22" not in f"{effective} {options} {deployment}"
