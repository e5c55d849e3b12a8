import base64
import io
import json

import pytest
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.reports.document import report_document
from oneinvoice_conformance.reports.junit import junit_text
from oneinvoice_conformance.reports.markdown import markdown_text
from oneinvoice_conformance.reports.terminal import Terminal
from oneinvoice_openapi.register import register
from rich.console import Console

from tests.unit.conformance.fakes import BASE, CONTRACT, KEYS, NAMES
from tests.unit.conformance.http.test_redaction import Echo, derived
from tests.unit.conformance.reports.reporting import har_text, redacted

ROWS = register().of("deployment")


@pytest.mark.parametrize(
    ("status", "shape"), [*((200, shape) for shape in range(5)), (302, 0), (401, 1), (404, 0), (500, 3)]
)
def test_no_report_holds_what_a_deployment_echoes(status: int, shape: int):
    gate = "Basic c2VzYW1lLW9wZW4teW91/cnNlbGY="
    deployment = Deployment(BASE, KEYS, (("X-Gate", gate),))
    scope = Scope.parse(ROWS, None, None, strict=shape == 0)
    report = run(Echo(deployment, status, shape), CONTRACT, scope, NAMES, preflight=lambda *_: None)
    shown, out = redacted(report, deployment), io.StringIO()
    Terminal(Console(file=out, width=100_000), Console(file=out)).show(shown)
    written = json.dumps(report_document(shown))
    others = [text(shown) for text in (junit_text, markdown_text, har_text)]
    for secret in (gate, gate.split()[1], *KEYS.values(), *(form for key in KEYS.values() for form in derived(key))):
        for text in (written, out.getvalue(), *others):
            assert secret[:14] not in text
    assert base64.b64encode(KEYS["primary"].encode())[:14].decode() not in written
    assert report.exchanges
