"""Rules of receiving webhooks."""

from oneinvoice_conformance.clients.rules.hook import answers as answers
from oneinvoice_conformance.clients.rules.hook import bodies as bodies
from oneinvoice_conformance.clients.rules.hook import forgeries as forgeries
from oneinvoice_conformance.clients.rules.hook import losses as losses
from oneinvoice_conformance.clients.rules.hook import names as names
from oneinvoice_conformance.clients.rules.hook import order as order
from oneinvoice_conformance.clients.rules.hook import repeats as repeats
