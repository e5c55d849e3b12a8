from collections.abc import Callable

import pytest

from tests.miniatures import Deployment
from tests.miniatures.freedoms import change
from tests.unit.miniatures.reader import Reader


@pytest.mark.parametrize("dropping", [change.ConnectionDroppedOnce, change.ConnectionDroppedNowAndThen])
def test_dropped_connections_are_no_errors_of_the_server(
    dropping: type[Deployment], read: Callable[[Deployment], Reader]
):
    deployment = dropping()
    reader = read(deployment)
    answers = [reader.get(f"/members?limit=1&offset={offset}") for offset in range(20)]
    assert {answer.status for answer in answers} == {200}
    assert len(deployment.log) == 21
