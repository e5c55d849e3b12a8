"""A deployment whose clock stands still until it is moved on."""

from __future__ import annotations

from tests.miniatures import Deployment
from tests.unit.miniatures.reader import Answer, in_process

# More than the register lets a soft limit go to.
OVERLOAD = 133


class Minutes:
    """Deployment in time that passes only here; `get` asks anew each time."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        deployment.clock = lambda: 0.0

    def get(self, endpoint: str = "/members", key: str = "primary") -> Answer | None:
        """Return the answer, or nothing where the connection was dropped."""
        try:
            return in_process(self.deployment).get(endpoint, key)
        except ConnectionResetError:
            return None

    def burst(self, size: int = OVERLOAD, endpoint: str = "/members", key: str = "primary") -> list[Answer | None]:
        return [self.get(endpoint, key) for _ in range(size)]

    def serves(self, endpoint: str = "/members", key: str = "primary") -> bool:
        answer = self.get(endpoint, key)
        return answer is not None and answer.status == 200 and bool(answer.marks)
