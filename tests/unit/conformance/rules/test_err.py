import pytest
from oneinvoice_conformance.api import Api
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.verdict import Outcome
from werkzeug.wrappers import Request, Response

from tests.miniatures import Deployment
from tests.unit.conformance.fakes import NAMES, InProcess


class Always(Deployment):
    """Refuses every list with the same status."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def list_records(self, request: Request, resource: str) -> Response:
        return self.error(self.status, "no")


def after_the_run(miniature: Deployment) -> Outcome:
    """What ERR-2 finds once the other rules have asked what they ask."""
    client = InProcess(miniature)
    for endpoint in ("members", "quotes", "invoices"):
        for status in ("active", "accepted", None):
            Api(client, NAMES).ask(endpoint, limit=200, offset=0, status=status)
    return RULES["ERR-2"].judge(Api(client, NAMES)).outcome


def test_a_run_that_saw_nothing_but_answers_passes():
    assert after_the_run(Deployment()) is Outcome.PASSED


@pytest.mark.parametrize("status", [400, 401, 403, 422, 429, 500, 503])
def test_a_run_in_which_nothing_was_served_decides_nothing(status: int):
    assert after_the_run(Always(status)) is Outcome.INCONCLUSIVE


def test_no_request_decides_nothing():
    assert RULES["ERR-2"].judge(Api(InProcess(Deployment()), NAMES)).outcome is Outcome.INCONCLUSIVE
