"""A second deployment of the documented API, written apart from the reference one, with freedoms and single faults.

It proves the conformance suite: the correct deployment and every free variant must pass, and every fault must be
caught by the rule that it names. A fault is a class in `faults/` with `@fault("MEM-4")` on it, a free variant one in
`freedoms/` with `@variant()`; nothing else lists them. `FREE` and `FAULTS` are judged by reading, `WHOLE_FAULTS` by
reading more, `HOOK_FREE` and `HOOK_FAULTS` by what they deliver to a webhook, `RATE_FREE` and `RATE_FAULTS` by sending
more than 60 requests in a minute, `FUZZ_FAULTS` by requests that nobody thought of, `CHANGE_FAULTS` beside an earlier
report.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.miniatures.catalogue import (
        CHANGE_FAULTS,
        FAULTS,
        FREE,
        FUZZ_FAULTS,
        HOOK_FAULTS,
        HOOK_FREE,
        RATE_FAULTS,
        RATE_FREE,
        WHOLE_FAULTS,
    )
    from tests.miniatures.data import Key, keys
    from tests.miniatures.decorators import Fault, Run, Variant
    from tests.miniatures.deployment import Deployment
    from tests.miniatures.events import EVENTS
    from tests.miniatures.server import serve

__all__ = [
    "CHANGE_FAULTS",
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
    "Run",
    "Variant",
    "keys",
    "serve",
]

_HOMES = {
    "Key": "data",
    "keys": "data",
    "Fault": "decorators",
    "Run": "decorators",
    "Variant": "decorators",
    "Deployment": "deployment",
    "EVENTS": "events",
    "serve": "server",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        # Imported when first used, so that `python -m tests.miniatures.trigger` starts without all of this.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'catalogue')}"), name)
