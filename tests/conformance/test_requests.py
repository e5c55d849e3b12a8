"""A whole run sends the mock the same requests in the same order as it did in 0.1.0.

They are listed in a file, which is changed by hand where a rule learns to ask something else, so that a change of what
deployments are sent is seen in review.
"""

from __future__ import annotations

from pathlib import Path

from oneinvoice_conformance.http.credentials import Role, role_from_label

from tests.conformance.mocks import judge_mock

LISTED = Path(__file__).parents[1] / "data" / "written_by_0_1_0" / "requests.txt"


def test_a_whole_run_sends_the_listed_requests() -> None:
    listed = [line.split("\t") for line in LISTED.read_text("utf-8").splitlines()]
    sent = [(each.request.credential.role, str(each.request)) for each in judge_mock(hooks=True).exchanges]
    roles = {role.label: role for role in Role}  # of today's, for what 0.1.0 did not ask with
    assert sent == [(role_from_label(label) or roles[label], request) for _account, label, request in listed]
