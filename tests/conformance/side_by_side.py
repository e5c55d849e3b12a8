"""Judge several deployments at once, where most of the time goes in waiting for what they deliver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import pytest

R = TypeVar("R")


@contextmanager
def judged_side_by_side(
    request: pytest.FixtureRequest, test: str, judge: Callable[[str], R], at_once: int = 8
) -> Iterator[Callable[[str], R]]:
    """Judge what the selected cases of a test are about, by their parameter `name`, and give the report of each.

    A case that is run alone judges nothing but its own deployment.
    """
    cases = [item for item in request.session.items if getattr(item, "originalname", None) == test]
    names = [case.callspec.params["name"] for case in cases if case.path == request.path]
    pool = ThreadPoolExecutor(at_once)
    try:
        judged = {name: pool.submit(judge, name) for name in names}
        yield lambda name: judged[name].result()
    finally:
        pool.shutdown(cancel_futures=True)
