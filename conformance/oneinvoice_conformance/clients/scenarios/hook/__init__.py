"""Scenarios of receiving webhooks, in the order in which they are played: what strains the receiver comes last."""

from oneinvoice_conformance.clients.scenarios.hook import forgeries as forgeries  # isort: skip
from oneinvoice_conformance.clients.scenarios.hook import bodies as bodies  # isort: skip
from oneinvoice_conformance.clients.scenarios.hook import order as order  # isort: skip
from oneinvoice_conformance.clients.scenarios.hook import names as names  # isort: skip
from oneinvoice_conformance.clients.scenarios.hook import repeats as repeats  # isort: skip
from oneinvoice_conformance.clients.scenarios.hook import crash as crash  # isort: skip
from oneinvoice_conformance.clients.scenarios.hook import rotation as rotation  # isort: skip
from oneinvoice_conformance.clients.scenarios.hook import burst as burst  # isort: skip
