"""Ids that follow from a seed and their order, so that snapshots of tests are stable."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections import Counter

from oneinvoice_impl.domain.ids import Ids


class SeededIds(Ids):
    """Source of ids that are the same whenever as many were taken of the same seed before.

    Anybody can work them out, and they repeat in another process: fit for data that ends with this one.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.taken: Counter[str] = Counter()
        """How many were taken, by their prefix."""

    def id(self, prefix: str) -> str:
        return f"{prefix}_{self._next(prefix).hex()[:20]}"

    def token(self) -> str:
        return urlsafe_b64encode(self._next("token")[:18]).decode()

    def _next(self, prefix: str) -> bytes:
        self.taken[prefix] += 1
        return hashlib.sha256(f"{self._seed}/{prefix}/{self.taken[prefix]}".encode()).digest()
