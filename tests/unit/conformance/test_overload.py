from oneinvoice_conformance.exchange import Request
from oneinvoice_conformance.overload import Overload
from werkzeug.wrappers import Request as Incoming
from werkzeug.wrappers import Response

from tests.miniatures import Deployment
from tests.miniatures.limits import SlidingLog
from tests.unit.conformance.fakes import VALID, InProcess


class Glitching(Deployment):
    """Has no luck with every tenth request."""

    def answer(self, request: Incoming) -> Response:
        return super().answer(request) if len(self.log) % 10 else self.error(500, "no luck")


def test_errors_between_served_requests_do_not_end_the_burst():
    deployment = Glitching()
    deployment.limiter = SlidingLog()
    client = InProcess(deployment)
    deployment.clock = client.pacer.clock.now
    members = Request("members", VALID)
    client.ask(members)  # as a run has before it overloads a key
    evidence = Overload(client, {"RATE-2"}).evidence(members)
    assert len(evidence.odd) >= 3
    assert {answer.status for answer in evidence.refusals} == {429}
