"""Codes of success: the documentation names none, and a list is a list."""

import pytest
from oneinvoice_conformance.engine.preflight import preflight
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.session.rule_context import RuleContext
from werkzeug.wrappers import Request, Response

from tests.miniatures import Deployment
from tests.unit.conformance.fakes import NAMES, InProcess, judged

PLAIN = ("AUTH-6", "DISC-1", "DISC-2", "MEM-1", "MEM-2", "MEM-6", "QUO-1", "INV-1", "ORG-1", "ORG-3", "VER-1")


class Succeeds(Deployment):
    """Everything that is served has the same code."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def finish(self, request: Request, response: Response) -> Response:
        if response.status_code == 200:
            response.status_code = self.status
        return super().finish(request, response)


class NothingIsACode(Deployment):
    """An empty list is a code without a body."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def list_records(self, request: Request, resource: str) -> Response:
        response = super().list_records(request, resource)
        body = response.get_json()
        is_empty = response.status_code == 200 and body["items"] == []
        return Response(status=self.status) if is_empty else response


@pytest.mark.parametrize("status", [203, 206])
@pytest.mark.parametrize("id", PLAIN)
def test_a_list_is_served_by_other_codes_than_200(id: str, status: int):
    assert judged(id, Succeeds(status)).outcome is judged(id, Deployment()).outcome


@pytest.mark.parametrize("status", [203, 206])
def test_such_a_deployment_is_this_api(status: int):
    preflight(InProcess(Succeeds(status)))


def after_bad_input(miniature: Deployment) -> Outcome:
    client = InProcess(miniature)
    for id in ("MEM-5", "ERR-1"):
        RULES[id].judge(RuleContext(client, NAMES))
    return RULES["ERR-2"].judge(RuleContext(client, NAMES)).outcome


@pytest.mark.parametrize("miniature", [Succeeds(203), Succeeds(206), NothingIsACode(204), NothingIsACode(205)])
def test_bad_input_may_get_them_too(miniature: Deployment):
    assert after_bad_input(miniature) is Outcome.PASSED


@pytest.mark.parametrize("status", [204, 205])
@pytest.mark.parametrize("id", ["ORG-1", "ORG-3", "MEM-2", "MEM-5", "MEM-6"])
def test_past_the_end_of_a_list_a_code_is_as_good_as_an_empty_one(id: str, status: int):
    assert judged(id, NothingIsACode(status)).outcome is judged(id, Deployment()).outcome
