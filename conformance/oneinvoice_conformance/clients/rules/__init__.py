"""Rules of a client's verdict, a module for each group, which registers its own."""

from oneinvoice_conformance.clients.rules import hook as hook
from oneinvoice_conformance.clients.rules import key as key
from oneinvoice_conformance.clients.rules import pace as pace
from oneinvoice_conformance.clients.rules import page as page
from oneinvoice_conformance.clients.rules import retries as retries
from oneinvoice_conformance.clients.rules import tol as tol
