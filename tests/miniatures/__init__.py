"""A second deployment of the documented API, written apart from the reference one, with freedoms and single faults.

It proves the conformance suite: the correct deployment and every free variant must pass, and every fault must be
caught by the rule that it names.
"""

from tests.miniatures.catalogue import FAULTS, FREE, Fault, Variant
from tests.miniatures.data import Key, keys
from tests.miniatures.deployment import Deployment
from tests.miniatures.server import serve

__all__ = ["FAULTS", "FREE", "Deployment", "Fault", "Key", "Variant", "keys", "serve"]
