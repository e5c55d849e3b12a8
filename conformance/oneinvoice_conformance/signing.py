"""Signatures of webhooks, for the tests of a receiver: the stable import path of `verify_signature`."""

from __future__ import annotations

from oneinvoice_conformance.webhooks.signing import verify_signature

__all__ = ["verify_signature"]
