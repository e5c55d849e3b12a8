from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import urllib3

from tests.integration.miniatures.receiver import Receiver, receiving
from tests.miniatures import Deployment, serve
from tests.unit.miniatures.reader import Reader, over_http


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager() as pool:
        yield pool


@pytest.fixture
def served(pool: urllib3.PoolManager) -> Iterator[Callable[[Deployment], str]]:
    """Serve a deployment until the test ends, and give its base URL."""
    with ExitStack() as stack:
        yield lambda deployment: stack.enter_context(serve(deployment))


@pytest.fixture
def read(pool: urllib3.PoolManager, served: Callable[[Deployment], str]) -> Callable[[Deployment], Reader]:
    """Serve a deployment until the test ends, and read it over HTTP."""
    return lambda deployment: over_http(served(deployment), pool)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Receive deliveries until the test ends."""
    with receiving() as receiver:
        yield receiver
