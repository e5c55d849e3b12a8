"""Scenarios of a client's verdict, by what they show something of: each module registers its own."""

from oneinvoice_conformance.clients.scenarios import bodies as bodies
from oneinvoice_conformance.clients.scenarios import control as control
from oneinvoice_conformance.clients.scenarios import hook as hook
from oneinvoice_conformance.clients.scenarios import key as key
from oneinvoice_conformance.clients.scenarios import pace as pace
from oneinvoice_conformance.clients.scenarios import page as page
from oneinvoice_conformance.clients.scenarios import retries as retries
from oneinvoice_conformance.clients.scenarios import tol as tol
