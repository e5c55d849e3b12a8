"""A second deployment of the documented API, written apart from the reference one, with freedoms and single faults.

It proves the conformance suite: the correct deployment and every free variant must pass, and every fault must be
caught by the rule that it names. `FREE` and `FAULTS` are judged by reading, `WHOLE_FAULTS` by reading more, `HOOK_FREE`
and `HOOK_FAULTS` by what they deliver to a webhook, `RATE_FREE` and `RATE_FAULTS` by sending more than 60 requests in a
minute, `FUZZ_FAULTS` by requests that nobody thought of.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.miniatures.catalogue import (
        FAULTS,
        FREE,
        FUZZ_FAULTS,
        HOOK_FAULTS,
        HOOK_FREE,
        RATE_FAULTS,
        RATE_FREE,
        WHOLE_FAULTS,
        Fault,
        Variant,
    )
    from tests.miniatures.data import Key, keys
    from tests.miniatures.deployment import Deployment
    from tests.miniatures.events import EVENTS
    from tests.miniatures.server import serve

__all__ = [
    "EVENTS",
    "FAULTS",
    "FREE",
    "FUZZ_FAULTS",
    "HOOK_FAULTS",
    "HOOK_FREE",
    "RATE_FAULTS",
    "RATE_FREE",
    "WHOLE_FAULTS",
    "Deployment",
    "Fault",
    "Key",
    "Variant",
    "keys",
    "serve",
]

_HOMES = {"Key": "data", "keys": "data", "Deployment": "deployment", "EVENTS": "events", "serve": "server"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        # Imported when first used, so that `python -m tests.miniatures.trigger` starts without all of this.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'catalogue')}"), name)
