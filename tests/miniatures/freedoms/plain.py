"""The deployment that all others are built on."""

from __future__ import annotations

from tests.miniatures.decorators import variant
from tests.miniatures.deployment import Deployment


@variant()
class Plain(Deployment):
    """The correct deployment itself."""
