"""Clients that the tests of docs/integrators.md are run with, beside the one that stands there."""
