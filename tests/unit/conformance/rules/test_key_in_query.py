"""AUTH-4: a key in the query of the URL."""

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from werkzeug.wrappers import Request as Asked

from tests.miniatures import FAULTS, WHOLE_FAULTS, Deployment
from tests.miniatures.deployment import Abort
from tests.unit.conformance.fakes import KEYS, judged_thoroughly


@pytest.mark.parametrize("name", ["key-in-url-reads-lists", "access-token-reads-quotes"])
def test_a_key_in_the_query_is_no_bearer_token(name: str) -> None:
    finding = judged_thoroughly("AUTH-4", WHOLE_FAULTS[name].deployment())
    assert (finding.outcome, finding.certain) == (Outcome.FAILED, True)
    assert "&access_token=$ONEINVOICE_KEY&" in finding.reason
    assert "with the key in the query of the URL got 200 instead of 401" in finding.reason
    assert KEYS["primary"] not in finding.reason


class KnownParametersOnly(Deployment):
    """Refuses unknown parameters before it looks for a key."""

    def authenticate(self, request: Asked, resource: str) -> str:
        if set(request.args) - {"limit", "offset", "status"}:
            raise Abort(self.error(400, "There is no such parameter."))
        return super().authenticate(request, resource)


def test_an_unknown_parameter_may_be_refused_for_itself() -> None:
    finding = judged_thoroughly("AUTH-4", KnownParametersOnly())
    assert finding.outcome is Outcome.PASSED
    assert finding.reason.endswith("and 3 with a header without a key or a key in the query another error")


def test_what_nobody_at_all_is_refused_is_told_of_nobody_alone() -> None:
    finding = judged_thoroughly("AUTH-4", FAULTS["open-quotes"].deployment())
    assert finding.outcome is Outcome.PASSED
